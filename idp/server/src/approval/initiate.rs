//! `POST /auth/initiate` (profile 4).

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::HeaderMap;
use idp_core::approval::{Caller, Event, Opening, Purpose, Session, begin, displaced};
use idp_core::derive::{OtpContext, otp, ws_token};
use idp_core::enrolment::Holder;
use idp_core::service::Service;
use idp_store::Versioned;
use idp_store::ephemeral::{Kind, Lifetime, Topic};
use idp_types::{MatchingMode, Scope, ScopeSet, ServiceId, SessionId, Timestamp, TokenId};
use serde::{Deserialize, Serialize};

use super::beginning::{enter, fresh_names};
use super::drive::drive;
use super::outcome::block_key;
use crate::app::App;
use crate::http::{AppState, JsonBody, Pad, Peer, enforce, identify_caller, network_of};
use crate::problem::{Code, Problem};

/// Seconds for which pushes are counted when no login succeeds.
const PUSH_COUNT_SECONDS: i64 = 24 * 3600;

/// A request for an approval.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InitiateRequest {
    /// Whom to ask.
    #[schema(value_type = String)]
    token_id: TokenId,
    /// In whose name.
    #[schema(value_type = Option<String>)]
    service_id: Option<ServiceId>,
    /// In whose name, as a Service VDS.
    service_vds: Option<String>,
    /// What to ask for; absent means the service's defaults.
    scopes: Option<Vec<String>>,
    /// A stricter matching mode than the service's own.
    #[schema(value_type = Option<String>)]
    otp_mode: Option<MatchingMode>,
}

/// The new session.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InitiateResponse {
    /// The session.
    #[schema(value_type = String)]
    session_id: SessionId,
    /// The six digits to show.
    auto_password: String,
    /// For the WebSocket.
    ws_token: String,
    /// Comes back as `random` and as the token's `nonce`.
    random: String,
    /// When the session ends.
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

/// Finds the service that a request names.
pub(super) async fn service_of(
    app: &App,
    service_id: Option<&ServiceId>,
    service_vds: Option<&str>,
) -> Result<Arc<Versioned<Service>>, Problem> {
    let named = match (service_id, service_vds) {
        (Some(service_id), None) => service_id.clone(),
        (None, Some(text)) => {
            crate::services::verify_service_vds(app, text).ok_or_else(|| Problem::new(Code::InvalidSeal))?
        }
        _ => {
            return Err(
                Problem::new(Code::InvalidRequest).detail("name serviceId or serviceVds, one of them")
            );
        }
    };
    let service = app
        .durable
        .service(&named)
        .await?
        .filter(|service| service.value.enabled);
    service.ok_or_else(|| Code::ServiceNotFound.into())
}

/// The mode of one session: the service's own, or a stricter one that was asked for.
pub(super) fn mode_of(service: &Service, asked: Option<MatchingMode>) -> Result<MatchingMode, Problem> {
    match asked {
        Some(mode) if mode < service.matching_mode => Err(Code::InvalidMode.into()),
        Some(mode) => Ok(mode),
        None => Ok(service.matching_mode),
    }
}

/// The most scopes of one request: the catalogue with its composites, and some room.
pub(super) const SCOPE_LIMIT: usize = 32;

/// Scopes as they were written; an unknown one is `invalid_scope`, not a malformed request (profile 6).
pub(super) fn parse_scopes(texts: &[String]) -> Result<Vec<Scope>, Problem> {
    if texts.len() > SCOPE_LIMIT {
        return Err(Problem::new(Code::InvalidScope).detail("too many scopes"));
    }
    let parsed: Result<Vec<Scope>, _> = texts.iter().map(|text| text.parse()).collect();
    parsed.map_err(|_| Problem::new(Code::InvalidScope).detail("a scope is unknown"))
}

/// What the service may ask for in this request.
pub(super) fn requested(service: &Service, scopes: Option<&[String]>) -> Result<ScopeSet, Problem> {
    let scopes = scopes.map(parse_scopes).transpose()?;
    let requested = service.requested(scopes.as_deref());
    requested
        .map_err(|_| Problem::new(Code::InvalidScope).detail("a scope is beyond the service's allow-list"))
}

/// Counts an unauthenticated caller: by its network, and by its network and whom it asks for. Never by tokenId alone, or
/// strangers could lock a holder out (profile 4, "no oracle": unknown tokenIds count alike).
async fn limit_origin_caller(app: &App, address: IpAddr, token_id: &TokenId) -> Result<(), Problem> {
    let network = network_of(address);
    let count = app.config.limits.initiate_per_minute;
    enforce(app, &format!("initiate:{network}"), count, 60).await?;
    enforce(app, &format!("initiate:{network}:{token_id}"), count, 60).await
}

/// Asks a person for an approval.
///
/// The answer is the same, and takes the same time, whether or not the tokenId is enrolled.
#[utoipa::path(
    post, path = "/auth/initiate", tag = "approval", request_body = InitiateRequest,
    responses((status = 200, body = InitiateResponse), (status = 400, description = "invalid_request, invalid_scope, invalid_seal"),
        (status = 401, description = "invalid_client"), (status = 403, description = "origin_not_allowed"),
        (status = 404, description = "service_not_found"), (status = 429, description = "rate_limited"))
)]
pub(crate) async fn initiate(
    State(app): AppState,
    Peer(address): Peer,
    headers: HeaderMap,
    JsonBody(request): JsonBody<InitiateRequest>,
) -> Result<Json<InitiateResponse>, Problem> {
    let pad = Pad::begin();
    let service = service_of(&app, request.service_id.as_ref(), request.service_vds.as_deref()).await?;
    let caller = identify_caller(&app, &service.value, &headers, address).await?;
    if !caller.authenticated {
        limit_origin_caller(&app, address, &request.token_id).await?;
    }
    let requested = requested(&service.value, request.scopes.as_deref())?;
    let mode = mode_of(&service.value, request.otp_mode)?;
    let ask = Ask {
        token_id: request.token_id,
        purpose: Purpose::Login,
        requested,
        mode,
        caller,
        address: Some(address),
    };
    let opened = open(&app, &service.value, ask).await?;
    pad.hold().await;
    Ok(Json(opened))
}

/// Whom to ask for what.
pub(crate) struct Ask {
    pub(crate) token_id: TokenId,
    pub(crate) purpose: Purpose,
    pub(crate) requested: ScopeSet,
    pub(crate) mode: MatchingMode,
    pub(crate) caller: Caller,
    pub(crate) address: Option<IpAddr>,
}

/// Begins a session for a tokenId, known or not.
pub(crate) async fn open(app: &App, service: &Service, ask: Ask) -> Result<InitiateResponse, Problem> {
    let now = app.now();
    let holder = super::head_of(app, &ask.token_id).await?;
    let token_id = holder
        .as_deref()
        .map_or(&ask.token_id, |holder| &holder.value.token_id)
        .clone();
    let reachable = holder
        .as_deref()
        .is_some_and(|holder| may_be_told(&holder.value, service, now));
    let (id, random) = fresh_names()?;
    let opening = Opening {
        id,
        random,
        purpose: ask.purpose,
        service_id: service.service_id.clone(),
        token_id: Some(token_id.clone()),
        deliverable: reachable,
        requested: ask.requested,
        mode: ask.mode,
        caller: ask.caller,
    };
    let (mut session, effects) = begin(opening, now);
    session.deliverable = reachable && !is_blocked(app, &token_id, &session, now).await?;
    make_room(app, &token_id, &session, now).await?;
    enter(app, (&session, effects), ask.address, now).await?;
    if let Some(holder) = holder.filter(|_| session.deliverable) {
        notify(app, &holder.value, &session, service, now).await?;
    }
    answer(app, &session)
}

fn may_be_told(holder: &Holder, service: &Service, now: Timestamp) -> bool {
    let trusted = !service.trust_required || holder.trusted_services.contains(&service.service_id);
    trusted && holder.is_reachable(now)
}

async fn is_blocked(
    app: &App,
    token_id: &TokenId,
    session: &Session,
    now: Timestamp,
) -> Result<bool, Problem> {
    Ok(app
        .ephemeral
        .read(Kind::Block, &block_key(token_id, session), now)
        .await?
        .is_some())
}

/// Lets older sessions of a full queue yield.
async fn make_room(app: &App, token_id: &TokenId, session: &Session, now: Timestamp) -> Result<(), Problem> {
    let sessions: Vec<Session> = app
        .ephemeral
        .sessions_of(token_id, now)
        .await?
        .into_iter()
        .map(|s| s.value)
        .collect();
    for id in displaced(&sessions, &session.service_id, &session.caller, now) {
        // One that cannot yield now ends by itself within the minute; nobody else waits for it.
        if let Err(problem) = drive(app, &id, None, |_| Event::Displaced).await {
            tracing::debug!(code = problem.code().as_str(), "a session did not yield");
        }
    }
    Ok(())
}

/// Wakes the holder's phones, and pushes to them while the cap since the last success allows.
pub(super) async fn notify(
    app: &App,
    holder: &Holder,
    session: &Session,
    service: &Service,
    now: Timestamp,
) -> Result<(), Problem> {
    let life = Lifetime {
        now,
        until: now.plus_seconds(PUSH_COUNT_SECONDS),
    };
    let count = app
        .ephemeral
        .count(Kind::PushCount, holder.token_id.as_str(), life)
        .await?;
    if count <= app.config.limits.pushes_since_success {
        let code = code_of(app, session)?;
        crate::push::enqueue(app, holder, session, service, &code);
    }
    app.ephemeral.wake(Topic::Holder(holder.token_id.clone())).await?;
    Ok(())
}

/// The code of a session that has a holder.
pub(crate) fn code_of(app: &App, session: &Session) -> Result<idp_core::derive::Otp, Problem> {
    let master = app
        .secrets()
        .otp_master(session.created_at)
        .ok_or(Code::Internal)?;
    let token_id = session.token_id.as_ref().ok_or(Code::SessionNotFound)?;
    Ok(otp(
        master,
        &OtpContext {
            session_id: &session.id,
            token_id,
            service_id: &session.service_id,
        },
    ))
}

fn answer(app: &App, session: &Session) -> Result<InitiateResponse, Problem> {
    Ok(InitiateResponse {
        session_id: session.id.clone(),
        auto_password: code_of(app, session)?.reveal().to_owned(),
        ws_token: ws_token(&app.secrets().ws, session.id.as_str()),
        random: session.random.clone(),
        expires_at: session.expires_at,
    })
}

impl InitiateResponse {
    /// The session's id, code, token and end, for callers inside the server.
    pub(crate) fn into_parts(self) -> (SessionId, String, String, Timestamp) {
        (
            self.session_id,
            self.auto_password,
            self.ws_token,
            self.expires_at,
        )
    }
}
