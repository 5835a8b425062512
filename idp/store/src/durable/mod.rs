//! The durable store: what must never be lost or happen twice.

mod audit;
mod change;
mod filter;
mod record;

use std::sync::Arc;

use async_trait::async_trait;
use idp_core::enrolment::Holder;
use idp_core::service::Service;
use idp_types::{ClientId, ServiceId, SessionId, Timestamp, TokenId};
use oidc::link::{AccountLink, LinkKind};
use oidc::logout::LogoutDelivery;
use oidc::{BrowserSession, Client, Grant, GrantId};
use saml::EntityId;
use saml::provider::ServiceProvider;

use crate::batch::WriterLoad;
use crate::{StoreError, Versioned};

pub use audit::{AuditRecord, ChainHead, ChainedRecord, Checkpoint};
pub use change::{Change, Consumption, ConsumptionKind};
pub use filter::{AuditFilter, HolderFilter, LinkFilter, Listing, OutcomeFilter, Page};
pub use record::{
    CredentialStatus, CredentialsOf, EnrolmentCode, SessionOutcome, SubjectKey, Supersession, TokenStatus,
};

/// One decision: its changes and its audit records, committed together or not at all.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// What changes, in order. The first refusal undoes the whole commit.
    pub changes: Vec<Change>,
    /// What is recorded with it.
    pub audit: Vec<AuditRecord>,
}

/// Why a commit did not happen. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The identifier or session was used before.
    #[error("already consumed")]
    AlreadyConsumed,
    /// The record changed since it was read: load and decide again.
    #[error("the record changed meanwhile")]
    Conflict,
    /// The status index is in use: draw another.
    #[error("the status index is in use")]
    IndexTaken,
    /// The device is revoked, unknown, or its holder is revoked or superseded.
    #[error("the device is not active")]
    DeviceNotActive,
    /// The engine failed. Where it went away during the last step and did not come back in time, the commit may have happened after all;
    /// whoever asks again is told.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The durable store.
#[async_trait]
pub trait DurableStore: Send + Sync {
    /// Commits one decision; returns the sequence of its last audit record after it is safe on disk.
    async fn commit(&self, commit: Commit) -> Result<u64, CommitError>;

    /// A holder with its devices.
    async fn holder(&self, token_id: &TokenId) -> Result<Option<Arc<Versioned<Holder>>>, StoreError>;
    /// Holders, by tokenId.
    async fn holders(&self, filter: &HolderFilter, page: Page) -> Result<Listing<Holder>, StoreError>;
    /// The holders that have a device enrolled with one of these seals.
    async fn holders_of_seals(
        &self,
        fingerprints: &[idp_types::Fingerprint],
    ) -> Result<Vec<TokenId>, StoreError>;
    /// A service.
    async fn service(&self, service_id: &ServiceId) -> Result<Option<Arc<Versioned<Service>>>, StoreError>;
    /// All services, by serviceId.
    async fn services(&self) -> Result<Vec<Service>, StoreError>;
    /// How a session ended.
    async fn outcome(&self, session_id: &SessionId) -> Result<Option<SessionOutcome>, StoreError>;
    /// Ended sessions, newest first.
    async fn outcomes(
        &self,
        filter: &OutcomeFilter,
        page: Page,
    ) -> Result<Listing<SessionOutcome>, StoreError>;
    /// An enrolment code by its digest.
    async fn enrolment_code(&self, digest: &str) -> Result<Option<EnrolmentCode>, StoreError>;
    /// The entries of a status list that are in use at `now`, each with whether it is revoked.
    async fn token_statuses(&self, list: u32, now: Timestamp) -> Result<Vec<(u32, bool)>, StoreError>;
    /// The lists that have entries in use at `now`.
    async fn token_lists(&self, now: Timestamp) -> Result<Vec<u32>, StoreError>;
    /// Whether a token is revoked; `None` when its entry is in nobody's use.
    async fn token_is_revoked(&self, list: u32, index: u32) -> Result<Option<bool>, StoreError>;
    /// The entries of a list of credentials that were revoked before `at`, in order: now, or at a moment in the past.
    async fn revoked_credentials(&self, list: u32, at: Timestamp) -> Result<Vec<u32>, StoreError>;
    /// The lists of credentials, each with how many of its entries were given.
    async fn credential_lists(&self) -> Result<Vec<(u32, u64)>, StoreError>;
    /// The copies of an issuance, or what a holder or a device was issued; by list and entry.
    async fn credentials(&self, whose: &CredentialsOf) -> Result<Vec<CredentialStatus>, StoreError>;
    /// A subject's sealed audit key.
    async fn subject_key(&self, reference: &str) -> Result<Option<SubjectKey>, StoreError>;
    /// The supersession of a tokenId.
    async fn supersession(&self, token_id: &TokenId) -> Result<Option<Versioned<Supersession>>, StoreError>;
    /// Supersessions that are due at `now` and not completed.
    async fn due_supersessions(&self, now: Timestamp) -> Result<Vec<Versioned<Supersession>>, StoreError>;
    /// A sealed document, by its name. It comes from the database, never from memory.
    async fn sealed_document(&self, name: &str) -> Result<Option<Versioned<Vec<u8>>>, StoreError>;
    /// A small named value.
    async fn mark(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// A client.
    async fn client(&self, client_id: &ClientId) -> Result<Option<Arc<Versioned<Client>>>, StoreError>;
    /// Clients, by client_id: those that follow `after`, or all of them.
    async fn clients(&self, after: Option<&ClientId>, page: Page) -> Result<Listing<Client>, StoreError>;
    /// A grant, revoked or not.
    async fn grant(&self, grant_id: &GrantId) -> Result<Option<Arc<Versioned<Grant>>>, StoreError>;
    /// The grants of a holder that are not revoked, oldest first.
    async fn grants_of(&self, token_id: &TokenId) -> Result<Vec<Versioned<Grant>>, StoreError>;
    /// A browser's session, ended or not.
    async fn browser_session(&self, id: &str) -> Result<Option<Arc<Versioned<BrowserSession>>>, StoreError>;
    /// The sessions of a holder that have not ended, oldest first.
    async fn browser_sessions_of(
        &self,
        token_id: &TokenId,
    ) -> Result<Vec<Versioned<BrowserSession>>, StoreError>;
    /// Sessions whose time was over at `now` and that have not ended, the first ones first; at most `limit`.
    async fn due_browser_sessions(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Versioned<BrowserSession>>, StoreError>;
    /// Logouts that are due at `now` and not too old, the first ones first; at most `limit`.
    async fn due_logout_deliveries(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<LogoutDelivery>, StoreError>;
    /// An account link.
    async fn account_link(
        &self,
        kind: LinkKind,
        key: &str,
        client_id: &ClientId,
    ) -> Result<Option<AccountLink>, StoreError>;
    /// Account links, oldest first.
    async fn account_links(
        &self,
        filter: &LinkFilter,
        page: Page,
    ) -> Result<Listing<AccountLink>, StoreError>;

    /// A SAML service provider.
    async fn service_provider(
        &self,
        entity_id: &EntityId,
    ) -> Result<Option<Arc<Versioned<ServiceProvider>>>, StoreError>;
    /// SAML service providers, by entityID.
    async fn service_providers(&self, page: Page) -> Result<Listing<ServiceProvider>, StoreError>;

    /// The ends of all chains.
    async fn audit_heads(&self) -> Result<Vec<ChainHead>, StoreError>;
    /// A run of a chain, from `after` (exclusive), in order.
    async fn audit_run(&self, chain: &str, after: u64, limit: u32) -> Result<Vec<ChainedRecord>, StoreError>;
    /// Records by filter, newest first.
    async fn audit_search(
        &self,
        filter: &AuditFilter,
        page: Page,
    ) -> Result<Listing<ChainedRecord>, StoreError>;
    /// Stores a checkpoint.
    async fn put_checkpoint(&self, checkpoint: Checkpoint) -> Result<(), StoreError>;
    /// The checkpoints of a chain, in order.
    async fn checkpoints(&self, chain: &str) -> Result<Vec<Checkpoint>, StoreError>;

    /// Whether this process does what one of all instances has to do. Asked again and again: whoever leads goes on until it is gone, then
    /// another one does, within seconds. For a moment two may say yes, so that what depends on it must bear that.
    async fn leads(&self) -> Result<bool, StoreError>;
    /// Forgets what expired before `now`: consumed identifiers, token entries, enrolment codes, grants, logouts that nobody took;
    /// browsers' sessions a day after they ended. Returns how many of these.
    async fn prune(&self, now: Timestamp) -> Result<u64, StoreError>;
    /// Whether the engine answers.
    async fn ping(&self) -> Result<(), StoreError>;
    /// How busy its writer is.
    fn writer_load(&self) -> WriterLoad;
}
