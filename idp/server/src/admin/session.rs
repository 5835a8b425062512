//! `GET /admin/sessions/{sessionId}` (`product.md` 15).

use axum::Json;
use axum::extract::State;
use idp_core::audit::AuditEvent;
use idp_types::SessionId;

use super::extract::Segment;
use super::operator::Operator;
use super::permission::Permission;
use super::record::record;
use super::sessions::SessionRow;
use crate::http::AppState;
use crate::problem::{Code, Problem};

/// Shows one session: how it ended, or where it stands. The reading is recorded.
#[utoipa::path(
    get, path = "/admin/sessions/{sessionId}", tag = "admin", security(("operator" = [])),
    params(("sessionId" = String, Path, description = "the session")),
    responses((status = 200, body = SessionRow), (status = 401, description = "invalid_token"),
        (status = 403, description = "insufficient_scope"), (status = 404, description = "session_not_found"),
        (status = 429, description = "rate_limited"))
)]
pub(super) async fn show_session(
    State(app): AppState,
    operator: Operator,
    Segment(session_id): Segment<SessionId>,
) -> Result<Json<SessionRow>, Problem> {
    operator.require(&app, Permission::Read).await?;
    let row = if let Some(outcome) = app.durable.outcome(&session_id).await? {
        SessionRow::from(outcome)
    } else {
        let live = app.ephemeral.session(&session_id, app.now()).await?;
        live.map(|session| SessionRow::from(&session.value))
            .ok_or(Code::SessionNotFound)?
    };
    record(
        &app,
        operator
            .fact(AuditEvent::AdminRead)
            .in_session(&session_id)
            .with("what", "session"),
    )
    .await?;
    Ok(Json(row))
}
