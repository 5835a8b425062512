//! The durable store: what must never be lost or happen twice.

use std::sync::Arc;

use async_trait::async_trait;
use idp_core::approval::Status;
use idp_core::audit::{Actor, AuditEvent};
use idp_core::enrolment::Holder;
use idp_core::service::Service;
use idp_types::{DeviceId, ServiceId, SessionId, Timestamp, TokenId, TrustLevel};
use serde::{Deserialize, Serialize};

use crate::{StoreError, Version, Versioned};

/// One decision: its changes and its audit records, committed together or not at all.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// What changes, in order. The first refusal undoes the whole commit.
    pub changes: Vec<Change>,
    /// What is recorded with it.
    pub audit: Vec<AuditRecord>,
}

/// One change of durable state.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Change {
    /// Uses an identifier up. A second use is [`CommitError::AlreadyConsumed`], for ever or until it is pruned after `expires_at`.
    Consume(Consumption),
    /// Ends an approval session. A second end is [`CommitError::AlreadyConsumed`].
    ResolveSession(SessionOutcome),
    /// Refuses the commit with [`CommitError::DeviceNotActive`] unless the device exists, is not revoked and its holder is neither
    /// revoked nor superseded.
    RequireActiveDevice {
        /// The holder.
        token_id: TokenId,
        /// The device.
        device_id: DeviceId,
    },
    /// Writes a holder. [`CommitError::Conflict`] unless the stored version is `expected` (zero: must not exist).
    PutHolder {
        /// The new state.
        holder: Box<Holder>,
        /// The version it was decided on.
        expected: Version,
    },
    /// Writes a service, with the same rule.
    PutService {
        /// The new state.
        service: Box<Service>,
        /// The version it was decided on.
        expected: Version,
    },
    /// Reserves a status index for a token. [`CommitError::IndexTaken`] when it is in use.
    IssueToken(TokenStatus),
    /// Marks every live token of the holder, or of one of its devices, as revoked.
    RevokeTokens {
        /// The holder.
        token_id: TokenId,
        /// One device, or all.
        device_id: Option<DeviceId>,
    },
    /// Registers a one-time enrolment code by its SHA-256.
    PutEnrolmentCode(EnrolmentCode),
    /// Stores a subject's sealed audit key, unless one is there already.
    PutSubjectKey(SubjectKey),
    /// Destroys a subject's audit key: what was sealed under it is erased.
    EraseSubjectKey {
        /// Which.
        reference: String,
    },
    /// Writes a supersession request. [`CommitError::Conflict`] unless the stored version is `expected`.
    PutSupersession {
        /// The new state.
        supersession: Supersession,
        /// The version it was decided on.
        expected: Version,
    },
    /// Writes a small named value (trust list sequences, the pairwise key's check value).
    PutMark {
        /// Its name.
        name: String,
        /// Its value, at most 4 KiB.
        value: String,
    },
}

/// What kind of identifier is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsumptionKind {
    /// An enrolment challenge.
    EnrolmentChallenge,
    /// A one-time enrolment code.
    EnrolmentCode,
    /// The approval of a further device.
    EnrolmentApproval,
    /// A result handed out by `GET /auth/result`.
    Result,
    /// A `jti` of a client assertion.
    AssertionId,
    /// An OAuth authorization code.
    AuthorizationCode,
    /// A SAML request.
    SamlRequest,
}

impl ConsumptionKind {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EnrolmentChallenge => "enrolment_challenge",
            Self::EnrolmentCode => "enrolment_code",
            Self::EnrolmentApproval => "enrolment_approval",
            Self::Result => "result",
            Self::AssertionId => "assertion_id",
            Self::AuthorizationCode => "authorization_code",
            Self::SamlRequest => "saml_request",
        }
    }
}

/// A used identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumption {
    /// Of which kind.
    pub kind: ConsumptionKind,
    /// The identifier, or its digest where it is a secret. At most 256 bytes.
    pub id: String,
    /// When it may be forgotten, because by then it is refused for its age.
    pub expires_at: Timestamp,
}

/// How a session ended. Session identifiers are consumed by this row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOutcome {
    /// Which session.
    pub session_id: SessionId,
    /// Whose; absent when nobody was asked. Rows of `Verify` sessions never name the holder (profile 7).
    pub token_id: Option<TokenId>,
    /// For which service.
    pub service_id: ServiceId,
    /// How it ended; never `Pending`.
    pub status: Status,
    /// When it began.
    pub initiated_at: Timestamp,
    /// When it ended.
    pub resolved_at: Timestamp,
}

/// A live token's place in a Token Status List (profile 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenStatus {
    /// Which list.
    pub list: u32,
    /// Which entry.
    pub index: u32,
    /// Whose token.
    pub token_id: TokenId,
    /// Approved by which device.
    pub device_id: DeviceId,
    /// When the entry may be used again.
    pub expires_at: Timestamp,
}

/// A one-time enrolment code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentCode {
    /// SHA-256 of the code, lower-case hexadecimal.
    pub digest: String,
    /// The tokenId it admits, or any.
    pub token_id: Option<TokenId>,
    /// Who issued it.
    pub issued_by: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A subject's audit key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectKey {
    /// Keyed digest of the subject.
    pub reference: String,
    /// The key, sealed under the server's.
    pub sealed: Vec<u8>,
}

/// A request that a new seal takes over from an old one (profile 11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supersession {
    /// The old tokenId.
    pub token_id: TokenId,
    /// The new tokenId.
    pub by: TokenId,
    /// The first operator.
    pub requested_by: String,
    /// The second operator, once there is one.
    pub confirmed_by: Option<String>,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it takes effect; in the future while an old device is active and has not approved.
    pub effective_at: Option<Timestamp>,
    /// When it took effect.
    pub completed_at: Option<Timestamp>,
    /// Set when it was withdrawn, or refused by the old device.
    pub cancelled: bool,
}

/// An audit record as it is stored: the fact, with whom it concerns sealed under a per-subject key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: AuditEvent,
    /// Who did it.
    pub actor: Actor,
    /// In which session.
    pub session_id: Option<SessionId>,
    /// For which service.
    pub service_id: Option<ServiceId>,
    /// Which subject key opens `sealed`.
    pub subject: Option<String>,
    /// Subject and address, sealed; base64url.
    pub sealed: Option<String>,
    /// Further facts, a JSON object.
    pub details: serde_json::Value,
}

/// A stored audit record with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainedRecord {
    /// Which chain: one per instance.
    pub chain: String,
    /// Its place, from 1.
    pub sequence: u64,
    /// `SHA-256(previous hash || sequence as u64 big-endian || canonical record)`.
    pub hash: [u8; 32],
    /// The exact octets that were hashed: canonical JSON of the record.
    pub canonical: Vec<u8>,
    /// The record.
    pub record: AuditRecord,
}

/// The end of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainHead {
    /// Which chain.
    pub chain: String,
    /// The last sequence; zero when the chain is empty.
    pub sequence: u64,
    /// The last hash; zeros when the chain is empty.
    pub hash: [u8; 32],
}

/// A signed statement of where a chain stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The chain.
    pub chain: String,
    /// At which sequence.
    pub sequence: u64,
    /// The statement, a compact JWS.
    pub statement: String,
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
    /// The engine failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which part of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub number: u32,
    /// Rows a page, 1 to 100.
    pub limit: u32,
}

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// How many there are in all.
    pub total: u64,
}

/// Which holders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HolderFilter {
    /// Part of the tokenId.
    pub token_id: Option<String>,
    /// Any device of this trust level.
    pub trust_level: Option<TrustLevel>,
    /// Whether the tokenId is revoked.
    pub is_revoked: Option<bool>,
}

/// Which outcomes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutcomeFilter {
    /// Of this holder.
    pub token_id: Option<TokenId>,
    /// Of this service.
    pub service_id: Option<ServiceId>,
    /// With this status.
    pub status: Option<Status>,
}

/// Which audit records, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of this event.
    pub event: Option<AuditEvent>,
    /// Of this subject key.
    pub subject: Option<String>,
    /// In this session.
    pub session_id: Option<SessionId>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
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
    /// A subject's sealed audit key.
    async fn subject_key(&self, reference: &str) -> Result<Option<SubjectKey>, StoreError>;
    /// The supersession of a tokenId.
    async fn supersession(&self, token_id: &TokenId) -> Result<Option<Versioned<Supersession>>, StoreError>;
    /// Supersessions that are due at `now` and not completed.
    async fn due_supersessions(&self, now: Timestamp) -> Result<Vec<Versioned<Supersession>>, StoreError>;
    /// A small named value.
    async fn mark(&self, name: &str) -> Result<Option<String>, StoreError>;

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

    /// Forgets what expired before `now`: consumed identifiers, token entries, enrolment codes. Returns how many rows.
    async fn prune(&self, now: Timestamp) -> Result<u64, StoreError>;
    /// Whether the engine answers.
    async fn ping(&self) -> Result<(), StoreError>;
}
