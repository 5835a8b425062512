//! The two stores, in the language of the domain.
//!
//! *Durable*: enrolments, services, consumed identifiers, token status and audit. It is read by aggregate and written by
//! [`Commit`]: a list of changes and the audit records of the same decision, all or nothing. Who won a race is decided here and
//! nowhere else (architecture, "Two stores").
//!
//! *Ephemeral*: pending sessions, nonces, rate limits, mailboxes and wake-ups. Losing it may cost a retry, never a truth.
//!
//! What engines would decide or spell alike is here once, so that an engine is a dialect: how a batch is decided, what is cached, how
//! records become documents, and the SQL that all databases read. The crate refuses to know any database, Redis, HTTP and cryptography
//! beyond the audit chain's SHA-256: what it stores sealed, it received sealed.
//!
//! | specification | module | tests |
//! |---|---|---|
//! | architecture "Two stores", profile 4.4 | [`durable`] | [`contract::durable`] against every engine |
//! | profile 4, 4.5 (limits, mailbox, wake-ups) | [`ephemeral`] | [`contract::ephemeral`] against every engine |
//! | architecture "Two stores", in-process engine | [`memory`], [`topics`] | `memory::tests` |
//! | profile 12 (hash chain, checkpoints) | [`audit`] | `audit::tests` |
//! | architecture "Two stores" (one writer that batches), profile 4.4 | [`batch`] | `batch::ledger::tests`, [`contract::durable::races`] |
//! | operations 5 (one decision, a dialect a crate), profile 5 (revocation) | [`sql`] | [`contract::durable`] against every engine |
//! | operations 1 (records from memory) | [`cache`] | `cache::tests` |
//! | style rule 8 (rows are not records) | [`document`] | `document::holder::tests`, `document::service::tests`, `document::timed::tests` |

pub mod audit;
pub mod batch;
pub mod cache;
pub mod contract;
pub mod document;
pub mod durable;
pub mod ephemeral;
#[doc(hidden)]
pub mod fuzzing;
pub mod memory;
mod shards;
pub mod sql;
pub mod topics;

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

    /// The same failure for another caller, in words.
    #[must_use]
    pub fn again(&self) -> Self {
        Self(self.0.to_string().into())
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
