//! Copies of credentials and what became of them.

use idp_types::{DeviceId, Timestamp};

use crate::StoreError;
use crate::durable::{CredentialStatus, CredentialsOf};
use crate::sql::engine::Engine;
use crate::sql::value::{Columns, identifier, optional_time, text, time, unsigned};

pub(in crate::sql) async fn revoked<E: Engine>(
    engine: &E,
    list: u32,
    at: Timestamp,
) -> Result<Vec<u32>, StoreError> {
    let query = "SELECT place FROM credential_statuses WHERE list = $1 AND revoked_at < $2 ORDER BY place";
    super::all(engine, query, vec![list.into(), at.into()], |row| {
        unsigned(row, "place")
    })
    .await
}

pub(in crate::sql) async fn lists<E: Engine>(engine: &E) -> Result<Vec<(u32, u64)>, StoreError> {
    let query = "SELECT list, COUNT(*) AS given FROM credential_statuses GROUP BY list ORDER BY list";
    let parse = |row: &E::Row| Ok((unsigned(row, "list")?, unsigned(row, "given")?));
    super::all(engine, query, Vec::new(), parse).await
}

pub(in crate::sql) async fn of<E: Engine>(
    engine: &E,
    whose: &CredentialsOf,
) -> Result<Vec<CredentialStatus>, StoreError> {
    match whose {
        CredentialsOf::Issuance(id) => {
            let query = "SELECT * FROM credential_statuses WHERE issuance_id = $1 ORDER BY list, place";
            super::all(engine, query, vec![id.as_str().into()], parse).await
        }
        CredentialsOf::Holder(token_id, device_id) => {
            let query = "SELECT * FROM credential_statuses
                 WHERE token_id = $1 AND ($2 IS NULL OR device_id = $2) ORDER BY list, place";
            let device_id = device_id.as_ref().map(DeviceId::as_str);
            let values = vec![token_id.as_str().into(), device_id.into()];
            super::all(engine, query, values, parse).await
        }
    }
}

fn parse<R: Columns>(row: &R) -> Result<CredentialStatus, StoreError> {
    Ok(CredentialStatus {
        list: unsigned(row, "list")?,
        index: unsigned(row, "place")?,
        issuance_id: text(row, "issuance_id")?,
        token_id: identifier(row, "token_id")?,
        device_id: identifier(row, "device_id")?,
        configuration: text(row, "configuration")?,
        issued_at: time(row, "issued_at")?,
        expires_at: time(row, "expires_at")?,
        revoked_at: optional_time(row, "revoked_at")?,
    })
}
