//! `GET /auth/pending` (profile 4.3): how a phone works with no vendor push.

use std::time::Duration;

use axum::extract::{Query, State};
use axum::{Extension, Json};
use idp_core::approval::Session;
use idp_store::ephemeral::Topic;
use idp_types::TokenId;
use serde::{Deserialize, Serialize};

use super::socket::begun;
use super::view::{PendingView, present};
use crate::app::App;
use crate::edge::Drain;
use crate::http::{AppState, DeviceRequest};
use crate::problem::Problem;
use crate::telemetry::metrics::Stage;

/// The longest wait, in seconds.
const WAIT_LIMIT: u64 = 30;

/// How long to wait.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wait {
    /// Seconds to wait for the first session, at most 30.
    #[serde(default)]
    wait: u64,
}

impl Wait {
    pub(super) fn duration(&self) -> Duration {
        Duration::from_secs(self.wait.min(WAIT_LIMIT))
    }
}

/// What waits for the holder.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PendingResponse {
    /// Oldest first.
    sessions: Vec<PendingView>,
}

/// Lists the holder's pending sessions; waits for one if asked to.
#[utoipa::path(
    get, path = "/auth/pending", tag = "phone", params(Wait), security(("device" = [])),
    responses((status = 200, body = PendingResponse), (status = 401, description = "invalid_signature, device_not_active"))
)]
pub(crate) async fn pending(
    State(app): AppState,
    Query(wait): Query<Wait>,
    drain: Option<Extension<Drain>>,
    request: DeviceRequest,
) -> Result<Json<PendingResponse>, Problem> {
    let token_id = request.token_id().clone();
    let mut wakeups = app.ephemeral.subscribe(Topic::Holder(token_id.clone())).await?;
    let mut found = sessions(&app, &token_id).await?;
    if found.is_empty() && wait.wait > 0 {
        // A wake-up may be for a session that just ended: look again until the time is over.
        let looking = async {
            while wakeups.recv().await.is_some() {
                found = sessions(&app, &token_id).await?;
                if !found.is_empty() {
                    break;
                }
            }
            Ok::<_, Problem>(())
        };
        let drain = drain.map(|Extension(drain)| drain);
        tokio::select! {
            looked = tokio::time::timeout(wait.duration(), looking) => {
                if let Ok(looked) = looked {
                    looked?;
                }
            }
            () = begun(drain.as_ref()) => {}
        }
    }
    Ok(Json(PendingResponse { sessions: found }))
}

async fn sessions(app: &App, token_id: &TokenId) -> Result<Vec<PendingView>, Problem> {
    let now = app.now();
    let sessions = app.ephemeral.sessions_of(token_id, now).await?;
    let waiting: Vec<Session> = sessions
        .into_iter()
        .map(|found| found.value)
        .filter(|session| session.deliverable && session.is_pending(now))
        .collect();
    let mut views = Vec::with_capacity(waiting.len());
    for session in &waiting {
        app.metrics.login_reached(Stage::Notified, session, now);
        views.push(present(app, session).await?);
    }
    Ok(views)
}
