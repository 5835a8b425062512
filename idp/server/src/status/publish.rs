//! `GET /status/tokens/{n}`: the signed list, made at most once in half its lifetime.

use std::sync::PoisonError;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header;
use idp_core::keys::KeyPurpose;
use idp_jose::Algorithm;
use idp_jose::jws::{Header, Prepared};
use idp_jose::status_list::{Lifetime, StatusList, token_claims};
use idp_types::Timestamp;

use super::lists::{LIST_SIZE, Published};
use crate::app::App;
use crate::http::AppState;
use crate::problem::{Code, Problem};

/// The list that is there before any token is.
const FIRST: u32 = 1;

/// A list is valid for so many times its `ttl`: that long it is handed out while the store does not answer.
const LIFETIMES: i64 = 10;

/// The status list of direct JWTs.
///
/// A bit that is set means that the token with this index is revoked. The list is compressed with DEFLATE; its `ttl` is 60 s.
#[utoipa::path(
    get, path = "/status/tokens/{list}", tag = "tokens",
    params(("list" = u32, Path, description = "the list's number, as in the token's `status.status_list.uri`")),
    responses((status = 200, description = "a signed Token Status List", content_type = "application/statuslist+jwt"),
        (status = 404, description = "no token refers to this list"))
)]
pub(crate) async fn status_list(State(app): AppState, Path(list): Path<u32>) -> Result<Response, Problem> {
    let token = current(&app, list).await?;
    let caching = format!("public, max-age={}", app.config.tokens.status_ttl_seconds);
    Ok((
        [
            (header::CONTENT_TYPE, "application/statuslist+jwt".to_owned()),
            (header::CACHE_CONTROL, caching),
        ],
        token,
    )
        .into_response())
}

/// A fresh list, or the last one while the store does not answer: a verifier that gets nothing could not tell a revoked token either.
pub(crate) async fn current(app: &App, list: u32) -> Result<String, Problem> {
    let now = app.now();
    let ttl = app.config.tokens.status_ttl_seconds;
    let cached = app
        .status
        .published
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&list)
        .cloned();
    let is_fresh = |made: &Published| !made.is_outdated && now.millis_since(made.at) < ttl * 500;
    if let Some(published) = cached.as_ref().filter(|published| is_fresh(published)) {
        return Ok(published.token.clone());
    }
    match publish(app, list, now).await {
        Err(problem) if problem.code() == Code::Unavailable => cached
            .filter(|made| now.millis_since(made.at) < ttl * LIFETIMES * 1000)
            .map(|made| made.token)
            .ok_or(problem),
        published => published,
    }
}

/// Makes a list of what the store says now.
async fn publish(app: &App, list: u32, now: Timestamp) -> Result<String, Problem> {
    let rows = app.durable.token_statuses(list, now).await?;
    if rows.is_empty() && list != FIRST && !app.durable.token_lists(now).await?.contains(&list) {
        return Err(Code::NotFound.into());
    }
    let revoked: Vec<u32> = rows
        .into_iter()
        .filter(|(_, revoked)| *revoked)
        .map(|(index, _)| index)
        .collect();
    let token = sign(app, list, &revoked).await?;
    let published = Published {
        token: token.clone(),
        at: now,
        is_outdated: false,
    };
    app.status
        .published
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(list, published);
    Ok(token)
}

/// Makes every list before anybody asks for it, so that each instance has one to hand out whatever happens to the store.
///
/// # Errors
/// The code of what went wrong.
pub(crate) async fn keep_fresh(app: &App) -> Result<(), String> {
    let lists = app.durable.token_lists(app.now()).await;
    let mut lists = lists.map_err(|error| error.to_string())?;
    lists.push(FIRST);
    for list in lists {
        current(app, list)
            .await
            .map_err(|problem| problem.code().as_str().to_owned())?;
    }
    Ok(())
}

async fn sign(app: &App, list: u32, revoked: &[u32]) -> Result<String, Problem> {
    let now = app.now();
    let ttl = app.config.tokens.status_ttl_seconds;
    let mut bits = StatusList::new(LIST_SIZE as usize);
    for index in revoked {
        bits.set(*index as usize, true)
            .map_err(|_| Problem::new(Code::Internal))?;
    }
    let lifetime = Lifetime {
        issued_at: now.unix_seconds(),
        expires_at: now.unix_seconds() + ttl * LIFETIMES,
        time_to_live: u32::try_from(ttl).unwrap_or(60),
    };
    let mut claims = token_claims(&uri(&app.config.issuer, list), lifetime, &bits);
    claims.insert("iss".to_owned(), app.config.issuer.clone().into());
    let payload = serde_json::to_vec(&claims).map_err(|_| Problem::new(Code::Internal))?;
    let key = app.keys.active(KeyPurpose::Token, now)?;
    let header = Header::new(Algorithm::Es256)
        .with_kid(key.kid())
        .with_typ("statuslist+jwt");
    let prepared = Prepared::new(&header, &payload);
    let signature = key.signer.sign(prepared.signing_input()).await?;
    Ok(prepared.complete(&signature))
}

/// The list's address, as tokens name it.
pub(crate) fn uri(issuer: &str, list: u32) -> String {
    format!("{issuer}/status/tokens/{list}")
}

/// Which list an address names, if it is one of this server.
pub(crate) fn number(issuer: &str, address: &str) -> Option<u32> {
    let (_, number) = address.rsplit_once('/')?;
    let list = number.parse().ok()?;
    (uri(issuer, list) == address).then_some(list)
}
