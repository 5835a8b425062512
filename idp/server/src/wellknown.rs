//! What anybody may read: keys, health, the API's own description.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use idp_core::keys::KeyPurpose;
use idp_store::StoreError;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::edge::Drain;
use crate::http::AppState;
use crate::keys::{IssuerProfile, KeySetView};
use crate::problem::{Code, Problem};
use crate::stores::Circuit;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(jwks))
        .routes(routes!(profile_jwks))
        .routes(routes!(crate::status::publish::status_list))
        .merge(probes())
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

/// The longest that relying parties keep the set, in seconds.
const LONGEST_KEPT: i64 = 3600;

/// Relying parties keep the set for an hour, and never longer than a new key is shown before it signs; nothing is written anew for one that
/// asks.
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
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let kept = LONGEST_KEPT.min(app.config.keys.rotation.publish_ahead);
    let kept = HeaderValue::try_from(format!("public, max-age={kept}"));
    headers.extend(kept.ok().map(|kept| (header::CACHE_CONTROL, kept)));
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

/// The probes, at the public face and beside the metrics.
pub(crate) fn probes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(live))
        .routes(routes!(started))
        .routes(routes!(ready))
        .routes(routes!(health))
}

/// The state of the server.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    /// `ok`; `degraded` when people can log in and something else is not well; `unavailable` or `draining`, with 503.
    status: &'static str,
    /// What is not well, by part.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    parts: BTreeMap<&'static str, String>,
    /// What the server cannot do without, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    dependencies: BTreeMap<&'static str, Dependency>,
    /// Keys of the configuration that were changed and wait for a restart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    restart: Vec<&'static str>,
}

/// How a dependency is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Dependency {
    /// `sqlite`, `postgresql`, `memory` or `redis`.
    engine: &'static str,
    /// `up`, `read_only` while it answers and writes nothing, or `down`.
    status: &'static str,
    /// `closed`, or `open` while the engine is left alone because it fails.
    circuit: &'static str,
}

impl Health {
    const fn of(status: &'static str) -> Self {
        Self {
            status,
            parts: BTreeMap::new(),
            dependencies: BTreeMap::new(),
            restart: Vec::new(),
        }
    }

    /// Asks a store whether it answers.
    async fn ask(
        &mut self,
        (name, circuit): (&'static str, &Circuit),
        ping: impl Future<Output = Result<(), StoreError>> + Send,
    ) {
        let answer = tokio::time::timeout(PATIENCE, ping).await;
        let status = match answer {
            Ok(Ok(())) if circuit.refuses_writes() => "read_only",
            Ok(Ok(())) => "up",
            _ => "down",
        };
        match status {
            "read_only" => drop(self.parts.insert(name, "does not write".to_owned())),
            "down" => drop(self.parts.insert(name, "does not answer".to_owned())),
            _ => {}
        }
        let dependency = Dependency {
            engine: circuit.engine(),
            status,
            circuit: if circuit.is_open() { "open" } else { "closed" },
        };
        self.dependencies.insert(name, dependency);
    }

    fn is_without_store(&self) -> bool {
        self.dependencies
            .values()
            .any(|dependency| dependency.status != "up")
    }
}

/// How long a probe waits for a store: shorter than whoever probes waits for the answer.
const PATIENCE: Duration = Duration::from_millis(900);

/// Whether the process answers at all.
#[utoipa::path(get, path = "/health/live", tag = "health", responses((status = 200, body = Health)))]
pub async fn live() -> Json<Health> {
    Json(Health::of("ok"))
}

/// Whether the server has started: it answers nothing before that.
#[utoipa::path(get, path = "/health/started", tag = "health", responses((status = 200, body = Health)))]
pub async fn started() -> Json<Health> {
    Json(Health::of("ok"))
}

/// Whether the server can log people in, and what is not well.
#[utoipa::path(get, path = "/health/ready", tag = "health",
    responses((status = 200, body = Health), (status = 503, body = Health)))]
pub async fn ready(State(app): AppState, drain: Option<Extension<Drain>>) -> Response {
    let mut health = Health::of("ok");
    health.parts = app.troubles();
    health.restart = app.reloads.waiting();
    let durable = ("durable_store", &*app.circuits.durable);
    health.ask(durable, app.durable.ping()).await;
    let ephemeral = ("ephemeral_store", &*app.circuits.ephemeral);
    health.ask(ephemeral, app.ephemeral.ping()).await;
    let can_sign = app.keys.active(KeyPurpose::Token, app.now()).is_ok();
    if !can_sign {
        health.parts.insert("signing_key", "none is active".to_owned());
    }
    let status = if drain.is_some_and(|Extension(drain)| drain.has_begun()) {
        health.status = "draining";
        StatusCode::SERVICE_UNAVAILABLE
    } else if health.is_without_store() || !can_sign || health.parts.contains_key("pkcs11") {
        health.status = "unavailable";
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        if !health.parts.is_empty() {
            health.status = "degraded";
        }
        StatusCode::OK
    };
    (status, Json(health)).into_response()
}

/// The same as `/health/ready`, under the documented name.
#[utoipa::path(get, path = "/health", tag = "health",
    responses((status = 200, body = Health), (status = 503, body = Health)))]
pub async fn health(state: AppState, drain: Option<Extension<Drain>>) -> Response {
    ready(state, drain).await
}
