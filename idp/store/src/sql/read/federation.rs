//! Records of the OpenID Provider.

use std::sync::Arc;

use idp_types::{ClientId, Timestamp, TokenId};
use oidc::link::{AccountLink, LinkKind};
use oidc::logout::LogoutDelivery;
use oidc::{BrowserSession, Client, Grant, GrantId};

use super::{Conditions, Source};
use crate::document::timed::{self, Timed};
use crate::durable::{LinkFilter, Listing, Page};
use crate::sql::engine::Engine;
use crate::sql::value::{Columns, optional_time, text, version};
use crate::{StoreError, Versioned};

pub(in crate::sql) async fn client<E: Engine>(
    engine: &E,
    client_id: &ClientId,
) -> Result<Option<Arc<Versioned<Client>>>, StoreError> {
    let query = "SELECT version, document FROM clients WHERE client_id = $1";
    let found = super::first(engine, query, vec![client_id.as_str().into()], versioned);
    super::cached(&engine.caches().clients, client_id.clone(), found).await
}

pub(in crate::sql) async fn clients<E: Engine>(
    engine: &E,
    after: Option<&ClientId>,
    page: Page,
) -> Result<Listing<Client>, StoreError> {
    let conditions = Conditions::default().add("client_id > ", after.map(ToString::to_string), "");
    let source = Source {
        select: "document",
        from: "clients",
        order: "client_id",
    };
    super::listing(engine, source, page, conditions, parse).await
}

pub(in crate::sql) async fn grant<E: Engine>(
    engine: &E,
    grant_id: &GrantId,
) -> Result<Option<Arc<Versioned<Grant>>>, StoreError> {
    let query = "SELECT version, revoked_at, document FROM grants WHERE grant_id = $1";
    let found = super::first(engine, query, vec![grant_id.as_str().into()], parse_grant);
    Ok(found.await?.map(Arc::new))
}

pub(in crate::sql) async fn grants_of<E: Engine>(
    engine: &E,
    token_id: &TokenId,
) -> Result<Vec<Versioned<Grant>>, StoreError> {
    let query = "SELECT version, revoked_at, document FROM grants WHERE token_id = $1 AND revoked_at IS NULL
         ORDER BY rowid";
    super::all(engine, query, vec![token_id.as_str().into()], parse_grant).await
}

fn parse_grant<R: Columns>(row: &R) -> Result<Versioned<Grant>, StoreError> {
    let mut grant = versioned::<Grant, R>(row)?;
    grant.value.revoked_at = optional_time(row, "revoked_at")?;
    Ok(grant)
}

pub(in crate::sql) async fn session<E: Engine>(
    engine: &E,
    id: &str,
) -> Result<Option<Arc<Versioned<BrowserSession>>>, StoreError> {
    let query = "SELECT version, document FROM browser_sessions WHERE id = $1";
    let found = super::first(engine, query, vec![id.into()], versioned);
    super::cached(&engine.caches().sessions, id.to_owned(), found).await
}

pub(in crate::sql) async fn sessions_of<E: Engine>(
    engine: &E,
    token_id: &TokenId,
) -> Result<Vec<Versioned<BrowserSession>>, StoreError> {
    let query = "SELECT version, document FROM browser_sessions WHERE token_id = $1 AND ended_at IS NULL
         ORDER BY rowid";
    super::all(engine, query, vec![token_id.as_str().into()], versioned).await
}

pub(in crate::sql) async fn due_sessions<E: Engine>(
    engine: &E,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Versioned<BrowserSession>>, StoreError> {
    let query = "SELECT version, document FROM browser_sessions
         WHERE expires_at <= $1 AND ended_at IS NULL ORDER BY expires_at, rowid LIMIT $2";
    super::all(engine, query, vec![now.into(), limit.into()], versioned).await
}

pub(in crate::sql) async fn due_deliveries<E: Engine>(
    engine: &E,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<LogoutDelivery>, StoreError> {
    let query = "SELECT document FROM logout_deliveries WHERE due_at <= $1 AND expires_at > $1
         ORDER BY due_at, rowid LIMIT $2";
    super::all(engine, query, vec![now.into(), limit.into()], parse).await
}

pub(in crate::sql) async fn link<E: Engine>(
    engine: &E,
    kind: LinkKind,
    key: &str,
    client_id: &ClientId,
) -> Result<Option<AccountLink>, StoreError> {
    let query = "SELECT document FROM account_links WHERE kind = $1 AND key = $2 AND client_id = $3";
    let values = vec![kind.as_str().into(), key.into(), client_id.as_str().into()];
    super::first(engine, query, values, parse).await
}

pub(in crate::sql) async fn links<E: Engine>(
    engine: &E,
    filter: &LinkFilter,
    page: Page,
) -> Result<Listing<AccountLink>, StoreError> {
    let conditions = Conditions::default()
        .add(
            "client_id = ",
            filter.client_id.as_ref().map(ToString::to_string),
            "",
        )
        .add(
            "token_id = ",
            filter.token_id.as_ref().map(ToString::to_string),
            "",
        );
    let source = Source {
        select: "document",
        from: "account_links",
        order: "created_at, rowid",
    };
    super::listing(engine, source, page, conditions, parse).await
}

pub(super) fn versioned<T: Timed, R: Columns>(row: &R) -> Result<Versioned<T>, StoreError> {
    Ok(Versioned {
        value: parse(row)?,
        version: version(row)?,
    })
}

pub(super) fn parse<T: Timed, R: Columns>(row: &R) -> Result<T, StoreError> {
    timed::parse(&text(row, "document")?).map_err(StoreError::new)
}
