//! The stores as handlers see them: each operation is timed, counted, seen in traces, and refused at once while its circuit is open.

use std::future::Future;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use idp_core::approval::Session;
use idp_core::enrolment::Holder;
use idp_core::service::Service;
use idp_store::batch::WriterLoad;
use idp_store::durable::{
    AuditFilter, ChainHead, ChainedRecord, Checkpoint, Commit, CommitError, CredentialStatus, CredentialsOf,
    DurableStore, EnrolmentCode, HolderFilter, LinkFilter, Listing, OutcomeFilter, Page, SessionOutcome,
    SubjectKey, Supersession,
};
use idp_store::ephemeral::{EphemeralStore, Kind, Lifetime, Limit, Rate, Replacement, Swap, Topic, Wakeups};
use idp_store::{Change, StoreError, Version, Versioned};
use idp_types::{ClientId, Fingerprint, ServiceId, SessionId, Timestamp, TokenId};
use oidc::link::{AccountLink, LinkKind};
use oidc::logout::LogoutDelivery;
use oidc::{BrowserSession, Client, Grant, GrantId};
use saml::EntityId;
use saml::provider::ServiceProvider;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::circuit::Circuit;
use crate::telemetry::Metrics;
use crate::telemetry::metrics::Operation;

/// The longest that a probe waits.
const PROBE: Duration = Duration::from_secs(2);

/// What is written to see whether the engine writes, once it did not: one small row, always the same.
const WRITTEN: &str = "write_probe";

/// An error that may say that the engine failed.
trait Failure: From<StoreError> {
    fn is_failure(&self) -> bool;
}

impl Failure for StoreError {
    fn is_failure(&self) -> bool {
        true
    }
}

impl Failure for CommitError {
    fn is_failure(&self) -> bool {
        matches!(self, Self::Store(_))
    }
}

/// One operation of one engine.
struct Watched {
    name: &'static str,
    measures: Operation,
    writes: bool,
}

impl Watched {
    fn new(metrics: &Metrics, circuit: &Circuit, name: &'static str) -> Self {
        let measures = metrics.operation(circuit.engine(), name);
        Self {
            name,
            measures,
            writes: name == "commit",
        }
    }

    async fn run<T: Send, E: Failure + Send>(
        &self,
        circuit: &Circuit,
        work: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        if let Err(error) = circuit.admit() {
            self.measures.errors.inc();
            return Err(error.into());
        }
        let span = tracing::debug_span!(
            "store",
            "otel.name" = self.name,
            "otel.kind" = "client",
            "db.system.name" = circuit.engine(),
            "db.operation.name" = self.name,
        );
        let begun = Instant::now();
        let done = work.instrument(span).await;
        self.measures.seconds.observe(begun.elapsed().as_secs_f64());
        if done.as_ref().is_err_and(E::is_failure) {
            self.measures.errors.inc();
            circuit.failed();
        } else {
            circuit.answered();
        }
        if self.writes {
            note_write(circuit, &done);
        }
        done
    }
}

/// A commit that was refused for its content says nothing of the engine.
fn note_write<T, E: Failure>(circuit: &Circuit, done: &Result<T, E>) {
    match done {
        Ok(_) => circuit.wrote(),
        Err(error) if error.is_failure() => circuit.did_not_write(),
        Err(_) => {}
    }
}

/// Wraps a store: a field and a method an operation. `prune` and `ping` are there twice, hence the name of each wrapper's operations.
macro_rules! watched {
    (
        $(#[$documentation:meta])* $store:ident, $operations:ident, $trait:ident [$($plain:ident: $plain_answer:ty)?];
        $($name:ident($($argument:ident: $kind:ty),*) -> Result<$answer:ty, $error:ty>;)+
    ) => {
        struct $operations { $($name: Watched),+ }

        $(#[$documentation])*
        pub(crate) struct $store {
            engine: Arc<dyn $trait>,
            circuit: Arc<Circuit>,
            operations: $operations,
        }

        impl $store {
            pub(super) fn new(engine: Arc<dyn $trait>, circuit: Arc<Circuit>, metrics: &Metrics) -> Self {
                let operations = $operations { $($name: Watched::new(metrics, &circuit, stringify!($name))),+ };
                Self { engine, circuit, operations }
            }
        }

        #[async_trait]
        impl $trait for $store {
            $(async fn $name(&self, $($argument: $kind),*) -> Result<$answer, $error> {
                self.operations.$name.run(&self.circuit, self.engine.$name($($argument),*)).await
            })+
            $(fn $plain(&self) -> $plain_answer {
                self.engine.$plain()
            })?
        }
    };
}

watched! {
    /// The durable store, watched.
    WatchedDurable, DurableOperations, DurableStore [writer_load: WriterLoad];
    commit(commit: Commit) -> Result<u64, CommitError>;
    holder(token_id: &TokenId) -> Result<Option<Arc<Versioned<Holder>>>, StoreError>;
    holders(filter: &HolderFilter, page: Page) -> Result<Listing<Holder>, StoreError>;
    holders_of_seals(fingerprints: &[Fingerprint]) -> Result<Vec<TokenId>, StoreError>;
    service(service_id: &ServiceId) -> Result<Option<Arc<Versioned<Service>>>, StoreError>;
    services() -> Result<Vec<Service>, StoreError>;
    outcome(session_id: &SessionId) -> Result<Option<SessionOutcome>, StoreError>;
    outcomes(filter: &OutcomeFilter, page: Page) -> Result<Listing<SessionOutcome>, StoreError>;
    enrolment_code(digest: &str) -> Result<Option<EnrolmentCode>, StoreError>;
    token_statuses(list: u32, now: Timestamp) -> Result<Vec<(u32, bool)>, StoreError>;
    token_lists(now: Timestamp) -> Result<Vec<u32>, StoreError>;
    token_is_revoked(list: u32, index: u32) -> Result<Option<bool>, StoreError>;
    revoked_credentials(list: u32, at: Timestamp) -> Result<Vec<u32>, StoreError>;
    credential_lists() -> Result<Vec<(u32, u64)>, StoreError>;
    credentials(whose: &CredentialsOf) -> Result<Vec<CredentialStatus>, StoreError>;
    subject_key(reference: &str) -> Result<Option<SubjectKey>, StoreError>;
    supersession(token_id: &TokenId) -> Result<Option<Versioned<Supersession>>, StoreError>;
    due_supersessions(now: Timestamp) -> Result<Vec<Versioned<Supersession>>, StoreError>;
    mark(name: &str) -> Result<Option<String>, StoreError>;
    sealed_document(name: &str) -> Result<Option<Versioned<Vec<u8>>>, StoreError>;
    leads() -> Result<bool, StoreError>;
    client(client_id: &ClientId) -> Result<Option<Arc<Versioned<Client>>>, StoreError>;
    clients(after: Option<&ClientId>, page: Page) -> Result<Listing<Client>, StoreError>;
    service_provider(entity_id: &EntityId) -> Result<Option<Arc<Versioned<ServiceProvider>>>, StoreError>;
    service_providers(page: Page) -> Result<Listing<ServiceProvider>, StoreError>;
    grant(grant_id: &GrantId) -> Result<Option<Arc<Versioned<Grant>>>, StoreError>;
    grants_of(token_id: &TokenId) -> Result<Vec<Versioned<Grant>>, StoreError>;
    browser_session(id: &str) -> Result<Option<Arc<Versioned<BrowserSession>>>, StoreError>;
    browser_sessions_of(token_id: &TokenId) -> Result<Vec<Versioned<BrowserSession>>, StoreError>;
    due_browser_sessions(now: Timestamp, limit: u32) -> Result<Vec<Versioned<BrowserSession>>, StoreError>;
    due_logout_deliveries(now: Timestamp, limit: u32) -> Result<Vec<LogoutDelivery>, StoreError>;
    account_link(kind: LinkKind, key: &str, client_id: &ClientId) -> Result<Option<AccountLink>, StoreError>;
    account_links(filter: &LinkFilter, page: Page) -> Result<Listing<AccountLink>, StoreError>;
    audit_heads() -> Result<Vec<ChainHead>, StoreError>;
    audit_run(chain: &str, after: u64, limit: u32) -> Result<Vec<ChainedRecord>, StoreError>;
    audit_search(filter: &AuditFilter, page: Page) -> Result<Listing<ChainedRecord>, StoreError>;
    put_checkpoint(checkpoint: Checkpoint) -> Result<(), StoreError>;
    checkpoints(chain: &str) -> Result<Vec<Checkpoint>, StoreError>;
    prune(now: Timestamp) -> Result<u64, StoreError>;
    ping() -> Result<(), StoreError>;
}

watched! {
    /// The ephemeral store, watched.
    WatchedEphemeral, EphemeralOperations, EphemeralStore [];
    insert_session(session: Session, until: Timestamp) -> Result<(), StoreError>;
    session(id: &SessionId, now: Timestamp) -> Result<Option<Versioned<Session>>, StoreError>;
    replace_session(session: Session, expected: Version, until: Timestamp) -> Result<Swap, StoreError>;
    sessions_of(token_id: &TokenId, now: Timestamp) -> Result<Vec<Versioned<Session>>, StoreError>;
    live_sessions(limit: usize, now: Timestamp) -> Result<Vec<Session>, StoreError>;
    due_sessions(limit: usize, now: Timestamp) -> Result<Vec<Session>, StoreError>;
    put_new(kind: Kind, key: &str, value: Vec<u8>, life: Lifetime) -> Result<bool, StoreError>;
    put(kind: Kind, key: &str, value: Vec<u8>, until: Timestamp) -> Result<(), StoreError>;
    swap(kind: Kind, key: &str, replacement: Replacement<'_>) -> Result<Swap, StoreError>;
    read(kind: Kind, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError>;
    take(kind: Kind, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError>;
    count(kind: Kind, key: &str, life: Lifetime) -> Result<u32, StoreError>;
    hit(bucket: &str, limit: Limit, now: Timestamp) -> Result<Rate, StoreError>;
    wake(topic: Topic) -> Result<(), StoreError>;
    subscribe(topic: Topic) -> Result<Wakeups, StoreError>;
    prune(now: Timestamp) -> Result<usize, StoreError>;
    ping() -> Result<(), StoreError>;
}

/// A probe within its time.
async fn within(probe: impl Future<Output = Result<(), StoreError>> + Send) -> Result<(), StoreError> {
    match tokio::time::timeout(PROBE, probe).await {
        Ok(answered) => answered,
        Err(elapsed) => Err(StoreError::new(elapsed)),
    }
}

/// Whether the engine writes: the same row again, without a trace.
async fn write(engine: &dyn DurableStore) -> Result<(), StoreError> {
    let row = Change::PutMark {
        name: WRITTEN.to_owned(),
        value: String::new(),
    };
    let commit = Commit {
        changes: vec![row],
        audit: Vec::new(),
    };
    match engine.commit(commit).await {
        Err(CommitError::Store(error)) => Err(error),
        _ => Ok(()),
    }
}

/// Finds out when the engine writes again, for as long as somebody has the store.
pub(super) fn keep_writing(circuit: Arc<Circuit>, engine: Weak<dyn DurableStore>) {
    tokio::spawn(async move {
        let probe = || {
            let engine = engine.upgrade();
            async move { Some(within(write(&*engine?)).await) }
        };
        circuit.keep_writing(probe).await;
    });
}

/// Closes the circuit again when readers and the writer answer, for as long as somebody has the store.
pub(super) fn keep_durable(circuit: Arc<Circuit>, engine: Weak<dyn DurableStore>) {
    tokio::spawn(async move {
        let probe = || {
            let engine = engine.upgrade();
            async move {
                let engine = engine?;
                let answers = async {
                    engine.ping().await?;
                    match engine.commit(Commit::default()).await {
                        Err(CommitError::Store(error)) => Err(error),
                        _ => Ok(()),
                    }
                };
                Some(within(answers).await)
            }
        };
        circuit.keep(probe).await;
    });
}

/// Closes the circuit again when the engine answers, for as long as somebody has the store.
pub(super) fn keep_ephemeral(circuit: Arc<Circuit>, engine: Weak<dyn EphemeralStore>) {
    tokio::spawn(async move {
        let probe = || {
            let engine = engine.upgrade();
            async move { Some(within(engine?.ping()).await) }
        };
        circuit.keep(probe).await;
    });
}
