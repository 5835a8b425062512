//! Trust lists at run time (profile 3): the directory is read, verified as a whole, put in force, and what it revokes is revoked.
//!
//! Which lists are good is `idp-vds`'s decision; here are the files, the clock, the memory of accepted sequences, and the
//! consequences for enrolled devices. Nothing in this module makes a seal acceptable that the lists do not lead to: without a
//! directory there is a store that knows no issuer.
//!
//! | specification | module |
//! |---|---|
//! | profile 3, the directory | `directory` |
//! | profile 3, no lists, no trust | `empty` |
//! | profile 3, rollback | `sequences` |
//! | profile 3, refresh; issue "Production" 2, by the instance that leads | `refresh` |
//! | profile 3, enrolled fingerprints | `consequences` |

mod consequences;
mod directory;
mod empty;
mod refresh;
mod sequences;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use idp_types::Timestamp;
use idp_vds::TrustStore;
use idp_vds::trust::{LoadError, LoadPolicy};

pub use refresh::{follow, refresh, refresh_or_follow};

use crate::config::TrustConfig;
use crate::crypto::AwsVerifier;
use crate::problem::Problem;

/// Trust lists as they were found when the server started.
pub struct Loaded {
    /// What is in force: the directory's, or nothing at all.
    pub store: Arc<TrustStore>,
    /// Why it is nothing, or what needs attention.
    pub trouble: Option<String>,
}

/// Reads the trust directory for the first time. Whatever is wrong with it, the server starts and accepts no seal.
///
/// Sequences that were accepted before are in the durable store, so that rollback is noticed by the [`refresh`] that follows.
pub fn load(config: &TrustConfig, now: Timestamp) -> Loaded {
    let loaded = directory::read(&config.directory).and_then(|bundle| {
        let policy = LoadPolicy {
            grace_seconds: config.grace_seconds,
            previous: None,
        };
        Ok(TrustStore::load(&bundle, Arc::new(AwsVerifier), policy, now)?)
    });
    match loaded {
        Ok(store) => Loaded {
            trouble: overdue(&store, now),
            store: Arc::new(store),
        },
        Err(error) => Loaded {
            store: Arc::new(empty::store(now)),
            trouble: Some(error.to_string()),
        },
    }
}

/// The first list that was to be renewed by now: seals under it are refused once the grace is over.
fn overdue(store: &TrustStore, now: Timestamp) -> Option<String> {
    let late = store.lists().iter().find(|list| list.next_update < now)?;
    Some(format!(
        "{} was to be renewed by {}",
        late.file,
        late.next_update.to_rfc3339()
    ))
}

/// Why trust lists could not be put in force.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustProblem {
    /// There is no trust directory.
    #[error("there is no trust directory at {0}: no seal is accepted")]
    Missing(String),
    /// A file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The lists are not acceptable.
    #[error(transparent)]
    Lists(#[from] LoadError),
    /// The durable store did not answer.
    #[error("the accepted sequences or the revocations could not be stored ({0})")]
    Store(&'static str),
    /// The work was interrupted.
    #[error("reading the trust directory was interrupted")]
    Interrupted,
}

impl From<Problem> for TrustProblem {
    fn from(problem: Problem) -> Self {
        Self::Store(problem.code().as_str())
    }
}
