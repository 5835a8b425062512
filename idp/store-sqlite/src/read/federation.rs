//! Records of the OpenID Provider.

use std::sync::Arc;

use idp_store::durable::{LinkFilter, Listing, Page};
use idp_store::{StoreError, Versioned};
use idp_types::{ClientId, Timestamp, TokenId};
use oidc::link::{AccountLink, LinkKind};
use oidc::logout::LogoutDelivery;
use oidc::{BrowserSession, Client, Grant, GrantId};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;

use crate::cache::Cache;
use crate::row::timed::{self, Timed};
use crate::row::{column, failed, optional_time, version};

pub(crate) async fn client(
    readers: &SqlitePool,
    cache: &Cache<ClientId, Client>,
    client_id: &ClientId,
) -> Result<Option<Arc<Versioned<Client>>>, StoreError> {
    if let Some(kept) = cache.read(client_id) {
        return Ok(Some(kept));
    }
    let began = cache.generation();
    let query =
        sqlx::query("SELECT version, document FROM clients WHERE client_id = ?").bind(client_id.as_str());
    let Some(row) = query.fetch_optional(readers).await.map_err(failed)? else {
        return Ok(None);
    };
    let record = Arc::new(versioned(&row)?);
    cache.keep(client_id.clone(), &record, began);
    Ok(Some(record))
}

pub(crate) async fn clients(readers: &SqlitePool, page: Page) -> Result<Listing<Client>, StoreError> {
    let statements = (
        "SELECT document FROM clients",
        "SELECT COUNT(*) FROM clients",
        " ORDER BY client_id",
    );
    super::listing(readers, statements, page, |_| (), parse).await
}

pub(crate) async fn grant(
    readers: &SqlitePool,
    grant_id: &GrantId,
) -> Result<Option<Arc<Versioned<Grant>>>, StoreError> {
    let query = sqlx::query("SELECT version, revoked_at, document FROM grants WHERE grant_id = ?")
        .bind(grant_id.as_str().to_owned());
    let row = query.fetch_optional(readers).await.map_err(failed)?;
    row.map(|row| parse_grant(&row).map(Arc::new)).transpose()
}

pub(crate) async fn grants_of(
    readers: &SqlitePool,
    token_id: &TokenId,
) -> Result<Vec<Versioned<Grant>>, StoreError> {
    let query = sqlx::query(
        "SELECT version, revoked_at, document FROM grants WHERE token_id = ? AND revoked_at IS NULL
         ORDER BY rowid",
    )
    .bind(token_id.as_str().to_owned());
    let rows = query.fetch_all(readers).await.map_err(failed)?;
    rows.iter().map(parse_grant).collect()
}

fn parse_grant(row: &SqliteRow) -> Result<Versioned<Grant>, StoreError> {
    let mut grant = versioned::<Grant>(row)?;
    grant.value.revoked_at = optional_time(row, "revoked_at")?;
    Ok(grant)
}

pub(crate) async fn session(
    readers: &SqlitePool,
    id: &str,
) -> Result<Option<Versioned<BrowserSession>>, StoreError> {
    let query =
        sqlx::query("SELECT version, document FROM browser_sessions WHERE id = ?").bind(id.to_owned());
    let row = query.fetch_optional(readers).await.map_err(failed)?;
    row.as_ref().map(versioned).transpose()
}

pub(crate) async fn sessions_of(
    readers: &SqlitePool,
    token_id: &TokenId,
) -> Result<Vec<Versioned<BrowserSession>>, StoreError> {
    let query = sqlx::query(
        "SELECT version, document FROM browser_sessions WHERE token_id = ? AND ended_at IS NULL ORDER BY rowid",
    )
    .bind(token_id.as_str().to_owned());
    let rows = query.fetch_all(readers).await.map_err(failed)?;
    rows.iter().map(versioned).collect()
}

pub(crate) async fn due_sessions(
    readers: &SqlitePool,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Versioned<BrowserSession>>, StoreError> {
    let query = sqlx::query(
        "SELECT version, document FROM browser_sessions
         WHERE expires_at <= ? AND ended_at IS NULL ORDER BY expires_at, rowid LIMIT ?",
    )
    .bind(now.unix_millis())
    .bind(limit);
    let rows = query.fetch_all(readers).await.map_err(failed)?;
    rows.iter().map(versioned).collect()
}

pub(crate) async fn due_deliveries(
    readers: &SqlitePool,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<LogoutDelivery>, StoreError> {
    let query = sqlx::query(
        "SELECT document FROM logout_deliveries WHERE due_at <= ?1 AND expires_at > ?1
         ORDER BY due_at, rowid LIMIT ?2",
    )
    .bind(now.unix_millis())
    .bind(limit);
    let rows = query.fetch_all(readers).await.map_err(failed)?;
    rows.iter().map(parse).collect()
}

pub(crate) async fn link(
    readers: &SqlitePool,
    kind: LinkKind,
    key: &str,
    client_id: &ClientId,
) -> Result<Option<AccountLink>, StoreError> {
    let query =
        sqlx::query("SELECT document FROM account_links WHERE kind = ? AND key = ? AND client_id = ?")
            .bind(kind.as_str())
            .bind(key.to_owned())
            .bind(client_id.as_str().to_owned());
    let row = query.fetch_optional(readers).await.map_err(failed)?;
    row.as_ref().map(parse).transpose()
}

pub(crate) async fn links(
    readers: &SqlitePool,
    filter: &LinkFilter,
    page: Page,
) -> Result<Listing<AccountLink>, StoreError> {
    let conditions = |query: &mut super::Conditions| {
        query
            .add("client_id = ", filter.client_id.as_ref().map(ToString::to_string))
            .add("token_id = ", filter.token_id.as_ref().map(ToString::to_string));
    };
    let statements = (
        "SELECT document FROM account_links",
        "SELECT COUNT(*) FROM account_links",
        " ORDER BY created_at, rowid",
    );
    super::listing(readers, statements, page, conditions, parse).await
}

fn versioned<T: Timed>(row: &SqliteRow) -> Result<Versioned<T>, StoreError> {
    Ok(Versioned {
        value: parse(row)?,
        version: version(row)?,
    })
}

fn parse<T: Timed>(row: &SqliteRow) -> Result<T, StoreError> {
    timed::parse(column(row, "document")?).map_err(failed)
}
