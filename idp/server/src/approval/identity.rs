//! `POST /identity/initiate` and `/identity/claim` (profile 7): a QR that a phone scans, with or without a login.

use axum::Json;
use axum::extract::State;
use http::HeaderMap;
use idp_core::approval::{Event, Opening, Purpose, Session, begin};
use idp_core::derive::{rendezvous, rendezvous_matches, ws_token};
use idp_types::{MatchingMode, ServiceId, SessionId, Timestamp, TokenId};
use serde::{Deserialize, Serialize};

use super::beginning::{enter, fresh_names};
use super::drive::{drive, load};
use super::initiate::{mode_of, requested, service_of};
use super::verify::problem;
use super::view::{PendingView, present};
use crate::app::App;
use crate::http::{AppState, JsonBody, Peer, SignedJson, enforce, identify_caller, network_of};
use crate::problem::{Code, Problem};
use crate::qr;
use crate::telemetry::metrics::Stage;

/// A request for a QR.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdentityRequest {
    /// In whose name.
    #[schema(value_type = Option<String>)]
    service_id: Option<ServiceId>,
    /// In whose name, as a Service VDS.
    service_vds: Option<String>,
    /// What to ask for; absent means the service's defaults.
    scopes: Option<Vec<String>>,
    /// `verify` (default): attributes without an account. `login`: the service's usual subject.
    #[serde(default)]
    purpose: IdentityPurpose,
    /// A stricter matching mode than the service's own.
    #[schema(value_type = Option<String>)]
    otp_mode: Option<MatchingMode>,
}

/// What the QR is for.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum IdentityPurpose {
    /// Attributes without an account; the subject is fresh.
    #[default]
    Verify,
    /// A login.
    Login,
}

/// The new session and its QR.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdentityResponse {
    /// The session.
    #[schema(value_type = String)]
    session_id: SessionId,
    /// The QR's content; it changes every 20 s over the WebSocket.
    qr: String,
    /// The QR as SVG.
    qr_svg: String,
    /// For the WebSocket.
    ws_token: String,
    /// Comes back as `random` and as the token's `nonce`.
    random: String,
    /// When the QR ends.
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

/// The QR's content at `now`.
pub(super) fn qr_of(app: &App, session: &Session) -> String {
    let value = rendezvous(&app.secrets().rendezvous, &session.id, app.now());
    format!("{}/i/{}#{value}", app.config.issuer, session.id)
}

/// Shows a QR.
#[utoipa::path(
    post, path = "/identity/initiate", tag = "approval", request_body = IdentityRequest,
    responses((status = 200, body = IdentityResponse), (status = 400, description = "invalid_request, invalid_scope"),
        (status = 401, description = "invalid_client"), (status = 403, description = "origin_not_allowed"),
        (status = 404, description = "service_not_found"), (status = 429, description = "rate_limited"))
)]
pub(crate) async fn initiate_identity(
    State(app): AppState,
    Peer(address): Peer,
    headers: HeaderMap,
    JsonBody(request): JsonBody<IdentityRequest>,
) -> Result<Json<IdentityResponse>, Problem> {
    let service = service_of(&app, request.service_id.as_ref(), request.service_vds.as_deref()).await?;
    let service = &service.value;
    let caller = identify_caller(&app, service, &headers, address).await?;
    if !caller.authenticated {
        let bucket = format!("initiate:{}", network_of(address));
        enforce(&app, &bucket, app.config.limits.initiate_per_minute, 60).await?;
    }
    let (id, random) = fresh_names()?;
    let opening = Opening {
        id,
        random,
        purpose: match request.purpose {
            IdentityPurpose::Verify => Purpose::Verify,
            IdentityPurpose::Login => Purpose::Login,
        },
        service_id: service.service_id.clone(),
        token_id: None,
        deliverable: false,
        requested: requested(service, request.scopes.as_deref())?,
        mode: mode_of(service, request.otp_mode)?,
        caller,
    };
    let now = app.now();
    let (session, effects) = begin(opening, now);
    enter(&app, (&session, effects), Some(address), now).await?;
    answer(&app, &session).map(Json)
}

fn answer(app: &App, session: &Session) -> Result<IdentityResponse, Problem> {
    let qr = qr_of(app, session);
    Ok(IdentityResponse {
        qr_svg: qr::svg(&qr)?,
        qr,
        session_id: session.id.clone(),
        ws_token: ws_token(&app.secrets().ws, session.id.as_str()),
        random: session.random.clone(),
        expires_at: session.expires_at,
    })
}

/// A phone scanned a QR.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClaimRequest {
    /// The session in the QR.
    #[schema(value_type = String)]
    session_id: SessionId,
    /// The value behind the `#`.
    rendezvous: String,
    /// The holder; must be the device's own.
    #[schema(value_type = String)]
    token_id: TokenId,
}

/// Binds a scanned session to the phone's holder: it is asked from now on, for a minute.
#[utoipa::path(
    post, path = "/identity/claim", tag = "phone", request_body = ClaimRequest, security(("device" = [])),
    responses((status = 200, body = PendingView), (status = 401, description = "invalid_signature"),
        (status = 404, description = "session_not_found: gone, stale or claimed already"))
)]
pub(crate) async fn claim_identity(
    State(app): AppState,
    Peer(address): Peer,
    SignedJson { request, value }: SignedJson<ClaimRequest>,
) -> Result<Json<PendingView>, Problem> {
    if value.token_id != *request.token_id() {
        return Err(Code::InvalidRequest.into());
    }
    let session = load(&app, &value.session_id).await?;
    let service = app
        .durable
        .service(&session.service_id)
        .await?
        .filter(|service| service.value.enabled)
        .ok_or(Code::SessionNotFound)?;
    let now = app.now();
    let shown = rendezvous_matches(&app.secrets().rendezvous, &session.id, now, &value.rendezvous);
    let trusted = !service.value.trust_required
        || request
            .holder
            .value
            .trusted_services
            .contains(&service.value.service_id);
    if !shown || !trusted || !request.holder.value.is_reachable(now) {
        return Err(Code::SessionNotFound.into());
    }
    let token_id = value.token_id;
    let driven = drive(&app, &value.session_id, Some(address), |_| Event::Claimed {
        token_id: token_id.clone(),
    })
    .await?;
    driven.verdict.map_err(problem)?;
    app.metrics
        .login_reached(Stage::Notified, &driven.session, app.now());
    present(&app, &driven.session).await.map(Json)
}
