//! The running server's parts, put together explicitly; no globals.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use idp_store::{DurableStore, EphemeralStore};
use idp_types::Timestamp;
use idp_vds::trust::TrustStore;

use crate::approval::{Connections, Expiries};
use crate::audit::AuditSealer;
use crate::clock::Clock;
use crate::config::Config;
use crate::crypto::{AwsVerifier, KnownSignatures};
use crate::keys::{KeyRing, ServerSecrets};
use crate::push::Pushes;
use crate::status::StatusLists;

/// Everything a handler may use.
pub struct App {
    /// The application itself, for work that outlives the request that began it.
    pub handle: Weak<App>,
    /// What was configured.
    pub config: Config,
    /// The durable store.
    pub durable: Arc<dyn DurableStore>,
    /// The ephemeral store.
    pub ephemeral: Arc<dyn EphemeralStore>,
    /// The keys.
    pub keys: KeyRing,
    /// Verifies signatures.
    pub verifier: AwsVerifier,
    /// Signatures of enrolment credentials that were good before: a device shows its own at every login.
    pub known_credentials: KnownSignatures,
    /// The trust lists in force.
    pub trust: RwLock<Arc<TrustStore>>,
    /// Where `now` comes from.
    pub clock: Arc<dyn Clock>,
    /// Seals audit facts.
    pub audit: AuditSealer,
    /// Token Status Lists.
    pub status: StatusLists,
    /// Wakes phones.
    pub push: Pushes,
    /// Sessions that will end by themselves.
    pub expiries: Expiries,
    /// Origins that browsers may call from.
    pub origins: crate::http::Origins,
    /// Browsers that wait.
    pub connections: Connections,
    /// What the OpenID Provider keeps in memory.
    pub(crate) oidc: crate::oidc::state::OidcState,
    /// What only the demo has.
    pub demo: std::sync::OnceLock<crate::demo::Demo>,
    /// Which background parts are well, by name.
    pub health: Mutex<HashMap<&'static str, String>>,
}

impl App {
    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The symmetric secrets.
    pub fn secrets(&self) -> &ServerSecrets {
        self.keys.secrets()
    }

    /// The trust lists in force.
    pub fn trust_store(&self) -> Arc<TrustStore> {
        self.trust.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that a background part is well, or why it is not.
    pub fn note_health(&self, part: &'static str, trouble: Option<String>) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        match trouble {
            Some(trouble) => health.insert(part, trouble),
            None => health.remove(part),
        };
    }
}
