//! Requests that are posted (OIDC Core 3.1.2.1). A POST of another site carries no Lax cookie: it is parked, and the browser comes back by
//! itself, with its cookies (profile 8). Every POST goes this way, so that there is one.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use idp_store::ephemeral::Kind;
use oidc::parameters::LIMIT;

use super::authorize::{Visitor, authorize};
use super::{form, response};
use crate::app::App;
use crate::crypto::random_id;
use crate::http::{AppState, Peer, body_bytes, enforce, network_of};
use crate::pages::oidc::{Failure, Locale};
use crate::problem::Problem;

/// Seconds that a parked request waits.
const SECONDS: i64 = 120;

/// How many times the limit of logins a network may park requests.
const SHARE: u32 = 20;

/// Parks an authorization request that was posted and sends the browser to fetch it.
pub(super) async fn park(
    State(app): AppState,
    Peer(address): Peer,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let visitor = Visitor {
        headers: &headers,
        address,
    };
    park_for(&app, visitor, body, "/oidc/authorize/resume").await
}

/// Parks what was posted, for the endpoint that goes on with it at `{place}/{id}`.
pub(crate) async fn park_for(app: &App, visitor: Visitor<'_>, body: Body, place: &str) -> Response {
    let locale = Locale::of(None, visitor.headers);
    if !form::is_form(visitor.headers) {
        let description = "the body must be application/x-www-form-urlencoded";
        return response::page(locale, Failure::Request, Some(description));
    }
    let bucket = format!("oidc-park:{}", network_of(visitor.address));
    let parked = async {
        enforce(
            app,
            &bucket,
            app.config.limits.initiate_per_minute.saturating_mul(SHARE),
            60,
        )
        .await?;
        let bytes = body_bytes(app, body).await?;
        store(app, bytes.to_vec(), place).await
    };
    match parked.await.and_then(|address| response::see_other(&address)) {
        Ok(response) => response,
        Err(problem) => Failure::of_problem(locale, problem),
    }
}

/// Keeps a posted request; the address under which the browser finds it again.
async fn store(app: &App, encoded: Vec<u8>, place: &str) -> Result<String, Problem> {
    let id = random_id("")?;
    if encoded.len() > LIMIT {
        return Err(Problem::new(crate::problem::Code::TooLarge));
    }
    let until = app.now().plus_seconds(SECONDS);
    app.ephemeral
        .put(Kind::ParkedRequest, &id, encoded, until)
        .await?;
    Ok(format!("{place}/{id}"))
}

/// A parked request. It is read, not taken: a reload is no mistake.
///
/// # Errors
/// The store's problems.
pub(crate) async fn parked(app: &App, id: &str) -> Result<Option<Vec<u8>>, Problem> {
    Ok(app.ephemeral.read(Kind::ParkedRequest, id, app.now()).await?)
}

/// Answers a parked authorization request.
pub(super) async fn resume(
    State(app): AppState,
    Peer(address): Peer,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    match parked(&app, &id).await {
        Ok(Some(encoded)) => {
            let visitor = Visitor {
                headers: &headers,
                address,
            };
            authorize(&app, visitor, &encoded).await
        }
        Ok(None) => response::page(Locale::of(None, &headers), Failure::Gone, None),
        Err(problem) => Failure::of_problem(Locale::of(None, &headers), problem),
    }
}
