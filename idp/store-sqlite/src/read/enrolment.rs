//! Enrolment codes, subject keys and marks: small values by their name.

use idp_store::StoreError;
use idp_store::durable::{EnrolmentCode, SubjectKey};
use sqlx::SqlitePool;

use crate::row::{column, failed, optional_identifier, time};

pub(crate) async fn code(readers: &SqlitePool, digest: &str) -> Result<Option<EnrolmentCode>, StoreError> {
    let query = sqlx::query("SELECT * FROM enrolment_codes WHERE digest = ?").bind(digest.to_owned());
    let Some(row) = query.fetch_optional(readers).await.map_err(failed)? else {
        return Ok(None);
    };
    Ok(Some(EnrolmentCode {
        digest: column(&row, "digest")?,
        token_id: optional_identifier(&row, "token_id")?,
        issued_by: column(&row, "issued_by")?,
        expires_at: time(&row, "expires_at")?,
    }))
}

pub(crate) async fn subject_key(
    readers: &SqlitePool,
    reference: &str,
) -> Result<Option<SubjectKey>, StoreError> {
    let query = sqlx::query("SELECT * FROM subject_keys WHERE reference = ?").bind(reference.to_owned());
    let Some(row) = query.fetch_optional(readers).await.map_err(failed)? else {
        return Ok(None);
    };
    Ok(Some(SubjectKey {
        reference: column(&row, "reference")?,
        sealed: column(&row, "sealed")?,
    }))
}

pub(crate) async fn mark(readers: &SqlitePool, name: &str) -> Result<Option<String>, StoreError> {
    let query = sqlx::query("SELECT value FROM marks WHERE name = ?").bind(name.to_owned());
    let row = query.fetch_optional(readers).await.map_err(failed)?;
    row.map(|row| column(&row, "value")).transpose()
}
