//! What anybody may read: keys, health, the API's own description.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use idp_jose::Jwk;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::{Arc, PoisonError};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::http::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(jwks))
        .routes(routes!(crate::status::publish::status_list))
        .routes(routes!(live))
        .routes(routes!(ready))
        .routes(routes!(health))
}

/// The public keys of tokens and Service VDS, upcoming and retiring ones included.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "tokens",
    responses((status = 200, description = "a JWK Set (RFC 7517)", content_type = "application/jwk-set+json"))
)]
pub async fn jwks(State(app): AppState) -> Response {
    let keys: Vec<Value> = app.keys.published(app.now()).iter().map(Jwk::to_value).collect();
    let body = json!({ "keys": keys }).to_string();
    let headers = [
        (header::CONTENT_TYPE, "application/jwk-set+json"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, body).into_response()
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
    let serving = !parts.contains_key("durable_store") && !parts.contains_key("ephemeral_store");
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
