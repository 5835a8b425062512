//! The audit log's records.

use idp_core::audit::{Actor, AuditEvent};
use idp_types::{ServiceId, SessionId, Timestamp};
use serde::{Deserialize, Serialize};

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
