//! `GET /enroll/push`: how phones of this installation can be woken.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::http::AppState;

/// How phones can be woken.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChannelsResponse {
    /// The kinds of `push.type` that are served: `fcm`, `apns`, `webpush`. A phone without one of them asks by itself.
    channels: Vec<&'static str>,
    /// The key to subscribe with for Web Push (RFC 8292): an uncompressed P-256 point, base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    application_server_key: Option<String>,
}

/// How phones of this installation can be woken.
#[utoipa::path(get, path = "/enroll/push", tag = "enrolment", responses((status = 200, body = ChannelsResponse)))]
pub(crate) async fn push_channels(State(app): AppState) -> Json<ChannelsResponse> {
    let (channels, application_server_key) = app
        .push
        .configured()
        .map(|configured| configured.channels())
        .unwrap_or_default();
    Json(ChannelsResponse {
        channels,
        application_server_key,
    })
}
