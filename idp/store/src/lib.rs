//! The two stores, in the language of the domain.
//!
//! *Durable*: enrolments, services, consumed identifiers, token status and audit. It is read by aggregate and written by
//! [`Commit`]: a list of changes and the audit records of the same decision, all or nothing. Who won a race is decided here and
//! nowhere else (architecture, "Two stores").
//!
//! *Ephemeral*: pending sessions, nonces, rate limits, mailboxes and wake-ups. Losing it may cost a retry, never a truth.
//!
//! The crate refuses to know SQL, Redis, HTTP and cryptography beyond the audit chain's SHA-256: what it stores sealed, it received
//! sealed.
//!
//! | specification | module | tests |
//! |---|---|---|
//! | architecture "Two stores", profile 4.4 | [`durable`] | [`contract::durable`] against every engine |
//! | profile 4, 4.5 (limits, mailbox, wake-ups) | [`ephemeral`] | [`contract::ephemeral`] against every engine |
//! | architecture "Two stores", in-process engine | [`memory`] | `memory::tests` |
//! | profile 12 (hash chain, checkpoints) | [`audit`] | `audit::tests` |

pub mod audit;
pub mod contract;
pub mod durable;
pub mod ephemeral;
#[doc(hidden)]
pub mod fuzzing;
pub mod memory;

pub use durable::{Change, Commit, CommitError, DurableStore};
pub use ephemeral::EphemeralStore;
pub use memory::{MemoryLimits, MemoryStore};

/// A store could not do its work. Callers fail closed.
#[derive(Debug, thiserror::Error)]
#[error("the store is not available: {0}")]
pub struct StoreError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl StoreError {
    /// Wraps the engine's own error.
    pub fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

/// A record's version, for optimistic concurrency. Zero means "does not exist yet".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version(pub u64);

/// A record with the version it was read at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// What was read.
    pub value: T,
    /// At which version.
    pub version: Version,
}
