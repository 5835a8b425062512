//! Full queues: nobody can fill a victim's (profile 4).

use super::session::{Caller, Session};
use idp_types::{ServiceId, SessionId, Timestamp};

/// Pending sessions of one holder for one service and unauthenticated caller.
pub const PENDING_CAP: usize = 3;

/// The same for an authenticated caller, which speaks for all the people at its login form.
const AUTHENTICATED_PENDING_CAP: usize = 10;

/// Pending sessions of one holder in all, above which unauthenticated ones yield.
const HOLDER_CAP: usize = 100;

/// Which pending sessions of a holder yield to a new one: above the cap of its own (service, caller) the oldest of those;
/// above the holder's cap the oldest *unauthenticated* one, never an authenticated one. `sessions` are the holder's, oldest first.
pub fn displaced(
    sessions: &[Session],
    service_id: &ServiceId,
    caller: &Caller,
    now: Timestamp,
) -> Vec<SessionId> {
    let pending: Vec<&Session> = sessions
        .iter()
        .filter(|session| session.is_pending(now))
        .collect();
    let own: Vec<&&Session> = pending
        .iter()
        .filter(|session| session.service_id == *service_id && session.caller == *caller)
        .collect();
    let cap = if caller.authenticated {
        AUTHENTICATED_PENDING_CAP
    } else {
        PENDING_CAP
    };
    let over = (own.len() + 1).saturating_sub(cap);
    let mut yielding: Vec<SessionId> = own.iter().take(over).map(|session| session.id.clone()).collect();
    if yielding.is_empty() && pending.len() >= HOLDER_CAP {
        let oldest = pending.iter().find(|session| !session.caller.authenticated);
        yielding.extend(oldest.map(|session| session.id.clone()));
    }
    yielding
}
