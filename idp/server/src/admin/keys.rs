//! `GET /admin/keys` and `POST /admin/keys/{purpose}/rotate` (profile 5; `idp_core::keys`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_core::keys::{KeyLife, KeyPhase, KeyPurpose};
use idp_types::Timestamp;
use serde::Serialize;

use super::extract::Segment;
use super::operator::Operator;
use super::permission::Permission;
use super::record::record;
use crate::app::App;
use crate::http::AppState;
use crate::problem::{Code, Problem};

/// A signing key's dates. The key itself never leaves the ring.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct KeyView {
    pub(crate) kid: String,
    /// `token`, `service_seal`, `oidc_rs256`, `oidc_ps256`, `oidc_eddsa`, `enrolment_credential`, `operator` or `audit`.
    #[schema(value_type = String)]
    pub(crate) purpose: KeyPurpose,
    /// What it signs with: `ES256`, `RS256`, `PS256` or `EdDSA`.
    pub(crate) algorithm: &'static str,
    /// `upcoming`, `active`, `retiring` or `gone`.
    #[schema(value_type = String)]
    pub(crate) phase: KeyPhase,
    /// Whether it stands in the published key set.
    pub(crate) is_published: bool,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Timestamp,
    /// From when it signs.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) active_from: Timestamp,
    /// From when its successor signs.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) retired_at: Option<Timestamp>,
}

/// All keys with their phases, by purpose and age.
pub(crate) fn key_views(app: &App) -> Vec<KeyView> {
    let now = app.now();
    let mut views: Vec<KeyView> = app.keys.lives().iter().map(|life| view(app, life, now)).collect();
    views.sort_by_key(|view| (view.purpose, view.active_from));
    views
}

fn view(app: &App, life: &KeyLife, now: Timestamp) -> KeyView {
    let phase = life.phase(&app.config.keys.rotation, now);
    KeyView {
        kid: life.kid.to_string(),
        purpose: life.purpose,
        algorithm: life.purpose.algorithm_name(),
        phase,
        is_published: life.purpose.is_published() && phase != KeyPhase::Gone,
        created_at: life.created_at,
        active_from: life.active_from,
        retired_at: life.retired_at,
    }
}

fn upcoming(app: &App, purpose: KeyPurpose) -> Option<KeyView> {
    key_views(app)
        .into_iter()
        .find(|key| key.purpose == purpose && key.phase == KeyPhase::Upcoming)
}

/// Makes the next key of a purpose, unless there is one already; answers it. The intention is recorded before the key file
/// changes, the key's name after it.
pub(crate) async fn rotate_key(
    app: &Arc<App>,
    purpose: KeyPurpose,
    actor: Actor,
) -> Result<KeyView, Problem> {
    if let Some(next) = upcoming(app, purpose) {
        return Ok(next);
    }
    let fact = AuditFact::new(AuditEvent::KeyRotate, actor).with("purpose", purpose.as_str());
    record(app, fact.clone()).await?;
    let (ring, now) = (app.clone(), app.now());
    let rotated = tokio::task::spawn_blocking(move || ring.keys.rotate(purpose, now)).await;
    let kid = rotated
        .map_err(|_| Problem::new(Code::Internal))?
        .map_err(|error| {
            tracing::error!(%error, "the key file was not written");
            Problem::new(Code::Unavailable)
        })?;
    record(app, fact.with("kid", kid.as_str())).await?;
    let made = key_views(app).into_iter().find(|key| key.kid == kid.as_str());
    made.ok_or_else(|| Code::Internal.into())
}

/// The keys.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct KeyList {
    keys: Vec<KeyView>,
}

/// Lists every signing key with its phase.
#[utoipa::path(
    get, path = "/admin/keys", tag = "admin", security(("operator" = [])),
    responses((status = 200, body = KeyList), (status = 401, description = "invalid_token"),
        (status = 403, description = "insufficient_scope"), (status = 429, description = "rate_limited"))
)]
pub(super) async fn list_keys(State(app): AppState, operator: Operator) -> Result<Json<KeyList>, Problem> {
    operator.require(&app, Permission::Read).await?;
    Ok(Json(KeyList {
        keys: key_views(&app),
    }))
}

/// The word of a purpose in a path.
pub(super) struct PurposeWord(KeyPurpose);

impl std::str::FromStr for PurposeWord {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        KeyPurpose::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
            .map(Self)
            .ok_or(())
    }
}

/// Makes the next key of a purpose: published at once, signing after caches of the key set are over. While there is an upcoming
/// key, that one is the answer and nothing changes.
#[utoipa::path(
    post, path = "/admin/keys/{purpose}/rotate", tag = "admin", security(("operator" = [])),
    params(("purpose" = String, Path, description = "token, service_seal, oidc_rs256, oidc_ps256, oidc_eddsa, enrolment_credential, operator or audit")),
    responses((status = 200, body = KeyView), (status = 401, description = "invalid_token"),
        (status = 403, description = "insufficient_scope"), (status = 404, description = "not_found"),
        (status = 429, description = "rate_limited"))
)]
pub(super) async fn rotate(
    State(app): AppState,
    operator: Operator,
    Segment(PurposeWord(purpose)): Segment<PurposeWord>,
) -> Result<Json<KeyView>, Problem> {
    operator.require(&app, Permission::Configure).await?;
    rotate_key(&app, purpose, operator.actor()).await.map(Json)
}
