//! `POST /oidc/login/{id}/start` and `/qr`: the phone is asked. Again after an expiry or a refusal, a few times.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use http::HeaderMap;
use idp_core::approval::Caller;
use idp_core::service::Service;
use idp_store::Versioned;
use idp_types::{MatchingMode, SessionId, Timestamp, TokenId};
use serde::{Deserialize, Serialize};

use super::record::{Asking, Ending, Interaction, load, save};
use super::{Unavailable, guard};
use crate::app::App;
use crate::approval::protocol::{ProtocolAsk, ask, ask_by_qr, withdraw};
use crate::http::{AppState, JsonBody, Pad, Peer, caller_of, enforce, network_of};
use crate::oidc::device;
use crate::problem::Problem;

/// How often one interaction may ask.
const STARTS: u32 = 10;

/// Whom to ask.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StartRequest {
    token_id: TokenId,
    #[serde(default)]
    remember: bool,
}

/// The phone is being asked, if there is one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Started {
    session_id: SessionId,
    code: String,
    ws_token: String,
    expires_at: Timestamp,
    mode: MatchingMode,
    /// Whether phones are woken late at present, if at all: the same for every tokenId.
    push_late: bool,
}

/// A QR waits for a phone.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    session_id: SessionId,
    qr: String,
    qr_svg: String,
    ws_token: String,
    expires_at: Timestamp,
}

/// Asks the phones of a tokenId. An unknown one gets the same answer in the same time (profile 4).
pub(super) async fn start(
    State(app): AppState,
    Peer(address): Peer,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(request): JsonBody<StartRequest>,
) -> Result<Json<Started>, Problem> {
    let pad = Pad::begin();
    let (mut interaction, service) = open(&app, &headers, &id)
        .await
        .map_err(Unavailable::into_problem)?;
    let network = network_of(address);
    let count = app.config.limits.initiate_per_minute;
    enforce(&app, &format!("initiate:{network}"), count, 60).await?;
    enforce(
        &app,
        &format!("initiate:{network}:{}", request.token_id),
        count,
        60,
    )
    .await?;
    let remembered = if request.remember {
        request.token_id.as_str()
    } else {
        ""
    };
    interaction.remember = Some(remembered.to_owned());
    let asking = ProtocolAsk {
        token_id: request.token_id,
        requested: interaction.asked,
        mode: interaction.mode,
        message: None,
        caller: caller(&app, address),
        address: Some(address),
    };
    let mode = effective_mode(&service.value, interaction.mode);
    let asked = ask(&app, &service.value, asking).await?;
    note(&app, interaction, (asked.session_id.clone(), asked.expires_at)).await?;
    pad.hold().await;
    Ok(Json(Started {
        session_id: asked.session_id,
        code: asked.code,
        ws_token: asked.ws_token,
        expires_at: asked.expires_at,
        mode,
        push_late: app.push.is_late(),
    }))
}

/// Shows a QR to a phone that is at hand (profile 7).
pub(super) async fn qr(
    State(app): AppState,
    Peer(address): Peer,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Shown>, Problem> {
    let (interaction, service) = open(&app, &headers, &id)
        .await
        .map_err(Unavailable::into_problem)?;
    let bucket = format!("initiate:{}", network_of(address));
    enforce(&app, &bucket, app.config.limits.initiate_per_minute, 60).await?;
    let what = (interaction.asked, interaction.mode);
    let asked = ask_by_qr(&app, &service.value, what, caller(&app, address), Some(address)).await?;
    note(&app, interaction, (asked.session_id.clone(), asked.expires_at)).await?;
    Ok(Json(Shown {
        session_id: asked.session_id,
        qr: asked.qr,
        qr_svg: asked.qr_svg,
        ws_token: asked.ws_token,
        expires_at: asked.expires_at,
    }))
}

/// The interaction and its service, where our own page asks, not too often.
async fn open(
    app: &App,
    headers: &HeaderMap,
    id: &str,
) -> Result<(Interaction, Arc<Versioned<Service>>), Unavailable> {
    guard::same_origin(app, headers)?;
    let interaction = load(app, headers, id).await?;
    if interaction.answered.is_some() {
        return Err(Unavailable::Gone);
    }
    let seconds = u32::try_from(app.config.oidc.interaction_seconds).unwrap_or(u32::MAX);
    enforce(app, &format!("oidc-start:{}", interaction.id), STARTS, seconds).await?;
    if let Ending::Device(entered) = &interaction.ending
        && !device::is_open(app, &entered.key).await?
    {
        return Err(Unavailable::Gone);
    }
    let service = app.durable.service(&interaction.service_id).await?;
    let service = service
        .filter(|service| service.value.enabled)
        .ok_or(Unavailable::Gone)?;
    Ok((interaction, service))
}

/// Whoever sits before the browser is not authenticated: sessions are counted and displaced by network (profile 4).
fn caller(app: &App, address: std::net::IpAddr) -> Caller {
    Caller {
        authenticated: false,
        handle: caller_of(app, address),
    }
}

/// The mode of an interaction's session: the service's own, or the stricter one that the request demands.
pub(super) fn effective_mode(service: &Service, asked: Option<MatchingMode>) -> MatchingMode {
    asked.map_or(service.matching_mode, |mode| mode.at_least(service.matching_mode))
}

/// Notes who is asked now; whoever was asked before is not any more.
async fn note(
    app: &App,
    mut interaction: Interaction,
    (session_id, expires_at): (SessionId, Timestamp),
) -> Result<(), Problem> {
    if let Some(before) = &interaction.asking {
        withdraw(app, &before.session_id).await?;
    }
    if let Ending::Device(entered) = &interaction.ending {
        device::ask(app, &entered.key, &session_id).await?;
    }
    interaction.asking = Some(Asking {
        session_id,
        expires_at,
    });
    save(app, &interaction).await
}
