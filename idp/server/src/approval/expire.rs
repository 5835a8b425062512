//! Sessions end by themselves: the instance that leads looks every half second whose time is over, so that each has its outcome row whoever
//! watches, and whoever began it. Instances come and go; deadlines are in the store that they share.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use idp_core::approval::{Event, Session};

use super::drive::drive;
use crate::app::App;
use crate::problem::{Code, Problem};

/// Sessions of one look.
const PAGE: usize = 256;

/// Sessions that are ended at once: what comes together is committed together.
const TOGETHER: usize = 32;

/// Lets a session expire if its time is over.
pub(super) async fn expire(app: &App, session: Session) -> Result<Session, Problem> {
    if session.is_terminal() || app.now() < session.expires_at {
        return Ok(session);
    }
    Ok(drive(app, &session.id, None, |_| Event::TimePassed)
        .await?
        .session)
}

/// Ends what is due, for ever.
pub async fn sweep(app: Arc<App>) {
    let mut ticks = tokio::time::interval(Duration::from_millis(500));
    loop {
        ticks.tick().await;
        while app.leads() && end_due(&app).await {}
    }
}

/// Ends some of what is due; whether there may be more that can be ended now.
async fn end_due(app: &App) -> bool {
    let due = match app.ephemeral.due_sessions(PAGE, app.now()).await {
        Ok(due) => due,
        Err(error) => {
            tracing::debug!(%error, "the sessions that are due cannot be read");
            return false;
        }
    };
    let is_full = due.len() == PAGE;
    let ended = stream::iter(due).map(|session| end(app, session));
    let ended: Vec<bool> = ended.buffer_unordered(TOGETHER).collect().await;
    is_full && ended.contains(&true)
}

/// Whether it needs no further attempt.
async fn end(app: &App, session: Session) -> bool {
    match expire(app, session).await {
        Err(problem) if problem.code() != Code::SessionNotFound => {
            tracing::warn!(code = problem.code().as_str(), "a session could not be ended yet");
            false
        }
        _ => true,
    }
}
