//! The embedded durable store: one SQLite file, one batching writer, several readers.
//!
//! Decisions that arrive together are committed together: one transaction and one synchronisation to disk for up to 256 of them, each
//! still all or nothing by itself, each acknowledged after the commit (architecture, "Two stores"). Reads go to connections of their
//! own; holders and services come from memory while nobody wrote them.
//!
//! Another process may write the same file, as the command line does: every precondition is evaluated inside the transaction that
//! holds the write lock, each process writes an audit chain of its own, and what is cached is dropped within a quarter of a second.
//!
//! The crate refuses to know the rules: it stores what the domain decided, under the preconditions that the decision names. It neither
//! reads a clock nor draws random numbers, and it opens nothing that is sealed.
//!
//! | specification | module | tests |
//! |---|---|---|
//! | architecture "Two stores", profile 4.4 (once, whatever happens) | [`SqliteStore`], `writer` | `tests/contract.rs`, `tests/crash.rs` |
//! | profile 12 (append-only, chained) | `writer`, `read::audit`, `migrations/` | `tests/audit.rs` |
//! | profile 12 (erasure) | `writer::maintenance` | `tests/erasure.rs` |
//! | operations 5 (embedded default) | `open`, `cache`, `migrations/` | `tests/processes.rs`, `tests/migrations.rs`, `cache::tests` |
//! | profile 5 (revocation of tokens) | `writer::revocations`, `read::tokens` | `tests/contract.rs` |
//! | style rule 8 (rows are not records) | `row` | `row::holder::tests`, `row::service::tests`, `row::timed::tests` |

mod cache;
#[doc(hidden)]
pub mod fuzzing;
mod open;
mod read;
mod row;
mod writer;

use std::sync::Arc;

use async_trait::async_trait;
use idp_core::enrolment::Holder;
use idp_core::service::Service;
use idp_store::durable::{
    AuditFilter, ChainHead, ChainedRecord, Checkpoint, Commit, CommitError, EnrolmentCode, HolderFilter,
    LinkFilter, Listing, OutcomeFilter, Page, SessionOutcome, SubjectKey, Supersession,
};
use idp_store::{DurableStore, StoreError, Versioned};
use idp_types::{ClientId, Fingerprint, ServiceId, SessionId, Timestamp, TokenId};
use oidc::link::{AccountLink, LinkKind};
use oidc::logout::LogoutDelivery;
use oidc::{BrowserSession, Client, Grant, GrantId};
use sqlx::SqlitePool;
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

pub use open::{Location, OpenError, Options};

use cache::Caches;
use writer::Task;

/// The store. Dropping it lets the writer finish what is queued; [`SqliteStore::close`] waits for that.
pub struct SqliteStore {
    tasks: mpsc::Sender<Task>,
    readers: SqlitePool,
    caches: Arc<Caches>,
    writer: JoinHandle<()>,
    _directory: Option<Arc<TempDir>>,
}

/// The writer is gone: its runtime is shutting down.
#[derive(Debug, thiserror::Error)]
#[error("the store is closed")]
struct Closed;

impl SqliteStore {
    /// Waits until everything queued is committed and the file is closed.
    ///
    /// # Errors
    /// [`StoreError`] when the writer ended before its time.
    pub async fn close(self) -> Result<(), StoreError> {
        drop(self.tasks);
        self.readers.close().await;
        self.writer.await.map_err(StoreError::new)
    }

    async fn ask<T>(&self, task: impl FnOnce(oneshot::Sender<T>) -> Task) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.tasks.send(task(reply)).await;
        sent.map_err(|_| StoreError::new(Closed))?;
        answer.await.map_err(|_| StoreError::new(Closed))
    }
}

#[async_trait]
impl DurableStore for SqliteStore {
    async fn commit(&self, commit: Commit) -> Result<u64, CommitError> {
        self.ask(|reply| Task::Commit(commit, reply)).await?
    }

    async fn holder(&self, token_id: &TokenId) -> Result<Option<Arc<Versioned<Holder>>>, StoreError> {
        read::holders::one(&self.readers, &self.caches, token_id).await
    }

    async fn holders(&self, filter: &HolderFilter, page: Page) -> Result<Listing<Holder>, StoreError> {
        read::holders::list(&self.readers, filter, page).await
    }

    async fn holders_of_seals(&self, fingerprints: &[Fingerprint]) -> Result<Vec<TokenId>, StoreError> {
        read::holders::of_seals(&self.readers, fingerprints).await
    }

    async fn service(&self, service_id: &ServiceId) -> Result<Option<Arc<Versioned<Service>>>, StoreError> {
        read::services::one(&self.readers, &self.caches.services, service_id).await
    }

    async fn services(&self) -> Result<Vec<Service>, StoreError> {
        read::services::all(&self.readers).await
    }

    async fn outcome(&self, session_id: &SessionId) -> Result<Option<SessionOutcome>, StoreError> {
        read::outcomes::one(&self.readers, session_id).await
    }

    async fn outcomes(
        &self,
        filter: &OutcomeFilter,
        page: Page,
    ) -> Result<Listing<SessionOutcome>, StoreError> {
        read::outcomes::list(&self.readers, filter, page).await
    }

    async fn enrolment_code(&self, digest: &str) -> Result<Option<EnrolmentCode>, StoreError> {
        read::enrolment::code(&self.readers, digest).await
    }

    async fn token_statuses(&self, list: u32, now: Timestamp) -> Result<Vec<(u32, bool)>, StoreError> {
        read::tokens::statuses(&self.readers, list, now).await
    }

    async fn token_lists(&self, now: Timestamp) -> Result<Vec<u32>, StoreError> {
        read::tokens::lists(&self.readers, now).await
    }

    async fn token_is_revoked(&self, list: u32, index: u32) -> Result<Option<bool>, StoreError> {
        read::tokens::is_revoked(&self.readers, &self.caches.tokens, (list, index)).await
    }

    async fn subject_key(&self, reference: &str) -> Result<Option<SubjectKey>, StoreError> {
        read::enrolment::subject_key(&self.readers, reference).await
    }

    async fn supersession(&self, token_id: &TokenId) -> Result<Option<Versioned<Supersession>>, StoreError> {
        read::supersessions::one(&self.readers, token_id).await
    }

    async fn due_supersessions(&self, now: Timestamp) -> Result<Vec<Versioned<Supersession>>, StoreError> {
        read::supersessions::due(&self.readers, now).await
    }

    async fn mark(&self, name: &str) -> Result<Option<String>, StoreError> {
        read::enrolment::mark(&self.readers, name).await
    }

    async fn client(&self, client_id: &ClientId) -> Result<Option<Arc<Versioned<Client>>>, StoreError> {
        read::federation::client(&self.readers, &self.caches.clients, client_id).await
    }

    async fn clients(&self, page: Page) -> Result<Listing<Client>, StoreError> {
        read::federation::clients(&self.readers, page).await
    }

    async fn grant(&self, grant_id: &GrantId) -> Result<Option<Arc<Versioned<Grant>>>, StoreError> {
        read::federation::grant(&self.readers, grant_id).await
    }

    async fn grants_of(&self, token_id: &TokenId) -> Result<Vec<Versioned<Grant>>, StoreError> {
        read::federation::grants_of(&self.readers, token_id).await
    }

    async fn browser_session(&self, id: &str) -> Result<Option<Versioned<BrowserSession>>, StoreError> {
        read::federation::session(&self.readers, id).await
    }

    async fn browser_sessions_of(
        &self,
        token_id: &TokenId,
    ) -> Result<Vec<Versioned<BrowserSession>>, StoreError> {
        read::federation::sessions_of(&self.readers, token_id).await
    }

    async fn due_browser_sessions(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Versioned<BrowserSession>>, StoreError> {
        read::federation::due_sessions(&self.readers, now, limit).await
    }

    async fn due_logout_deliveries(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<LogoutDelivery>, StoreError> {
        read::federation::due_deliveries(&self.readers, now, limit).await
    }

    async fn account_link(
        &self,
        kind: LinkKind,
        key: &str,
        client_id: &ClientId,
    ) -> Result<Option<AccountLink>, StoreError> {
        read::federation::link(&self.readers, kind, key, client_id).await
    }

    async fn account_links(
        &self,
        filter: &LinkFilter,
        page: Page,
    ) -> Result<Listing<AccountLink>, StoreError> {
        read::federation::links(&self.readers, filter, page).await
    }

    async fn audit_heads(&self) -> Result<Vec<ChainHead>, StoreError> {
        read::audit::heads(&self.readers).await
    }

    async fn audit_run(&self, chain: &str, after: u64, limit: u32) -> Result<Vec<ChainedRecord>, StoreError> {
        read::audit::run(&self.readers, chain, after, limit).await
    }

    async fn audit_search(
        &self,
        filter: &AuditFilter,
        page: Page,
    ) -> Result<Listing<ChainedRecord>, StoreError> {
        read::audit::search(&self.readers, filter, page).await
    }

    async fn put_checkpoint(&self, checkpoint: Checkpoint) -> Result<(), StoreError> {
        self.ask(|reply| Task::Checkpoint(checkpoint, reply)).await?
    }

    async fn checkpoints(&self, chain: &str) -> Result<Vec<Checkpoint>, StoreError> {
        read::audit::checkpoints(&self.readers, chain).await
    }

    async fn prune(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let some = self.ask(|reply| Task::Prune(now, reply)).await??;
            if some == 0 {
                return Ok(forgotten);
            }
            forgotten += some;
        }
    }

    async fn ping(&self) -> Result<(), StoreError> {
        read::ping(&self.readers).await
    }
}
