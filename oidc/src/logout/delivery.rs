//! A back-channel logout that is owed to a client, kept until the client took it or it is too old.

use idp_types::{ClientId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::session::SessionClient;

/// Seconds that a logout is tried: a day.
pub const DELIVERY_SECONDS: i64 = 86_400;

/// Seconds until the second try.
const FIRST_PAUSE: i64 = 5;

/// The longest pause between two tries, in seconds.
const LONGEST_PAUSE: i64 = 3600;

/// One delivery of the outbox. The logout token is signed when it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutDelivery {
    /// 128 bits in base64url; also the token's `jti`, so that a repeated delivery is recognised.
    pub id: String,
    /// To whom.
    pub client_id: ClientId,
    /// The client's `sub` for the person.
    pub subject: String,
    /// The client's `sid`.
    pub sid: String,
    /// When the session ended.
    pub ended_at: Timestamp,
    /// Tries so far.
    pub attempts: u32,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// When it is given up.
    pub expires_at: Timestamp,
}

impl LogoutDelivery {
    /// What a client is owed when its part of a session ends. `id` is random.
    pub fn of(id: String, part: &SessionClient, now: Timestamp) -> Self {
        Self {
            id,
            client_id: part.client_id.clone(),
            subject: part.subject.clone(),
            sid: part.sid.clone(),
            ended_at: now,
            attempts: 0,
            due_at: now,
            expires_at: now.plus_seconds(DELIVERY_SECONDS),
        }
    }

    /// The delivery after a try that failed: later each time, spread by `dice` so that clients which fail together do not come back
    /// together. `None` when the next try would be too late.
    #[must_use]
    pub fn postponed(mut self, now: Timestamp, dice: u8) -> Option<Self> {
        let doubled =
            FIRST_PAUSE.saturating_mul(1_i64.checked_shl(self.attempts.min(20)).unwrap_or(i64::MAX));
        let pause = doubled.min(LONGEST_PAUSE);
        // From three quarters of the pause to five quarters.
        let spread = pause.saturating_mul(i64::from(dice)) / 512;
        self.attempts = self.attempts.saturating_add(1);
        self.due_at = now.plus_seconds(pause - pause / 4 + spread);
        (self.due_at < self.expires_at).then_some(self)
    }
}
