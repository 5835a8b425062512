//! `DELETE /enroll/{deviceId}` (profile 2): a device of the holder, this one or another, goes.

use axum::extract::{Path, State};
use http::StatusCode;
use idp_core::audit::{Actor, AuditEvent};
use idp_core::enrolment::RevocationReason;
use idp_types::DeviceId;

use super::revoke::{Revoking, carry_out};
use crate::http::{AppState, DeviceRequest, Peer};
use crate::problem::Problem;

/// Removes a device of the holder.
#[utoipa::path(
    delete, path = "/enroll/{device_id}", tag = "enrolment", security(("device" = [])),
    params(("device_id" = String, Path, description = "a device of the same holder")),
    responses((status = 204, description = "removed"), (status = 401, description = "invalid_signature, device_not_active"),
        (status = 404, description = "not_found"))
)]
pub(crate) async fn remove_device(
    State(app): AppState,
    Peer(address): Peer,
    Path(device_id): Path<DeviceId>,
    request: DeviceRequest,
) -> Result<StatusCode, Problem> {
    let revoking = Revoking {
        token_id: request.token_id(),
        device_id: Some(&device_id),
        reason: RevocationReason::UserRequest,
        event: AuditEvent::DeviceRemove,
        actor: Actor::Device,
        address: Some(address),
    };
    carry_out(&app, &revoking).await?;
    Ok(StatusCode::NO_CONTENT)
}
