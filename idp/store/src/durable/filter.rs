//! Listings: which records, and how many of them at once.

use idp_core::approval::Status;
use idp_core::audit::AuditEvent;
use idp_types::{ClientId, ServiceId, SessionId, Timestamp, TokenId, TrustLevel};

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

/// Which account links.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkFilter {
    /// For this client.
    pub client_id: Option<ClientId>,
    /// Of this holder.
    pub token_id: Option<TokenId>,
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
