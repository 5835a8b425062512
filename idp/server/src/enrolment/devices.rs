//! `GET /enroll/devices`: the holder's devices, as the person sees them before removing one.

use axum::Json;
use idp_core::enrolment::Device;
use idp_types::{DeviceId, Timestamp, TrustLevel};
use serde::Serialize;

use crate::http::DeviceRequest;
use crate::problem::Problem;

/// The holder's devices.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct DevicesResponse {
    /// The revoked ones included, oldest first.
    devices: Vec<DeviceView>,
}

/// One device.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct DeviceView {
    /// The name it gave itself.
    #[schema(value_type = String)]
    device_id: DeviceId,
    /// When it enrolled.
    #[schema(value_type = String)]
    enrolled_at: Timestamp,
    /// Whether it was revoked.
    revoked: bool,
    /// How its seal was issued: 1, 2 or 3.
    #[schema(value_type = u8)]
    trust_level: TrustLevel,
    /// When its seal expires.
    #[schema(value_type = String)]
    expires_at: Timestamp,
    /// Whether it is the one that asks.
    current: bool,
}

/// Lists the holder's devices.
#[utoipa::path(
    get, path = "/enroll/devices", tag = "enrolment", security(("device" = [])),
    responses((status = 200, body = DevicesResponse), (status = 401, description = "invalid_signature, device_not_active"))
)]
pub(crate) async fn list_devices(request: DeviceRequest) -> Result<Json<DevicesResponse>, Problem> {
    let view = |device: &Device| DeviceView {
        device_id: device.device_id.clone(),
        enrolled_at: device.enrolled_at,
        revoked: device.revoked.is_some(),
        trust_level: device.seal.trust_level,
        expires_at: device.seal.expires_at,
        current: device.device_id == request.device_id,
    };
    Ok(Json(DevicesResponse {
        devices: request.holder.value.devices.iter().map(view).collect(),
    }))
}
