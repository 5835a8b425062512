//! The running server's parts, put together explicitly; no globals.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, Weak};

use idp_store::{DurableStore, EphemeralStore};
use idp_types::Timestamp;
use idp_vds::trust::TrustStore;

use crate::approval::Connections;
use crate::audit::AuditSealer;
use crate::clock::Clock;
use crate::config::Config;
use crate::crypto::{AwsVerifier, KnownSignatures};
use crate::edge::EdgeCounters;
use crate::gateway::Decider;
use crate::keys::{KeyRing, ServerSecrets};
use crate::live::Live;
use crate::push::Pushes;
use crate::reload::Reloads;
use crate::status::StatusLists;
use crate::stores::Circuits;
use crate::telemetry::Metrics;

/// Everything a handler may use.
pub struct App {
    /// The application itself, for work that outlives the request that began it.
    pub handle: Weak<App>,
    /// What is configured, as it is in force now.
    pub config: Live<Config>,
    /// What the configuration is read from again, and what of it waits for a restart.
    pub(crate) reloads: Reloads,
    /// The numbers that operators see.
    pub metrics: Arc<Metrics>,
    /// Where they are served, once they are.
    pub metrics_address: OnceLock<SocketAddr>,
    /// What the edge counts.
    pub edge: Arc<EdgeCounters>,
    /// The circuits around the stores.
    pub(crate) circuits: Circuits,
    /// When the server was opened.
    pub started_at: Timestamp,
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
    /// Whether this instance does what one of all has to do, as it was seen last.
    pub leads: AtomicBool,
    /// Origins that browsers may call from.
    pub origins: crate::http::Origins,
    /// Browsers that wait.
    pub connections: Connections,
    /// What the OpenID Provider keeps in memory.
    pub(crate) oidc: crate::oidc::state::OidcState,
    /// Decides for gateways that ask, if the configuration has a policy.
    pub(crate) gateway: Option<Decider>,
    /// The upkeep of SAML service providers.
    pub(crate) providers: crate::saml::providers::ProviderState,
    /// What the SAML identity provider keeps in memory.
    pub(crate) saml: crate::saml::state::SamlState,
    /// What only the demo has.
    pub demo: std::sync::OnceLock<crate::demo::Demo>,
    /// The background parts that were heard of, each with its trouble.
    pub health: Mutex<HashMap<&'static str, Option<String>>>,
}

impl App {
    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether this instance does what one of all has to do.
    pub fn leads(&self) -> bool {
        self.leads.load(Ordering::Relaxed)
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
        health.insert(part, trouble);
    }

    /// The background parts that are not well, each with its trouble.
    pub(crate) fn troubles(&self) -> BTreeMap<&'static str, String> {
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let troubles = health
            .iter()
            .filter_map(|(part, trouble)| Some((*part, trouble.clone()?)));
        troubles.collect()
    }

    /// Every background part that was heard of, and whether it is in trouble.
    pub(crate) fn known_parts(&self) -> Vec<(&'static str, bool)> {
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        health
            .iter()
            .map(|(part, trouble)| (*part, trouble.is_some()))
            .collect()
    }
}
