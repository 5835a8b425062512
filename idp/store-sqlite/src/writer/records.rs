//! The rarer changes, one by one. Their preconditions were decided in the ledger.

use idp_core::enrolment::Holder;
use idp_core::service::Service;
use idp_store::durable::{Change, EnrolmentCode, SubjectKey, Supersession};
use idp_store::{StoreError, Version};
use idp_types::{Timestamp, TokenId};
use sqlx::SqliteConnection;

use super::federation;
use crate::row::{failed, holder, integer, service};

pub(super) async fn apply(connection: &mut SqliteConnection, change: &Change) -> Result<(), StoreError> {
    match change {
        Change::PutHolder { holder, expected } => put_holder(connection, holder, *expected).await,
        Change::PutService { service, expected } => put_service(connection, service, *expected).await,
        Change::PutEnrolmentCode(code) => put_enrolment_code(connection, code).await,
        Change::PutSubjectKey(key) => put_subject_key(connection, key).await,
        Change::EraseSubjectKey { reference } => erase_subject_key(connection, reference).await,
        Change::PutSupersession {
            supersession,
            expected,
        } => put_supersession(connection, supersession, *expected).await,
        Change::PutMark { name, value } => put_mark(connection, name, value).await,
        other => federation::apply(connection, other).await,
    }
}

/// The version after the one that a change was decided on.
pub(super) fn next(expected: Version) -> Result<i64, StoreError> {
    integer(expected.0.saturating_add(1))
}

async fn put_holder(
    connection: &mut SqliteConnection,
    holder: &Holder,
    expected: Version,
) -> Result<(), StoreError> {
    let put = sqlx::query(
        "INSERT INTO holders (token_id, version, revoked, document) VALUES (?, ?, ?, ?)
         ON CONFLICT (token_id) DO UPDATE
         SET version = excluded.version, revoked = excluded.revoked, document = excluded.document",
    )
    .bind(holder.token_id.as_str())
    .bind(next(expected)?)
    .bind(holder.revoked.is_some())
    .bind(holder::document(holder).map_err(failed)?);
    put.execute(&mut *connection).await.map_err(failed)?;
    let clear = sqlx::query("DELETE FROM devices WHERE token_id = ?").bind(holder.token_id.as_str());
    clear.execute(&mut *connection).await.map_err(failed)?;
    for device in &holder.devices {
        let add = sqlx::query(
            "INSERT INTO devices (token_id, device_id, fingerprint, trust_level, revoked, active)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(holder.token_id.as_str())
        .bind(device.device_id.as_str())
        .bind(device.seal.fingerprint.0.as_slice())
        .bind(device.seal.trust_level.number())
        .bind(device.revoked.is_some())
        .bind(holder::is_active(holder, device));
        add.execute(&mut *connection).await.map_err(failed)?;
    }
    Ok(())
}

async fn put_service(
    connection: &mut SqliteConnection,
    service: &Service,
    expected: Version,
) -> Result<(), StoreError> {
    let put = sqlx::query(
        "INSERT INTO services (service_id, version, document) VALUES (?, ?, ?)
         ON CONFLICT (service_id) DO UPDATE SET version = excluded.version, document = excluded.document",
    )
    .bind(service.service_id.as_str())
    .bind(next(expected)?)
    .bind(service::document(service).map_err(failed)?);
    put.execute(&mut *connection).await.map(drop).map_err(failed)
}

async fn put_enrolment_code(
    connection: &mut SqliteConnection,
    code: &EnrolmentCode,
) -> Result<(), StoreError> {
    let put = sqlx::query(
        "INSERT INTO enrolment_codes (digest, token_id, issued_by, expires_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (digest) DO UPDATE
         SET token_id = excluded.token_id, issued_by = excluded.issued_by, expires_at = excluded.expires_at",
    )
    .bind(code.digest.as_str())
    .bind(code.token_id.as_ref().map(TokenId::as_str))
    .bind(code.issued_by.as_str())
    .bind(code.expires_at.unix_millis());
    put.execute(&mut *connection).await.map(drop).map_err(failed)
}

async fn put_subject_key(connection: &mut SqliteConnection, key: &SubjectKey) -> Result<(), StoreError> {
    let put =
        sqlx::query("INSERT INTO subject_keys (reference, sealed) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(key.reference.as_str())
            .bind(key.sealed.as_slice());
    put.execute(&mut *connection).await.map(drop).map_err(failed)
}

async fn erase_subject_key(connection: &mut SqliteConnection, reference: &str) -> Result<(), StoreError> {
    let erase = sqlx::query("DELETE FROM subject_keys WHERE reference = ?").bind(reference);
    erase.execute(&mut *connection).await.map(drop).map_err(failed)
}

async fn put_supersession(
    connection: &mut SqliteConnection,
    supersession: &Supersession,
    expected: Version,
) -> Result<(), StoreError> {
    let put = sqlx::query(
        "INSERT INTO supersessions (token_id, version, by_token_id, requested_by, confirmed_by,
                                    requested_at, effective_at, completed_at, cancelled)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (token_id) DO UPDATE
         SET version = excluded.version, by_token_id = excluded.by_token_id,
             requested_by = excluded.requested_by, confirmed_by = excluded.confirmed_by,
             requested_at = excluded.requested_at, effective_at = excluded.effective_at,
             completed_at = excluded.completed_at, cancelled = excluded.cancelled",
    )
    .bind(supersession.token_id.as_str())
    .bind(next(expected)?)
    .bind(supersession.by.as_str())
    .bind(supersession.requested_by.as_str())
    .bind(supersession.confirmed_by.as_deref())
    .bind(supersession.requested_at.unix_millis())
    .bind(supersession.effective_at.map(Timestamp::unix_millis))
    .bind(supersession.completed_at.map(Timestamp::unix_millis))
    .bind(supersession.cancelled);
    put.execute(&mut *connection).await.map(drop).map_err(failed)
}

async fn put_mark(connection: &mut SqliteConnection, name: &str, value: &str) -> Result<(), StoreError> {
    let put = sqlx::query(
        "INSERT INTO marks (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(value);
    put.execute(&mut *connection).await.map(drop).map_err(failed)
}
