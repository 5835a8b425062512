//! What the OpenID Provider writes: grants and sessions in bulk, as every login and refresh does; the rarer changes one by one.

use std::collections::BTreeMap;

use idp_store::durable::Change;
use idp_store::{StoreError, Version};
use idp_types::{ClientId, DeviceId, Timestamp, TokenId};
use oidc::link::{AccountLink, LinkKind};
use oidc::logout::LogoutDelivery;
use oidc::{BrowserSession, Client, Grant, GrantId};
use sqlx::SqliteConnection;

use super::insert::{Insert, Script};
use super::records::next;
use super::revocations::is_of_holder;
use crate::row::{failed, integer, timed};

/// A change that this version of the store does not know.
#[derive(Debug, thiserror::Error)]
#[error("this store does not know a change of this kind")]
struct UnknownChange;

struct GrantRow<'a> {
    grant: &'a Grant,
    version: u64,
    revoked_at: Option<Timestamp>,
}

/// The grants that a batch writes, each in its last version, in the order of their identifiers.
#[derive(Default)]
pub(super) struct Grants<'a>(BTreeMap<&'a str, GrantRow<'a>>);

/// What never changes of a grant is not written again, so that its indexes stay untouched.
pub(super) fn grants_insert() -> Insert {
    Insert::with_conflicts(
        "INSERT INTO grants (grant_id, version, client_id, token_id, device_id, expires_at, revoked_at, document)",
        8,
        "ON CONFLICT (grant_id) DO UPDATE
         SET version = excluded.version, revoked_at = excluded.revoked_at, document = excluded.document",
    )
}

impl<'a> Grants<'a> {
    pub(super) fn put(&mut self, grant: &'a Grant, expected: Version) {
        let row = GrantRow {
            grant,
            version: expected.0.saturating_add(1),
            revoked_at: grant.revoked_at,
        };
        self.0.insert(grant.grant_id.as_str(), row);
    }

    pub(super) fn revoke(&mut self, grant_id: &GrantId, at: Timestamp) {
        if let Some(row) = self.0.get_mut(grant_id.as_str()) {
            row.version = row.version.saturating_add(1);
            row.revoked_at.get_or_insert(at);
        }
    }

    pub(super) fn forget_holder(&mut self, token_id: &TokenId, device_id: Option<&DeviceId>) {
        self.0
            .retain(|_, row| !is_of_holder(row.grant, token_id, device_id));
    }

    /// Which ones they were.
    pub(super) fn forget_client(&mut self, client_id: &ClientId) -> Vec<&'a GrantId> {
        let forgotten = self.0.extract_if(.., |_, row| row.grant.client_id == *client_id);
        forgotten.map(|(_, row)| &row.grant.grant_id).collect()
    }

    pub(super) fn add_to(&self, script: &mut Script, insert: &Insert) -> Result<(), StoreError> {
        let rows: Vec<_> = self.0.values().collect();
        script.insert(insert, &rows, |script, row| {
            let grant = row.grant;
            script
                .bind(grant.grant_id.as_str())?
                .bind(integer(row.version)?)?
                .bind(grant.client_id.as_str())?
                .bind(grant.authentication.token_id.as_str())?
                .bind(grant.authentication.device_id.as_str())?
                .bind(grant.expires_at.unix_millis())?
                .bind(row.revoked_at.map(Timestamp::unix_millis))?
                .bind(timed::document(grant).map_err(failed)?)
                .map(drop)
        })
    }
}

/// The browsers' sessions that a batch writes, each in its last version, in the order of their identifiers.
#[derive(Default)]
pub(super) struct Sessions<'a>(BTreeMap<&'a str, (&'a BrowserSession, Version)>);

pub(super) fn sessions_insert() -> Insert {
    Insert::with_conflicts(
        "INSERT INTO browser_sessions (id, version, token_id, expires_at, ended_at, document)",
        6,
        "ON CONFLICT (id) DO UPDATE
         SET version = excluded.version, token_id = excluded.token_id, expires_at = excluded.expires_at,
             ended_at = excluded.ended_at, document = excluded.document",
    )
}

impl<'a> Sessions<'a> {
    pub(super) fn put(&mut self, session: &'a BrowserSession, expected: Version) {
        self.0.insert(&session.id, (session, expected));
    }

    pub(super) fn add_to(&self, script: &mut Script, insert: &Insert) -> Result<(), StoreError> {
        let rows: Vec<_> = self.0.values().collect();
        script.insert(insert, &rows, |script, (session, expected)| {
            script
                .bind(session.id.as_str())?
                .bind(next(*expected)?)?
                .bind(session.authentication.token_id.as_str())?
                .bind(session.expires_at.unix_millis())?
                .bind(session.ended.map(|(at, _)| at.unix_millis()))?
                .bind(timed::document(*session).map_err(failed)?)
                .map(drop)
        })
    }
}

/// One of the rarer changes.
pub(super) async fn apply(connection: &mut SqliteConnection, change: &Change) -> Result<(), StoreError> {
    match change {
        Change::PutClient { client, expected } => put_client(connection, client, *expected).await,
        Change::RemoveClient { client_id, .. } => remove_client(connection, client_id).await,
        Change::PutLogoutDelivery { delivery } => put_logout_delivery(connection, delivery).await,
        Change::RemoveLogoutDelivery { id } => remove_logout_delivery(connection, id).await,
        Change::PutAccountLink { link } => put_account_link(connection, link).await,
        Change::RemoveAccountLink { kind, key, client_id } => {
            remove_account_link(connection, *kind, key, client_id).await
        }
        _ => Err(StoreError::new(UnknownChange)),
    }
}

async fn put_client(
    connection: &mut SqliteConnection,
    client: &Client,
    expected: Version,
) -> Result<(), StoreError> {
    let put = sqlx::query(
        "INSERT INTO clients (client_id, version, document) VALUES (?, ?, ?)
         ON CONFLICT (client_id) DO UPDATE SET version = excluded.version, document = excluded.document",
    )
    .bind(client.client_id.as_str())
    .bind(next(expected)?)
    .bind(timed::document(client).map_err(failed)?);
    put.execute(connection).await.map(drop).map_err(failed)
}

/// Its grants go with its revocation.
async fn remove_client(connection: &mut SqliteConnection, client_id: &ClientId) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM clients WHERE client_id = ?",
        "DELETE FROM account_links WHERE client_id = ?",
        "DELETE FROM logout_deliveries WHERE client_id = ?",
    ] {
        let remove = sqlx::query(statement).bind(client_id.as_str());
        remove.execute(&mut *connection).await.map_err(failed)?;
    }
    Ok(())
}

async fn put_logout_delivery(
    connection: &mut SqliteConnection,
    delivery: &LogoutDelivery,
) -> Result<(), StoreError> {
    let put = sqlx::query(
        "INSERT INTO logout_deliveries (id, client_id, due_at, expires_at, document) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE
         SET client_id = excluded.client_id, due_at = excluded.due_at, expires_at = excluded.expires_at,
             document = excluded.document",
    )
    .bind(delivery.id.as_str())
    .bind(delivery.client_id.as_str())
    .bind(delivery.due_at.unix_millis())
    .bind(delivery.expires_at.unix_millis())
    .bind(timed::document(delivery).map_err(failed)?);
    put.execute(connection).await.map(drop).map_err(failed)
}

async fn remove_logout_delivery(connection: &mut SqliteConnection, id: &str) -> Result<(), StoreError> {
    let remove = sqlx::query("DELETE FROM logout_deliveries WHERE id = ?").bind(id);
    remove.execute(connection).await.map(drop).map_err(failed)
}

async fn put_account_link(connection: &mut SqliteConnection, link: &AccountLink) -> Result<(), StoreError> {
    let put = sqlx::query(
        "INSERT INTO account_links (kind, key, client_id, token_id, created_at, document)
         VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (kind, key, client_id) DO UPDATE
         SET token_id = excluded.token_id, created_at = excluded.created_at, document = excluded.document",
    )
    .bind(link.kind.as_str())
    .bind(link.key.as_str())
    .bind(link.client_id.as_str())
    .bind(link.token_id.as_str())
    .bind(link.created_at.unix_millis())
    .bind(timed::document(link).map_err(failed)?);
    put.execute(connection).await.map(drop).map_err(failed)
}

async fn remove_account_link(
    connection: &mut SqliteConnection,
    kind: LinkKind,
    key: &str,
    client_id: &ClientId,
) -> Result<(), StoreError> {
    let remove = sqlx::query("DELETE FROM account_links WHERE kind = ? AND key = ? AND client_id = ?")
        .bind(kind.as_str())
        .bind(key)
        .bind(client_id.as_str());
    remove.execute(connection).await.map(drop).map_err(failed)
}
