//! One message to one device, and what may come of it.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use idp_core::enrolment::PushAddress;
use idp_types::{SessionId, Timestamp};

use crate::message::PushMessage;

/// One message to one device.
#[derive(Debug, Clone)]
pub struct Push {
    /// Where it goes.
    pub address: PushAddress,
    /// What it says.
    pub message: PushMessage,
    /// The session that it is about: a provider keeps one undelivered message of a session.
    pub session_id: SessionId,
    /// When nobody needs it any more.
    pub expires_at: Timestamp,
}

impl Push {
    /// Whole seconds that it is still worth delivering, at least one: 0 would mean "now or never" to every provider.
    pub fn lifetime(&self, now: Timestamp) -> i64 {
        (self.expires_at.millis_since(now) / 1000).max(1)
    }
}

/// Why a push was not delivered. Reasons are the provider's own words where it used one that it documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// No provider is configured for this kind of address; the phone asks by itself.
    #[error("no provider is configured for this address")]
    NotConfigured,
    /// The address is not valid any more: forget it.
    #[error("the address is gone")]
    Gone,
    /// The provider does not answer, or says that it cannot work at present; trying again may help.
    #[error("the provider did not take it: {reason}")]
    Unavailable {
        /// Its word.
        reason: &'static str,
        /// Seconds that it asks to be left alone.
        retry_after: Option<u32>,
    },
    /// Too many messages for this address or this sender; trying again later may help.
    #[error("the provider takes no more at present: {reason}")]
    Throttled {
        /// Its word.
        reason: &'static str,
        /// Seconds that it asks to be left alone.
        retry_after: Option<u32>,
    },
    /// The provider refuses this server's own credentials: an operator has to act.
    #[error("the provider refuses the server's credentials: {0}")]
    Unauthorized(&'static str),
    /// The provider will never take this message for this address.
    #[error("the provider refuses the message: {0}")]
    Refused(&'static str),
}

impl PushError {
    /// A stable word for metrics.
    pub const fn outcome(&self) -> &'static str {
        match self {
            Self::NotConfigured => "not_configured",
            Self::Gone => "gone",
            Self::Unavailable { .. } => "unavailable",
            Self::Throttled { .. } => "throttled",
            Self::Unauthorized(_) => "unauthorized",
            Self::Refused(_) => "refused",
        }
    }

    /// Whether it says that the provider is not well, or does not know this server: every other address would hear the same.
    pub const fn is_the_providers(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Unauthorized(_))
    }

    /// Whether trying again may help, and how many seconds the provider asks to wait at least.
    pub const fn retry(&self) -> Option<u32> {
        match self {
            Self::Unavailable { retry_after, .. } | Self::Throttled { retry_after, .. } => {
                match retry_after {
                    Some(seconds) => Some(*seconds),
                    None => Some(0),
                }
            }
            _ => None,
        }
    }
}

/// Delivers one message to one device.
#[async_trait]
pub trait PushSender: Send + Sync {
    /// Tries once.
    ///
    /// # Errors
    /// [`PushError`]; a login never fails for it.
    async fn send(&self, push: &Push, now: Timestamp) -> Result<(), PushError>;
}

/// Keeps what it was given, for tests.
#[derive(Debug, Default)]
pub struct RecordingSender(Mutex<Vec<(PushAddress, PushMessage)>>);

impl RecordingSender {
    /// What was sent so far, oldest first.
    pub fn sent(&self) -> Vec<(PushAddress, PushMessage)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl PushSender for RecordingSender {
    async fn send(&self, push: &Push, _now: Timestamp) -> Result<(), PushError> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((push.address.clone(), push.message.clone()));
        Ok(())
    }
}
