//! Sessions end by themselves: a queue of deadlines, swept every half second, so that each has its outcome row whoever watches.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use idp_core::approval::{Event, Session};
use idp_types::{SessionId, Timestamp};

use super::drive::drive;
use crate::app::App;
use crate::problem::{Code, Problem};

/// Seconds after which a session is ended that could not be, because a store did not answer.
const AGAIN_SECONDS: i64 = 1;

/// Deadlines of this instance's sessions. Three queues, because there are two lengths of life and a pause: each is in order by itself.
#[derive(Default)]
pub struct Expiries(Mutex<[VecDeque<(Timestamp, SessionId)>; 3]>);

impl Expiries {
    /// Notes a session's deadline.
    pub(super) fn add(&self, session: &Session) {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let [asked, scanning, _] = &mut *queues;
        let queue = if session.token_id.is_some() {
            asked
        } else {
            scanning
        };
        queue.push_back((session.expires_at, session.id.clone()));
    }

    /// Notes a session that could not be ended now.
    fn postpone(&self, id: SessionId, now: Timestamp) {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let [_, _, again] = &mut *queues;
        again.push_back((now.plus_seconds(AGAIN_SECONDS), id));
    }

    /// Sessions of this instance whose time is not over, answered or not.
    pub(crate) fn count(&self) -> usize {
        let queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queues.iter().map(VecDeque::len).sum()
    }

    fn due(&self, now: Timestamp) -> Vec<SessionId> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = Vec::new();
        for queue in queues.iter_mut() {
            while queue.front().is_some_and(|(deadline, _)| *deadline <= now) {
                due.extend(queue.pop_front().map(|(_, id)| id));
            }
        }
        due
    }
}

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
        for id in app.expiries.due(app.now()) {
            match end(&app, &id).await {
                Err(problem) if problem.code() != Code::SessionNotFound => {
                    tracing::warn!(code = problem.code().as_str(), "a session could not be ended yet");
                    app.expiries.postpone(id, app.now());
                }
                _ => {}
            }
        }
    }
}

async fn end(app: &App, id: &SessionId) -> Result<(), Problem> {
    // Most sessions have their answer by now: look before stepping.
    let Some(found) = app.ephemeral.session(id, app.now()).await? else {
        return Ok(());
    };
    let session = expire(app, found.value).await?;
    if !session.is_terminal() {
        // A QR that was scanned got a fresh minute.
        app.expiries.add(&session);
    }
    Ok(())
}
