//! `POST /revoke` (profile 11).

use axum::Json;
use axum::extract::State;
use idp_core::enrolment::RevocationReason;
use idp_types::{DeviceId, TokenId};
use serde::{Deserialize, Serialize};

use super::operator::Operator;
use super::permission::Permission;
use crate::enrolment::revoke_enrolment;
use crate::http::{AppState, JsonBody};
use crate::problem::Problem;

/// Why an operator revokes (profile 11). A revoked seal is the trust lists' to say, not an operator's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[clap(rename_all = "snake_case")]
pub(crate) enum Reason {
    /// The phone is lost.
    LostDevice,
    /// The key or the seal is in wrong hands.
    Compromised,
    /// The document expired.
    ExpiredDocument,
    /// The person asked for it.
    UserRequest,
}

impl From<Reason> for RevocationReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::LostDevice => Self::LostDevice,
            Reason::Compromised => Self::Compromised,
            Reason::ExpiredDocument => Self::ExpiredDocument,
            Reason::UserRequest => Self::UserRequest,
        }
    }
}

/// What is revoked.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RevokeRequest {
    /// The holder.
    #[schema(value_type = String)]
    token_id: TokenId,
    /// One device; the whole tokenId, for ever, unless given.
    #[schema(value_type = Option<String>)]
    device_id: Option<DeviceId>,
    /// Why.
    reason: Reason,
}

/// What was revoked.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RevokeResponse {
    /// Always `true`.
    revoked: bool,
    token_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<String>,
}

/// Revokes one device, or the whole tokenId, which then never enrols again. Pending sessions end and live tokens are marked
/// revoked. Doing it twice changes nothing.
#[utoipa::path(
    post, path = "/revoke", tag = "admin", request_body = RevokeRequest, security(("operator" = [])),
    responses((status = 200, body = RevokeResponse), (status = 400, description = "invalid_request"),
        (status = 401, description = "invalid_token"), (status = 403, description = "insufficient_scope"),
        (status = 404, description = "not_found"), (status = 429, description = "rate_limited"))
)]
pub(super) async fn revoke(
    State(app): AppState,
    operator: Operator,
    JsonBody(request): JsonBody<RevokeRequest>,
) -> Result<Json<RevokeResponse>, Problem> {
    operator.require(&app, Permission::Act).await?;
    let RevokeRequest {
        token_id,
        device_id,
        reason,
    } = request;
    revoke_enrolment(
        &app,
        &token_id,
        device_id.as_ref(),
        reason.into(),
        operator.actor(),
    )
    .await?;
    Ok(Json(RevokeResponse {
        revoked: true,
        token_id: token_id.into(),
        device_id: device_id.map(String::from),
    }))
}
