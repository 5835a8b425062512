//! `GET /admin/sessions` (`product.md` 15).

use axum::Json;
use axum::extract::State;
use idp_core::approval::{Session, Status};
use idp_store::durable::{OutcomeFilter, SessionOutcome};
use idp_types::{ServiceId, Timestamp, TokenId};
use serde::{Deserialize, Serialize};

use super::extract::{Filter, page, slice};
use super::live::LIVE_LIMIT;
use super::operator::Operator;
use super::permission::Permission;
use crate::app::App;
use crate::http::AppState;
use crate::problem::Problem;

/// One approval session.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(super) struct SessionRow {
    session_id: String,
    /// Absent for identity verifications, which name nobody (profile 7).
    #[serde(skip_serializing_if = "Option::is_none")]
    token_id: Option<String>,
    /// `pending`, `approved`, `rejected` or `expired`.
    #[schema(value_type = String)]
    status: Status,
    #[schema(value_type = String, format = DateTime)]
    initiated_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    resolved_at: Option<Timestamp>,
    service_id: String,
}

impl From<SessionOutcome> for SessionRow {
    fn from(outcome: SessionOutcome) -> Self {
        Self {
            session_id: outcome.session_id.to_string(),
            token_id: outcome.token_id.map(String::from),
            status: outcome.status,
            initiated_at: outcome.initiated_at,
            resolved_at: Some(outcome.resolved_at),
            service_id: outcome.service_id.to_string(),
        }
    }
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> Self {
        Self {
            session_id: session.id.to_string(),
            token_id: super::named_holder(session),
            status: session.status(),
            initiated_at: session.created_at,
            resolved_at: None,
            service_id: session.service_id.to_string(),
        }
    }
}

/// A page of sessions.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct SessionList {
    sessions: Vec<SessionRow>,
    /// How many there are in all.
    total: u64,
    /// This page, from 1.
    page: u32,
    /// Rows a page.
    limit: u32,
}

/// Which sessions.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SessionQuery {
    /// From 1.
    page: Option<u32>,
    /// Rows a page, 1 to 100; 20 unless given.
    limit: Option<u32>,
    /// Of this holder.
    #[param(value_type = Option<String>)]
    token_id: Option<TokenId>,
    /// For this service.
    #[param(value_type = Option<String>)]
    service_id: Option<ServiceId>,
    /// `pending`, `approved`, `rejected` or `expired`; ended ones unless given.
    #[param(value_type = Option<String>)]
    status: Option<Status>,
}

/// Lists sessions, newest first: those that ended, or with `status=pending` those that wait.
#[utoipa::path(
    get, path = "/admin/sessions", tag = "admin", params(SessionQuery), security(("operator" = [])),
    responses((status = 200, body = SessionList), (status = 400, description = "invalid_request"),
        (status = 401, description = "invalid_token"), (status = 403, description = "insufficient_scope"),
        (status = 429, description = "rate_limited"))
)]
pub(super) async fn list_sessions(
    State(app): AppState,
    operator: Operator,
    Filter(query): Filter<SessionQuery>,
) -> Result<Json<SessionList>, Problem> {
    operator.require(&app, Permission::Read).await?;
    let page = page(query.page, query.limit)?;
    let (sessions, total) = if query.status == Some(Status::Pending) {
        let waiting = pending(&app, &query).await?;
        let total = waiting.len() as u64;
        (slice(waiting, page), total)
    } else {
        let filter = OutcomeFilter {
            token_id: query.token_id,
            service_id: query.service_id,
            status: query.status,
        };
        let listing = app.durable.outcomes(&filter, page).await?;
        (
            listing.rows.into_iter().map(SessionRow::from).collect(),
            listing.total,
        )
    };
    Ok(Json(SessionList {
        sessions,
        total,
        page: page.number,
        limit: page.limit,
    }))
}

async fn pending(app: &App, query: &SessionQuery) -> Result<Vec<SessionRow>, Problem> {
    let mut sessions = app.ephemeral.live_sessions(LIVE_LIMIT, app.now()).await?;
    sessions.retain(|session| {
        session.status() == Status::Pending
            && query
                .token_id
                .as_ref()
                .is_none_or(|wanted| super::named_holder(session).as_deref() == Some(wanted.as_str()))
            && query
                .service_id
                .as_ref()
                .is_none_or(|wanted| session.service_id == *wanted)
    });
    sessions.sort_by_key(|session| std::cmp::Reverse(session.created_at));
    Ok(sessions.iter().map(SessionRow::from).collect())
}
