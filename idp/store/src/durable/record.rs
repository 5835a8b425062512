//! Records that belong to no other crate.

use idp_core::approval::Status;
use idp_types::{DeviceId, ServiceId, SessionId, Timestamp, TokenId};
use oidc::GrantId;
use serde::{Deserialize, Serialize};

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
    /// Whose token, and which device approved it. Absent when it speaks for no person, or must not say for whom (profile 7).
    pub holder: Option<(TokenId, DeviceId)>,
    /// Under which grant it was issued.
    pub grant_id: Option<GrantId>,
    /// The client's `sid` in the browser session that it ends with.
    pub sid: Option<String>,
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
