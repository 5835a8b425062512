//! The audit chain (profile 12): canonical records, the hash that joins them, and the check that nobody touched them.
//!
//! `hash = SHA-256(previous hash || sequence as u64 big-endian || canonical record)`. A chain alone shows that a record was edited,
//! removed or moved; that its end was cut off, or that all of it was computed anew, only the signed checkpoints show.

mod canonical;
mod verifier;

use sha2::{Digest, Sha256};

pub use canonical::{CANONICAL_LIMIT, CanonicalError, canonical, parse_canonical};
pub use verifier::{AuditFault, AuditReport, AuditVerifier, FAULT_LIMIT};

use crate::durable::{AuditRecord, ChainHead, ChainedRecord};

impl ChainHead {
    /// The end of a chain that has no record yet.
    pub fn empty(chain: impl Into<String>) -> Self {
        Self {
            chain: chain.into(),
            sequence: 0,
            hash: [0; 32],
        }
    }

    /// The record that comes next; the head moves on to it.
    ///
    /// # Errors
    /// [`CanonicalError::TooLong`] when the record is larger than [`CANONICAL_LIMIT`]; the head stays.
    pub fn append(&mut self, record: AuditRecord) -> Result<ChainedRecord, CanonicalError> {
        let canonical = canonical(&record)?;
        self.advance(&canonical);
        Ok(ChainedRecord {
            chain: self.chain.clone(),
            sequence: self.sequence,
            hash: self.hash,
            canonical,
            record,
        })
    }

    /// Moves on over the canonical octets of the next record.
    pub fn advance(&mut self, canonical: &[u8]) {
        self.sequence = self.sequence.saturating_add(1);
        self.hash = link(&self.hash, self.sequence, canonical);
    }
}

/// The hash of one record.
pub fn link(previous: &[u8; 32], sequence: u64, canonical: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(sequence.to_be_bytes());
    hash.update(canonical);
    hash.finalize().into()
}

#[cfg(test)]
mod tests;
