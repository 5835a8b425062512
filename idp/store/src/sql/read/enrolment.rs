//! Enrolment codes, subject keys, sealed documents and marks: values by their name.

use crate::durable::{EnrolmentCode, SubjectKey};
use crate::sql::engine::Engine;
use crate::sql::value::{octets, optional_identifier, text, time, version};
use crate::{StoreError, Versioned};

pub(in crate::sql) async fn code<E: Engine>(
    engine: &E,
    digest: &str,
) -> Result<Option<EnrolmentCode>, StoreError> {
    let query = "SELECT * FROM enrolment_codes WHERE digest = $1";
    let parse = |row: &E::Row| {
        Ok(EnrolmentCode {
            digest: text(row, "digest")?,
            token_id: optional_identifier(row, "token_id")?,
            issued_by: text(row, "issued_by")?,
            expires_at: time(row, "expires_at")?,
        })
    };
    super::first(engine, query, vec![digest.into()], parse).await
}

pub(in crate::sql) async fn subject_key<E: Engine>(
    engine: &E,
    reference: &str,
) -> Result<Option<SubjectKey>, StoreError> {
    let query = "SELECT * FROM subject_keys WHERE reference = $1";
    let parse = |row: &E::Row| {
        Ok(SubjectKey {
            reference: text(row, "reference")?,
            sealed: octets(row, "sealed")?,
        })
    };
    super::first(engine, query, vec![reference.into()], parse).await
}

pub(in crate::sql) async fn sealed_document<E: Engine>(
    engine: &E,
    name: &str,
) -> Result<Option<Versioned<Vec<u8>>>, StoreError> {
    let query = "SELECT version, sealed FROM sealed_documents WHERE name = $1";
    let parse = |row: &E::Row| {
        Ok(Versioned {
            value: octets(row, "sealed")?,
            version: version(row)?,
        })
    };
    super::first(engine, query, vec![name.into()], parse).await
}

pub(in crate::sql) async fn mark<E: Engine>(engine: &E, name: &str) -> Result<Option<String>, StoreError> {
    let query = "SELECT value FROM marks WHERE name = $1";
    super::first(engine, query, vec![name.into()], |row| text(row, "value")).await
}
