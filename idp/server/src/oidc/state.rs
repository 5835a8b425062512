//! What the OpenID Provider keeps in memory: nothing that could not be made anew.

use std::sync::{Mutex, PoisonError};

use idp_types::Timestamp;
use oidc::logout::LogoutDelivery;
use tokio::sync::Notify;

use super::discovery::Documents;
use super::keysets::KeySets;
use crate::config::Config;
use crate::outbound::Outbound;

/// The provider's part of the application.
pub(crate) struct OidcState {
    /// Calls addresses that clients supplied.
    pub(crate) outbound: Outbound,
    /// The clients' keys.
    pub(crate) key_sets: KeySets,
    /// The discovery documents, written once.
    pub(crate) documents: Documents,
    /// Wakes the outbox of back-channel logout.
    pub(crate) logouts: Notify,
    outbox: Mutex<OutboxState>,
}

/// What the outbox found when it looked last.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OutboxState {
    /// Logouts that are due; beyond one look's rows they are not counted.
    pub(crate) due: usize,
    /// How long ago the session of the oldest of them ended.
    pub(crate) oldest_seconds: f64,
}

impl OidcState {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            outbound: Outbound::new(config.demo || config.oidc.outbound_loopback),
            key_sets: KeySets::default(),
            documents: Documents::default(),
            logouts: Notify::new(),
            outbox: Mutex::default(),
        }
    }

    /// Notes what is due.
    pub(super) fn note_outbox(&self, due: &[LogoutDelivery], now: Timestamp) {
        let oldest = due
            .iter()
            .map(|delivery| now.millis_since(delivery.ended_at))
            .max();
        let seconds = u32::try_from(oldest.unwrap_or_default() / 1000).unwrap_or_default();
        *self.outbox.lock().unwrap_or_else(PoisonError::into_inner) = OutboxState {
            due: due.len(),
            oldest_seconds: f64::from(seconds),
        };
    }

    /// What was due when the outbox looked last.
    pub(crate) fn outbox(&self) -> OutboxState {
        *self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
