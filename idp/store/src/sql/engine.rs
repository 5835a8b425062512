//! A durable store from its engine's few words: what an SQL database is asked, and by whom, is the same for all of them.

use std::sync::Arc;

use async_trait::async_trait;
use idp_core::enrolment::Holder;
use idp_core::service::Service;
use idp_types::{ClientId, Fingerprint, ServiceId, SessionId, Timestamp, TokenId};
use oidc::link::{AccountLink, LinkKind};
use oidc::logout::LogoutDelivery;
use oidc::{BrowserSession, Client, Grant, GrantId};
use saml::EntityId;
use saml::provider::ServiceProvider;

use super::read;
use super::statement::Statement;
use super::value::Columns;
use crate::batch::{Task, WriteTasks, WriterLoad};
use crate::cache::Caches;
use crate::durable::{
    AuditFilter, ChainHead, ChainedRecord, Checkpoint, Commit, CommitError, CredentialStatus, CredentialsOf,
    EnrolmentCode, HolderFilter, LinkFilter, Listing, OutcomeFilter, Page, SessionOutcome, SubjectKey,
    Supersession,
};
use crate::{DurableStore, StoreError, Versioned};

/// What engines spell differently.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// The function that finds the second text in the first: a place from 1, or 0.
    pub position: &'static str,
    /// The tokenIds, each once and in order, of the devices whose fingerprints the place `$1` lists: a JSON array of hexadecimal texts.
    pub holders_of_seals: &'static str,
}

/// An SQL engine. Whatever is one is a [`DurableStore`].
#[async_trait]
pub trait Engine: Send + Sync {
    /// A row.
    type Row: Columns + Send;

    /// What it spells differently.
    const DIALECT: Dialect;

    /// What was read lately.
    fn caches(&self) -> &Arc<Caches>;

    /// The writer's queue.
    fn write_tasks(&self) -> &WriteTasks;

    /// The rows of a query.
    async fn rows(&self, query: Statement<'_>) -> Result<Vec<Self::Row>, StoreError>;

    /// The rows of two queries, both of one moment.
    async fn rows_of_one_moment(
        &self,
        queries: (Statement<'_>, Statement<'_>),
    ) -> Result<(Vec<Self::Row>, Vec<Self::Row>), StoreError>;

    /// Whether this process leads those that share the database. An engine of one process always does.
    async fn is_leader(&self) -> Result<bool, StoreError> {
        Ok(true)
    }
}

#[async_trait]
impl<E: Engine> DurableStore for E {
    async fn commit(&self, commit: Commit) -> Result<u64, CommitError> {
        let tasks = self.write_tasks();
        tasks.ask(|reply| Task::Commit(commit, reply)).await?
    }

    async fn holder(&self, token_id: &TokenId) -> Result<Option<Arc<Versioned<Holder>>>, StoreError> {
        read::holders::one(self, token_id).await
    }

    async fn holders(&self, filter: &HolderFilter, page: Page) -> Result<Listing<Holder>, StoreError> {
        read::holders::list(self, filter, page).await
    }

    async fn holders_of_seals(&self, fingerprints: &[Fingerprint]) -> Result<Vec<TokenId>, StoreError> {
        read::holders::of_seals(self, fingerprints).await
    }

    async fn service(&self, service_id: &ServiceId) -> Result<Option<Arc<Versioned<Service>>>, StoreError> {
        read::services::one(self, service_id).await
    }

    async fn services(&self) -> Result<Vec<Service>, StoreError> {
        read::services::all(self).await
    }

    async fn outcome(&self, session_id: &SessionId) -> Result<Option<SessionOutcome>, StoreError> {
        read::outcomes::one(self, session_id).await
    }

    async fn outcomes(
        &self,
        filter: &OutcomeFilter,
        page: Page,
    ) -> Result<Listing<SessionOutcome>, StoreError> {
        read::outcomes::list(self, filter, page).await
    }

    async fn enrolment_code(&self, digest: &str) -> Result<Option<EnrolmentCode>, StoreError> {
        read::enrolment::code(self, digest).await
    }

    async fn token_statuses(&self, list: u32, now: Timestamp) -> Result<Vec<(u32, bool)>, StoreError> {
        read::tokens::statuses(self, list, now).await
    }

    async fn token_lists(&self, now: Timestamp) -> Result<Vec<u32>, StoreError> {
        read::tokens::lists(self, now).await
    }

    async fn token_is_revoked(&self, list: u32, index: u32) -> Result<Option<bool>, StoreError> {
        read::tokens::is_revoked(self, (list, index)).await
    }

    async fn revoked_credentials(&self, list: u32, at: Timestamp) -> Result<Vec<u32>, StoreError> {
        read::credentials::revoked(self, list, at).await
    }

    async fn credential_lists(&self) -> Result<Vec<(u32, u64)>, StoreError> {
        read::credentials::lists(self).await
    }

    async fn credentials(&self, whose: &CredentialsOf) -> Result<Vec<CredentialStatus>, StoreError> {
        read::credentials::of(self, whose).await
    }

    async fn subject_key(&self, reference: &str) -> Result<Option<SubjectKey>, StoreError> {
        read::enrolment::subject_key(self, reference).await
    }

    async fn supersession(&self, token_id: &TokenId) -> Result<Option<Versioned<Supersession>>, StoreError> {
        read::supersessions::one(self, token_id).await
    }

    async fn due_supersessions(&self, now: Timestamp) -> Result<Vec<Versioned<Supersession>>, StoreError> {
        read::supersessions::due(self, now).await
    }

    async fn sealed_document(&self, name: &str) -> Result<Option<Versioned<Vec<u8>>>, StoreError> {
        read::enrolment::sealed_document(self, name).await
    }

    async fn mark(&self, name: &str) -> Result<Option<String>, StoreError> {
        read::enrolment::mark(self, name).await
    }

    async fn client(&self, client_id: &ClientId) -> Result<Option<Arc<Versioned<Client>>>, StoreError> {
        read::federation::client(self, client_id).await
    }

    async fn clients(&self, after: Option<&ClientId>, page: Page) -> Result<Listing<Client>, StoreError> {
        read::federation::clients(self, after, page).await
    }

    async fn service_provider(
        &self,
        entity_id: &EntityId,
    ) -> Result<Option<Arc<Versioned<ServiceProvider>>>, StoreError> {
        read::saml::provider(self, entity_id).await
    }

    async fn service_providers(&self, page: Page) -> Result<Listing<ServiceProvider>, StoreError> {
        read::saml::providers(self, page).await
    }

    async fn grant(&self, grant_id: &GrantId) -> Result<Option<Arc<Versioned<Grant>>>, StoreError> {
        read::federation::grant(self, grant_id).await
    }

    async fn grants_of(&self, token_id: &TokenId) -> Result<Vec<Versioned<Grant>>, StoreError> {
        read::federation::grants_of(self, token_id).await
    }

    async fn browser_session(&self, id: &str) -> Result<Option<Arc<Versioned<BrowserSession>>>, StoreError> {
        read::federation::session(self, id).await
    }

    async fn browser_sessions_of(
        &self,
        token_id: &TokenId,
    ) -> Result<Vec<Versioned<BrowserSession>>, StoreError> {
        read::federation::sessions_of(self, token_id).await
    }

    async fn due_browser_sessions(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Versioned<BrowserSession>>, StoreError> {
        read::federation::due_sessions(self, now, limit).await
    }

    async fn due_logout_deliveries(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<LogoutDelivery>, StoreError> {
        read::federation::due_deliveries(self, now, limit).await
    }

    async fn account_link(
        &self,
        kind: LinkKind,
        key: &str,
        client_id: &ClientId,
    ) -> Result<Option<AccountLink>, StoreError> {
        read::federation::link(self, kind, key, client_id).await
    }

    async fn account_links(
        &self,
        filter: &LinkFilter,
        page: Page,
    ) -> Result<Listing<AccountLink>, StoreError> {
        read::federation::links(self, filter, page).await
    }

    async fn audit_heads(&self) -> Result<Vec<ChainHead>, StoreError> {
        read::audit::heads(self).await
    }

    async fn audit_run(&self, chain: &str, after: u64, limit: u32) -> Result<Vec<ChainedRecord>, StoreError> {
        read::audit::run(self, chain, after, limit).await
    }

    async fn audit_search(
        &self,
        filter: &AuditFilter,
        page: Page,
    ) -> Result<Listing<ChainedRecord>, StoreError> {
        read::audit::search(self, filter, page).await
    }

    async fn put_checkpoint(&self, checkpoint: Checkpoint) -> Result<(), StoreError> {
        let tasks = self.write_tasks();
        tasks.ask(|reply| Task::Checkpoint(checkpoint, reply)).await?
    }

    async fn checkpoints(&self, chain: &str) -> Result<Vec<Checkpoint>, StoreError> {
        read::audit::checkpoints(self, chain).await
    }

    async fn leads(&self) -> Result<bool, StoreError> {
        self.is_leader().await
    }

    async fn prune(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let some = self.write_tasks().ask(|reply| Task::Prune(now, reply)).await??;
            if some == 0 {
                return Ok(forgotten);
            }
            forgotten += some;
        }
    }

    async fn ping(&self) -> Result<(), StoreError> {
        read::ping(self).await
    }

    fn writer_load(&self) -> WriterLoad {
        self.write_tasks().load()
    }
}
