//! What the SAML identity provider keeps in memory: nothing that could not be made anew.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

/// How many variants' metadata are kept, and for how long.
const DOCUMENTS: u64 = 64;
const KEPT: Duration = Duration::from_mins(5);

/// The provider's part of the application.
pub(crate) struct SamlState {
    /// Signed metadata, by entityID and by what it says.
    pub(super) documents: Cache<String, Arc<str>>,
}

impl SamlState {
    pub(crate) fn new() -> Self {
        Self {
            documents: Cache::builder()
                .max_capacity(DOCUMENTS)
                .time_to_live(KEPT)
                .build(),
        }
    }
}
