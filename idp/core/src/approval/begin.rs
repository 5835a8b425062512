//! How a session begins: by tokenId, or by a QR that a phone has yet to scan.

use idp_types::{MatchingMode, ScopeSet, ServiceId, SessionId, Timestamp, TokenId};

use super::session::{ATTEMPTS, Caller, Purpose, SCAN_SECONDS, SESSION_SECONDS, Session, State};
use super::step::Effect;
use crate::audit::{Actor, AuditEvent};

/// What a session begins with.
#[derive(Debug)]
pub struct Opening {
    /// 128 fresh random bits.
    pub id: SessionId,
    /// 128 fresh random bits, lower-case hexadecimal.
    pub random: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Who asks.
    pub service_id: ServiceId,
    /// Who is asked; `None` shows a QR.
    pub token_id: Option<TokenId>,
    /// Whether that holder may be told: enrolled, active, not blocked, trusting where trust is required.
    pub deliverable: bool,
    /// What is asked for.
    pub requested: ScopeSet,
    /// How the code travels.
    pub mode: MatchingMode,
    /// Who started it.
    pub caller: Caller,
}

/// Begins a session at `now`. A session for somebody who cannot be told is a session like any other; only no phone hears of it.
pub fn begin(opening: Opening, now: Timestamp) -> (Session, Vec<Effect>) {
    let scanning = opening.token_id.is_none();
    let (state, life) = if scanning {
        (State::AwaitingScan, SCAN_SECONDS)
    } else {
        (
            State::Pending {
                attempts_left: ATTEMPTS,
            },
            SESSION_SECONDS,
        )
    };
    let actor = if opening.caller.authenticated {
        Actor::Service
    } else {
        Actor::Anonymous
    };
    let session = Session {
        id: opening.id,
        purpose: opening.purpose,
        service_id: opening.service_id,
        token_id: opening.token_id,
        deliverable: opening.deliverable,
        requested: opening.requested,
        mode: opening.mode,
        random: opening.random,
        caller: opening.caller,
        created_at: now,
        expires_at: now.plus_seconds(life),
        state,
    };
    let fact = session
        .fact(AuditEvent::AuthInitiate, actor)
        .with("scopes", session.requested.to_claim());
    let mut effects = vec![Effect::Record(fact)];
    if session.deliverable && !scanning {
        effects.push(Effect::NotifyPhones);
    }
    (session, effects)
}
