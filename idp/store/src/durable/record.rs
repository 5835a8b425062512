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

/// A copy of a credential, with its place in the status lists. A place that was given is never given again (OpenID4VCI, Token Status
/// List section 13), and nothing that was revoked is ever valid again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialStatus {
    /// Which list, from 1.
    pub list: u32,
    /// Which entry.
    pub index: u32,
    /// The issuance that it is a copy of, at most 128 bytes.
    pub issuance_id: String,
    /// Whose credential.
    pub token_id: TokenId,
    /// Which device consented to it.
    pub device_id: DeviceId,
    /// The credential configuration, at most 128 bytes.
    pub configuration: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Which credentials are revoked together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialsOf {
    /// Every copy of one issuance.
    Issuance(String),
    /// Everything that a holder was issued, by one device or by all.
    Holder(TokenId, Option<DeviceId>),
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
