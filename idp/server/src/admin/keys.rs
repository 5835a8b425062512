//! `GET /admin/keys` and `POST /admin/keys/{purpose}/rotate`, `/import` and `/retire` (profile 5; `idp_core::keys`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_core::keys::{KeyLife, KeyPhase, KeyPurpose};
use idp_types::{KeyId, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::extract::Segment;
use super::operator::Operator;
use super::permission::Permission;
use super::record::record;
use crate::app::App;
use crate::background::tell_keys_changed;
use crate::http::{AppState, JsonBody};
use crate::keys::{KeyError, Retired, Rotated};
use crate::problem::{Code, Problem};

/// A signing key's dates. The key itself never leaves the ring.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct KeyView {
    pub(crate) kid: String,
    /// `token`, `service_seal`, `oidc_rs256`, `oidc_ps256`, `oidc_eddsa`, `saml_rs256`, `saml_es256`, `enrolment_credential`, `operator` or `audit`.
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

fn one(app: &App, kid: &KeyId) -> Result<KeyView, Problem> {
    let mut views = key_views(app).into_iter();
    views
        .find(|key| key.kid == kid.as_str())
        .ok_or_else(|| Code::Internal.into())
}

/// Makes the next key of a purpose, unless there is one already; answers it. The intention is recorded before the keys change, the key's
/// name after it.
pub(crate) async fn rotate_key(
    app: &Arc<App>,
    purpose: KeyPurpose,
    actor: Actor,
) -> Result<KeyView, KeyChangeError> {
    let fact = AuditFact::new(AuditEvent::KeyRotate, actor).with("purpose", purpose.as_str());
    let mut waiting = key_views(app).into_iter();
    let waiting = waiting.find(|key| key.purpose == purpose && key.phase == KeyPhase::Upcoming);
    if let Some(waiting) = waiting {
        return Ok(waiting);
    }
    record(app, fact.clone()).await?;
    match app.keys.rotate(purpose, app.now()).await? {
        Rotated::Waiting(kid) => Ok(one(app, &kid)?),
        Rotated::Made(kid) => {
            tell_keys_changed(app).await;
            record(app, fact.with("kid", kid.as_str())).await?;
            Ok(one(app, &kid)?)
        }
    }
}

/// Publishes a private key that was made elsewhere as the next one of a purpose; answers it. Recorded as a rotation is.
pub(crate) async fn import_key(
    app: &Arc<App>,
    purpose: KeyPurpose,
    pem: &str,
    actor: Actor,
) -> Result<KeyView, KeyChangeError> {
    let fact = AuditFact::new(AuditEvent::KeyImport, actor).with("purpose", purpose.as_str());
    record(app, fact.clone()).await?;
    match app.keys.import(purpose, pem, app.now()).await? {
        Rotated::Waiting(kid) => Ok(one(app, &kid)?),
        Rotated::Made(kid) => {
            tell_keys_changed(app).await;
            record(app, fact.with("kid", kid.as_str())).await?;
            Ok(one(app, &kid)?)
        }
    }
}

/// Ends a key at once, because somebody else may have it. Recorded as a rotation is.
pub(crate) async fn retire_key(
    app: &Arc<App>,
    purpose: KeyPurpose,
    kid: &KeyId,
    actor: Actor,
) -> Result<RetiredView, KeyChangeError> {
    let fact = AuditFact::new(AuditEvent::KeyRetire, actor)
        .with("purpose", purpose.as_str())
        .with("kid", kid.as_str());
    record(app, fact.clone()).await?;
    let Retired { successor } = app.keys.retire(purpose, kid, app.now()).await?;
    tell_keys_changed(app).await;
    let signs = app
        .keys
        .active(purpose, app.now())
        .map_err(Problem::from)?
        .life
        .kid
        .clone();
    let done = fact.with("signs", signs.as_str());
    record(app, done).await?;
    Ok(RetiredView {
        kid: kid.to_string(),
        successor: successor.map(String::from),
        signs: one(app, &signs)?,
    })
}

/// Why the keys were not changed.
#[derive(Debug)]
pub(crate) enum KeyChangeError {
    /// The keys said no.
    Keys(KeyError),
    /// It could not be recorded.
    Problem(Problem),
}

impl From<KeyError> for KeyChangeError {
    fn from(error: KeyError) -> Self {
        Self::Keys(error)
    }
}

impl From<Problem> for KeyChangeError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// On the wire.
impl From<KeyChangeError> for Problem {
    fn from(error: KeyChangeError) -> Self {
        match error {
            KeyChangeError::Problem(problem) => problem,
            KeyChangeError::Keys(KeyError::Unknown(_)) => Code::NotFound.into(),
            KeyChangeError::Keys(error @ (KeyError::Upcoming(_) | KeyError::InToken)) => {
                Self::new(Code::Conflict).detail(error.to_string())
            }
            KeyChangeError::Keys(error @ KeyError::Foreign(_)) => {
                Self::new(Code::InvalidRequest).detail(error.to_string())
            }
            KeyChangeError::Keys(error) => {
                tracing::error!(%error, "the keys were not changed");
                Self::new(Code::Unavailable)
            }
        }
    }
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
    params(("purpose" = String, Path, description = "token, service_seal, oidc_rs256, oidc_ps256, oidc_eddsa, saml_rs256, saml_es256, enrolment_credential, operator or audit")),
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
    Ok(Json(rotate_key(&app, purpose, operator.actor()).await?))
}

/// A private key that was made elsewhere.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportRequest {
    /// PKCS#8 in PEM (RFC 7468 section 10), without a password: a P-256, RSA or Ed25519 key, as the purpose's algorithm wants it.
    #[schema(value_type = String)]
    pem: Zeroizing<String>,
}

/// Publishes a private key that was made elsewhere as the next one of a purpose; it signs after caches of the key set are over. Importing
/// it twice changes nothing.
#[utoipa::path(
    post, path = "/admin/keys/{purpose}/import", tag = "admin", request_body = ImportRequest, security(("operator" = [])),
    params(("purpose" = String, Path, description = "token, service_seal, oidc_rs256, oidc_ps256, oidc_eddsa, saml_rs256, saml_es256, enrolment_credential, operator or audit")),
    responses((status = 200, body = KeyView), (status = 400, description = "invalid_request"),
        (status = 401, description = "invalid_token"), (status = 403, description = "insufficient_scope"),
        (status = 404, description = "not_found"), (status = 409, description = "conflict: another key waits already"),
        (status = 429, description = "rate_limited"))
)]
pub(super) async fn import(
    State(app): AppState,
    operator: Operator,
    Segment(PurposeWord(purpose)): Segment<PurposeWord>,
    JsonBody(request): JsonBody<ImportRequest>,
) -> Result<Json<KeyView>, Problem> {
    operator.require(&app, Permission::Configure).await?;
    let imported = import_key(&app, purpose, &request.pem, operator.actor()).await?;
    Ok(Json(imported))
}

/// A key that somebody else may have.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RetireRequest {
    /// Which.
    #[schema(value_type = String)]
    kid: KeyId,
}

/// What became of the keys of the purpose.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct RetiredView {
    /// The key that ended.
    pub(crate) kid: String,
    /// The key that took its place, where it signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) successor: Option<String>,
    /// The key that signs now.
    pub(crate) signs: KeyView,
}

/// Ends a key before its time, because somebody else may have it: it leaves the published key set, nothing that it signed is accepted any
/// more, and its private half is destroyed. Where it signed, the key that waits signs from now on, or a new one. Doing it twice changes
/// nothing. Relying parties that cached the key set accept the old key until they read it again, and refuse the new one until then.
#[utoipa::path(
    post, path = "/admin/keys/{purpose}/retire", tag = "admin", request_body = RetireRequest, security(("operator" = [])),
    params(("purpose" = String, Path, description = "token, service_seal, oidc_rs256, oidc_ps256, oidc_eddsa, saml_rs256, saml_es256, enrolment_credential, operator or audit")),
    responses((status = 200, body = RetiredView), (status = 400, description = "invalid_request"),
        (status = 401, description = "invalid_token"), (status = 403, description = "insufficient_scope"),
        (status = 404, description = "not_found"), (status = 429, description = "rate_limited"))
)]
pub(super) async fn retire(
    State(app): AppState,
    operator: Operator,
    Segment(PurposeWord(purpose)): Segment<PurposeWord>,
    JsonBody(request): JsonBody<RetireRequest>,
) -> Result<Json<RetiredView>, Problem> {
    operator.require(&app, Permission::Configure).await?;
    let retired = retire_key(&app, purpose, &request.kid, operator.actor()).await?;
    Ok(Json(retired))
}
