//! When sessions are to be ended, in order.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use idp_core::approval::Session;
use idp_types::{SessionId, Timestamp};

/// Deadlines and whose they are. An entry is a hint: whoever follows it looks at the session.
#[derive(Default)]
pub(super) struct Deadlines(Mutex<BTreeSet<(Timestamp, SessionId)>>);

impl Deadlines {
    fn entries(&self) -> MutexGuard<'_, BTreeSet<(Timestamp, SessionId)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a session's deadline.
    pub(super) fn add(&self, session: &Session) {
        self.entries().insert((session.expires_at, session.id.clone()));
    }

    /// The sessions that `look` finds due at `now`, the first ones first; what is not due any more is dropped.
    pub(super) fn due(
        &self,
        limit: usize,
        now: Timestamp,
        look: impl Fn(&SessionId) -> Option<Session>,
    ) -> Vec<Session> {
        let mut due = Vec::new();
        let mut entries = self.entries();
        let mut after = None;
        while due.len() < limit {
            let next = match &after {
                None => entries.first(),
                Some(entry) => entries
                    .range((std::ops::Bound::Excluded(entry), std::ops::Bound::Unbounded))
                    .next(),
            };
            let Some(entry) = next.filter(|(deadline, _)| *deadline <= now).cloned() else {
                break;
            };
            match look(&entry.1) {
                Some(session) if !session.is_terminal() && session.expires_at <= now => {
                    due.push(session);
                    after = Some(entry);
                }
                _ => {
                    entries.remove(&entry);
                }
            }
        }
        due
    }

    /// Drops the entries of sessions that are not there any more.
    pub(super) fn prune(&self, before: Timestamp, is_there: impl Fn(&SessionId) -> bool) {
        self.entries()
            .retain(|(deadline, id)| *deadline > before || is_there(id));
    }
}
