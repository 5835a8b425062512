//! Push messages: one sender trait, the message that phones get, and a recording sender for tests.
//!
//! The crate refuses to know sessions, codes and stores: it is handed a finished message and an address. The providers (FCM v1,
//! APNs, Web Push) join behind [`PushSender`] with the production issue; until then [`PullOnly`] is what runs, because a phone that
//! asks by itself (`GET /auth/pending`) needs no vendor.
//!
//! | specification | module | tests |
//! |---|---|---|
//! | profile 4, "Push body" | [`message`] | `message::tests` |
//! | architecture, `idp/push` | [`PushSender`] | `tests` |

pub mod message;

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use idp_core::enrolment::PushAddress;

pub use message::{PushBody, PushMessage};

/// Why a push was not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// No provider is configured for this kind of address; the phone asks by itself.
    #[error("no provider is configured for this address")]
    NotConfigured,
    /// The address is not valid any more: forget it.
    #[error("the address is gone")]
    Gone,
    /// The provider did not take it; trying again may help.
    #[error("the provider did not answer")]
    Unavailable,
}

/// Delivers one message to one device.
#[async_trait]
pub trait PushSender: Send + Sync {
    /// Sends `message` to `address`.
    ///
    /// # Errors
    /// [`PushError`]; a login never fails for it.
    async fn send(&self, address: &PushAddress, message: &PushMessage) -> Result<(), PushError>;
}

/// No provider: every phone asks by itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct PullOnly;

#[async_trait]
impl PushSender for PullOnly {
    async fn send(&self, _address: &PushAddress, _message: &PushMessage) -> Result<(), PushError> {
        Err(PushError::NotConfigured)
    }
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
    async fn send(&self, address: &PushAddress, message: &PushMessage) -> Result<(), PushError> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((address.clone(), message.clone()));
        Ok(())
    }
}
