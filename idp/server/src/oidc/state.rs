//! What the OpenID Provider keeps in memory: nothing that could not be made anew.

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
}

impl OidcState {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            outbound: Outbound::new(config.demo || config.oidc.outbound_loopback),
            key_sets: KeySets::default(),
            documents: Documents::default(),
            logouts: Notify::new(),
        }
    }
}
