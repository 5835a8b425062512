//! `GET /admin/sessions/live` (`product.md` 15): what waits at this moment.

use axum::Json;
use axum::extract::State;
use idp_core::approval::{Session, Status};
use idp_types::{MatchingMode, Timestamp};
use serde::Serialize;

use super::operator::Operator;
use super::permission::Permission;
use crate::http::AppState;
use crate::problem::Problem;

/// Live sessions that one answer lists at the most.
pub(super) const LIVE_LIMIT: usize = 10_000;

/// A session that is not forgotten yet.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct LiveSession {
    session_id: String,
    /// Absent until a phone scanned the QR.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_id: Option<String>,
    /// `pending`, `approved`, `rejected` or `expired`.
    #[schema(value_type = String)]
    status: Status,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    service_id: String,
    #[schema(value_type = String, format = DateTime)]
    initiated_at: Timestamp,
    /// `compare`, `choose`, `transfer` or `passkey`.
    #[schema(value_type = String)]
    mode: MatchingMode,
    /// Atomic scopes that are asked for, space-joined.
    scopes: String,
}

impl From<Session> for LiveSession {
    fn from(session: Session) -> Self {
        Self {
            status: session.status(),
            session_id: session.id.to_string(),
            token_id: super::named_holder(&session),
            expires_at: session.expires_at,
            service_id: session.service_id.to_string(),
            initiated_at: session.created_at,
            mode: session.mode,
            scopes: session.requested.to_claim(),
        }
    }
}

/// The live sessions.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct LiveSessions {
    sessions: Vec<LiveSession>,
}

/// Lists the sessions of this moment, at most 10,000, oldest first. Ended ones stay until their result is fetched or too old.
#[utoipa::path(
    get, path = "/admin/sessions/live", tag = "admin", security(("operator" = [])),
    responses((status = 200, body = LiveSessions), (status = 401, description = "invalid_token"),
        (status = 403, description = "insufficient_scope"), (status = 429, description = "rate_limited"))
)]
pub(super) async fn live_sessions(
    State(app): AppState,
    operator: Operator,
) -> Result<Json<LiveSessions>, Problem> {
    operator.require(&app, Permission::Read).await?;
    let mut sessions = app.ephemeral.live_sessions(LIVE_LIMIT, app.now()).await?;
    sessions.sort_by_key(|session| session.created_at);
    Ok(Json(LiveSessions {
        sessions: sessions.into_iter().map(LiveSession::from).collect(),
    }))
}
