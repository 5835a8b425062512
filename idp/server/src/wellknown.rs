//! What anybody may read: keys, health, the API's own description.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use std::sync::{Arc, PoisonError};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::http::AppState;
use crate::keys::{IssuerProfile, KeySetView};
use crate::problem::{Code, Problem};

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(jwks))
        .routes(routes!(profile_jwks))
        .routes(routes!(crate::status::publish::status_list))
        .routes(routes!(live))
        .routes(routes!(ready))
        .routes(routes!(health))
}

/// The public keys of tokens and Service VDS, upcoming and retiring ones included. The key for RS256 carries a certificate.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "tokens",
    responses((status = 200, description = "a JWK Set (RFC 7517)", content_type = "application/jwk-set+json"),
        (status = 304, description = "the set is the one that If-None-Match names"))
)]
pub async fn jwks(State(app): AppState, headers: HeaderMap) -> Response {
    key_set(&app, KeySetView::All, &headers)
}

/// The same keys as a relying party of limited understanding takes them: `entra` and `entra-mfa` (RS256 alone, with `x5c`), `google` (RS256
/// alone, without `x5c`) or `plain` (every key, without `x5c`).
#[utoipa::path(
    get, path = "/t/{profile}/.well-known/jwks.json", tag = "tokens",
    params(("profile" = String, Path, description = "entra, entra-mfa, google or plain")),
    responses((status = 200, description = "a JWK Set (RFC 7517)", content_type = "application/jwk-set+json"),
        (status = 304, description = "the set is the one that If-None-Match names"),
        (status = 404, description = "not_found"))
)]
pub async fn profile_jwks(State(app): AppState, Path(profile): Path<String>, headers: HeaderMap) -> Response {
    match IssuerProfile::parse(&profile) {
        Some(profile) => key_set(&app, profile.key_set(), &headers),
        None => Problem::new(Code::NotFound).into_response(),
    }
}

/// Relying parties keep the set for an hour; nothing is written anew for one that asks.
fn key_set(app: &App, view: KeySetView, request: &HeaderMap) -> Response {
    let set = app.keys.published_view(view, app.now());
    let mut response = if set.etag().is_some_and(|tag| names(request, tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(set.body().clone()))
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "application/jwk-set+json"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(tag) = set.etag() {
        headers.insert(header::ETAG, tag.clone());
    }
    response
}

/// RFC 9110 section 13.1.2: `If-None-Match` compares weakly, and `*` names whatever there is.
pub(crate) fn names(request: &HeaderMap, tag: &HeaderValue) -> bool {
    request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .any(|named| named == b"*" || named.strip_prefix(b"W/").unwrap_or(named) == tag.as_bytes())
}

/// The state of the server.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    /// `ok` or `unavailable`.
    status: &'static str,
    /// What is not well, by part.
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    parts: std::collections::BTreeMap<&'static str, String>,
}

/// Whether the process answers at all.
#[utoipa::path(get, path = "/health/live", tag = "health", responses((status = 200, body = Health)))]
pub async fn live() -> Json<Health> {
    Json(Health {
        status: "ok",
        parts: std::collections::BTreeMap::new(),
    })
}

/// Whether the server can log people in, and what is not well.
#[utoipa::path(get, path = "/health/ready", tag = "health",
    responses((status = 200, body = Health), (status = 503, body = Health)))]
pub async fn ready(State(app): AppState) -> Response {
    let mut parts: std::collections::BTreeMap<&'static str, String> = app
        .health
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
        .into_iter()
        .collect();
    if app.durable.ping().await.is_err() {
        parts.insert("durable_store", "does not answer".to_owned());
    }
    if app.ephemeral.ping().await.is_err() {
        parts.insert("ephemeral_store", "does not answer".to_owned());
    }
    let needed = ["durable_store", "ephemeral_store", "pkcs11"];
    let serving = !needed.iter().any(|part| parts.contains_key(part));
    let (status, word) = if serving {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    };
    (status, Json(Health { status: word, parts })).into_response()
}

/// The same as `/health/ready`, under the documented name.
#[utoipa::path(get, path = "/health", tag = "health",
    responses((status = 200, body = Health), (status = 503, body = Health)))]
pub async fn health(state: AppState) -> Response {
    ready(state).await
}
