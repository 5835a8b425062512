//! `POST /auth/reject` (profile 4.3): the phone declines.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use idp_core::approval::{DeclineReason, Event, Session, rejection_message};
use idp_core::enrolment::{Device, DeviceStanding};
use idp_types::{DeviceId, SessionId, Timestamp, TokenId};
use serde::{Deserialize, Serialize};

use super::drive::{drive, load};
use super::verify::{decode_signature, problem};
use crate::app::App;
use crate::http::{AppState, JsonBody, Pad, Peer, enforce, network_of, verify_device};
use crate::oidc::logout;
use crate::problem::{Code, Problem};

/// A phone's refusal.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RejectRequest {
    /// The session.
    #[schema(value_type = String)]
    session_id: SessionId,
    /// The holder.
    #[schema(value_type = String)]
    token_id: TokenId,
    /// Which device; absent means any of the holder's.
    #[schema(value_type = Option<String>)]
    device_id: Option<DeviceId>,
    /// Integer Unix seconds, as signed.
    timestamp: i64,
    /// `declined`, `mismatch` or `not_me`.
    #[schema(value_type = String)]
    reason: DeclineReason,
    /// Over `sessionId|reject|timestamp|reason`.
    signature: String,
}

/// The answer to a refusal.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RejectResponse {
    /// Always `true`.
    rejected: bool,
}

/// Declines a pending session. `not_me` also blocks the service and caller for ten minutes, and ends the holder's browser sessions with that
/// service.
#[utoipa::path(
    post, path = "/auth/reject", tag = "approval", request_body = RejectRequest,
    responses((status = 200, body = RejectResponse), (status = 400, description = "invalid_request, invalid_timestamp"),
        (status = 401, description = "invalid_signature, device_not_active"), (status = 404, description = "session_not_found"))
)]
pub(crate) async fn reject(
    State(app): AppState,
    Peer(address): Peer,
    JsonBody(request): JsonBody<RejectRequest>,
) -> Result<Json<RejectResponse>, Problem> {
    let pad = Pad::begin();
    let answered = decline(&app, address, &request).await;
    if answered.is_err() {
        pad.hold().await;
    }
    answered.map(|()| Json(RejectResponse { rejected: true }))
}

async fn decline(app: &Arc<App>, address: IpAddr, request: &RejectRequest) -> Result<(), Problem> {
    if request.signature.len() > 256 {
        return Err(Code::InvalidRequest.into());
    }
    let session = load(app, &request.session_id).await?;
    let device_id = signer(app, &session, request).await?;
    if device_id.is_none() {
        let bucket = format!("verify-fail:{}", network_of(address));
        enforce(app, &bucket, app.config.limits.verify_failures_per_minute, 60).await?;
    }
    let driven = drive(app, &request.session_id, Some(address), |_| match &device_id {
        Some(device_id) => Event::Declined {
            device_id: device_id.clone(),
            reason: request.reason,
            signed_at: Timestamp::from_unix_seconds(request.timestamp),
        },
        None => Event::SignatureInvalid,
    })
    .await?;
    driven.verdict.map_err(problem)?;
    if request.reason == DeclineReason::NotMe {
        logout::disown(app, &request.token_id, &session.service_id).await?;
    }
    Ok(())
}

async fn signer(app: &App, session: &Session, request: &RejectRequest) -> Result<Option<DeviceId>, Problem> {
    if session.token_id.as_ref() != Some(&request.token_id) {
        return Ok(None);
    }
    let Some(signature) = decode_signature(&request.signature) else {
        return Ok(None);
    };
    let Some(holder) = app.durable.holder(&request.token_id).await? else {
        return Ok(None);
    };
    let message = rejection_message(&request.session_id, request.timestamp, request.reason);
    let named = |device: &&Device| {
        request
            .device_id
            .as_ref()
            .is_none_or(|name| *name == device.device_id)
    };
    let signed = holder
        .value
        .devices
        .iter()
        .filter(named)
        .find(|d| verify_device(&d.key, &message, &signature));
    match signed {
        Some(device) if device.standing(app.now()) == DeviceStanding::Revoked => {
            Err(Code::DeviceNotActive.into())
        }
        other => Ok(other.map(|device| device.device_id.clone())),
    }
}
