//! `GET /auth/result/{sessionId}` (profile 4.5): the result for a backend, once.

use axum::Json;
use axum::extract::{Path, Query, State};
use http::HeaderMap;
use idp_core::approval::{Session, State as SessionState};
use idp_core::service::CallerAuthentication;
use idp_store::durable::{Consumption, ConsumptionKind};
use idp_store::ephemeral::Topic;
use idp_store::{Change, Commit, CommitError};
use idp_types::SessionId;
use serde::Serialize;

use super::deliver::{Approved, collect};
use super::drive::load;
use super::expire::expire;
use super::pending::Wait;
use crate::app::App;
use crate::http::{AppState, Peer, identify_caller};
use crate::problem::{Code, Problem};
use crate::telemetry::metrics::Stage;

/// Where a session stands, for its service.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ResultResponse {
    /// `pending`, `approved`, `rejected`, `expired`, or `interrupted`: approved, and the result is lost. Begin again.
    #[schema(value_type = String)]
    status: idp_core::approval::Status,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// The result, when it was approved.
    #[serde(flatten)]
    approved: Option<Approved>,
}

/// The result of a session, for the service that began it; waits for one if asked to. An approved result is handed out once.
#[utoipa::path(
    get, path = "/auth/result/{session_id}", tag = "approval",
    params(("session_id" = String, Path), Wait),
    responses((status = 200, body = ResultResponse), (status = 401, description = "invalid_client"),
        (status = 404, description = "session_not_found"), (status = 409, description = "conflict: redeemed already"))
)]
pub(crate) async fn result(
    State(app): AppState,
    Peer(address): Peer,
    Path(session_id): Path<String>,
    Query(wait): Query<Wait>,
    headers: HeaderMap,
) -> Result<Json<ResultResponse>, Problem> {
    let session_id = SessionId::parse(session_id).map_err(|_| Code::SessionNotFound)?;
    let session = load(&app, &session_id).await?;
    if super::protocol::is_protocols(&session) {
        return Err(Code::SessionNotFound.into());
    }
    let service = app
        .durable
        .service(&session.service_id)
        .await?
        .ok_or(Code::SessionNotFound)?;
    if service.value.caller_authentication == CallerAuthentication::Origin {
        return Err(Code::CallerNotAuthenticated.into());
    }
    identify_caller(&app, &service.value, &headers, address).await?;
    let mut wakeups = app
        .ephemeral
        .subscribe(Topic::Session(session_id.to_string()))
        .await?;
    let waiting = async {
        let mut session = load(&app, &session_id).await?;
        while !session.is_terminal() && wakeups.recv().await.is_some() {
            session = load(&app, &session_id).await?;
        }
        Ok::<_, Problem>(session)
    };
    let session = match tokio::time::timeout(wait.duration(), waiting).await {
        Ok(session) => session?,
        Err(_) => load(&app, &session_id).await?,
    };
    render(&app, expire(&app, session).await?).await.map(Json)
}

async fn render(app: &App, session: Session) -> Result<ResultResponse, Problem> {
    let reason = match &session.state {
        SessionState::Rejected { reason, .. } => Some(reason.as_str()),
        _ => None,
    };
    let approved = match &session.state {
        SessionState::Approved(_) => Some(redeem(app, &session).await?),
        _ => None,
    };
    Ok(ResultResponse {
        status: session.status(),
        reason,
        approved,
    })
}

async fn redeem(app: &App, session: &Session) -> Result<Approved, Problem> {
    let approved = collect(app, session)
        .await?
        .ok_or_else(|| Problem::new(Code::SessionNotFound))?;
    let consumption = Consumption {
        kind: ConsumptionKind::Result,
        id: session.id.to_string(),
        expires_at: app.now().plus_seconds(3600),
    };
    match app
        .durable
        .commit(Commit {
            changes: vec![Change::Consume(consumption)],
            audit: Vec::new(),
        })
        .await
    {
        Ok(_) => {
            app.metrics.login_reached(Stage::Delivered, session, app.now());
            Ok(approved)
        }
        Err(CommitError::AlreadyConsumed) => {
            Err(Problem::new(Code::Conflict).detail("the result was redeemed already"))
        }
        Err(error) => Err(error.into()),
    }
}
