//! `GET /oidc/login/{id}/status`: where the login stands, for pages whose WebSocket fails.

use axum::Json;
use axum::extract::{Path, State};
use http::HeaderMap;
use idp_types::{SessionId, Timestamp};
use serde::Serialize;

use super::Unavailable;
use super::record::load;
use crate::app::App;
use crate::approval::initiate::code_of;
use crate::approval::protocol::{Answered, answer_of};
use crate::http::AppState;
use crate::problem::Problem;

/// Where a login stands.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

impl Status {
    const fn of(state: &'static str) -> Self {
        Self {
            state,
            reason: None,
            expires_at: None,
            code: None,
        }
    }
}

/// Looks.
pub(super) async fn status(
    State(app): AppState,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Status>, Problem> {
    let interaction = load(&app, &headers, &id)
        .await
        .map_err(Unavailable::into_problem)?;
    let Some(asking) = &interaction.asking else {
        return Ok(Json(Status::of("idle")));
    };
    Ok(Json(match answer_of(&app, &asking.session_id).await? {
        Answered::Waiting => waiting(&app, &asking.session_id).await?,
        Answered::Approved(_) => Status::of("approved"),
        Answered::Rejected(reason) => Status {
            reason: Some(reason.as_str()),
            ..Status::of("rejected")
        },
        Answered::Expired => Status::of("expired"),
        Answered::Interrupted => Status::of("interrupted"),
    }))
}

/// While somebody is asked, the code is shown; a QR that nobody scanned has none.
async fn waiting(app: &App, id: &SessionId) -> Result<Status, Problem> {
    let Some(found) = app.ephemeral.session(id, app.now()).await? else {
        return Ok(Status::of("expired"));
    };
    let session = found.value;
    let code = match &session.token_id {
        Some(_) => Some(code_of(app, &session)?.reveal().to_owned()),
        None => None,
    };
    Ok(Status {
        expires_at: Some(session.expires_at),
        code,
        ..Status::of("waiting")
    })
}
