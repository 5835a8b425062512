//! The check of one chain: every record in order, then what its checkpoints say.

use std::collections::BTreeMap;

use super::{canonical, link};
use crate::durable::{ChainHead, ChainedRecord, Checkpoint};

/// So many faults are listed; further ones are counted only.
pub const FAULT_LIMIT: usize = 100;

/// What is wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditFault {
    /// A record of another chain among them.
    #[error("a record of the chain {0:?} stands in this one")]
    ForeignRecord(String),
    /// A record, or the hash beside it, is not what was written.
    #[error("record {0} was edited")]
    Edited(u64),
    /// Records between these two are not there.
    #[error("records {first} to {last} were removed")]
    Removed {
        /// The first that is missing.
        first: u64,
        /// The last that is missing.
        last: u64,
    },
    /// A record came again, or after a later one.
    #[error("record {0} is out of order")]
    OutOfOrder(u64),
    /// A checkpoint's statement is not one of ours, or does not match its row.
    #[error("the checkpoint at {0} is not valid")]
    CheckpointInvalid(u64),
    /// The chain is whole, and is not the one that was signed.
    #[error("record {0} is not the one that its checkpoint signed")]
    Rewritten(u64),
    /// The chain ends before a signed record.
    #[error("the chain ends at {end}, a checkpoint saw it at {signed}")]
    Truncated {
        /// Where the chain ends.
        end: u64,
        /// Where it stood once.
        signed: u64,
    },
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// Where the chain ends, by our own computation.
    pub head: ChainHead,
    /// How many records were checked.
    pub records: u64,
    /// How many checkpoints were valid and met.
    pub checkpoints: u64,
    /// What is wrong, at most [`FAULT_LIMIT`] of them.
    pub faults: Vec<AuditFault>,
    /// How many faults there are in all.
    pub fault_count: u64,
}

impl AuditReport {
    /// Whether nobody touched the chain.
    pub const fn is_intact(&self) -> bool {
        self.fault_count == 0
    }
}

/// Checks one chain: feed it every record in order, then finish. Its memory grows with the checkpoints, not with the records.
#[derive(Debug)]
pub struct AuditVerifier {
    // What the chain is by our computation, resumed from the stored hash after a fault so that one edit is one fault.
    report: AuditReport,
    previous: [u8; 32],
    signed: BTreeMap<u64, [u8; 32]>,
}

impl AuditVerifier {
    /// A verifier of the chain `chain` from its beginning. `open` checks a checkpoint's signature and answers what it states, or
    /// nothing when it is not valid.
    pub fn new(
        chain: impl Into<String>,
        checkpoints: &[Checkpoint],
        open: impl Fn(&Checkpoint) -> Option<ChainHead>,
    ) -> Self {
        Self::resuming(ChainHead::empty(chain), checkpoints, open)
    }

    /// As [`AuditVerifier::new`], from a head that is trusted: the end of a segment that was closed and dropped (profile 12), or of an
    /// earlier verification. Checkpoints before it are checked for their signature only.
    pub fn resuming(
        head: ChainHead,
        checkpoints: &[Checkpoint],
        open: impl Fn(&Checkpoint) -> Option<ChainHead>,
    ) -> Self {
        let previous = head.hash;
        let report = AuditReport {
            head,
            records: 0,
            checkpoints: 0,
            faults: Vec::new(),
            fault_count: 0,
        };
        let mut verifier = Self {
            report,
            previous,
            signed: BTreeMap::new(),
        };
        for checkpoint in checkpoints {
            verifier.expect(checkpoint, open(checkpoint));
        }
        verifier
    }

    fn expect(&mut self, checkpoint: &Checkpoint, stated: Option<ChainHead>) {
        let sequence = checkpoint.sequence;
        let matches_row = |stated: &ChainHead| {
            stated.chain == self.report.head.chain
                && checkpoint.chain == stated.chain
                && stated.sequence == sequence
        };
        let Some(stated) = stated.filter(matches_row) else {
            return self.fault(AuditFault::CheckpointInvalid(sequence));
        };
        if sequence > self.report.head.sequence {
            if let Some(other) = self.signed.insert(sequence, stated.hash)
                && other != stated.hash
            {
                self.fault(AuditFault::CheckpointInvalid(sequence));
            }
        } else if sequence == self.report.head.sequence && stated.hash != self.report.head.hash {
            self.fault(AuditFault::Rewritten(sequence));
        } else {
            self.report.checkpoints += 1;
        }
    }

    /// Checks the next record.
    pub fn feed(&mut self, record: &ChainedRecord) {
        if record.chain != self.report.head.chain {
            return self.fault(AuditFault::ForeignRecord(record.chain.clone()));
        }
        let expected = self.report.head.sequence.saturating_add(1);
        if record.sequence < expected {
            return self.fault(AuditFault::OutOfOrder(record.sequence));
        }
        if record.sequence > expected {
            self.fault(AuditFault::Removed {
                first: expected,
                last: record.sequence - 1,
            });
        }
        let is_contiguous = record.sequence == expected;
        self.check_content(record, is_contiguous);
        self.check_checkpoints(record, expected);
        self.report.records += 1;
        self.report.head.sequence = record.sequence;
        self.report.head.hash = record.hash;
        self.previous = record.hash;
    }

    fn check_content(&mut self, record: &ChainedRecord, is_contiguous: bool) {
        let is_what_it_says = canonical(&record.record).is_ok_and(|octets| octets == record.canonical);
        let is_linked =
            !is_contiguous || link(&self.previous, record.sequence, &record.canonical) == record.hash;
        if !is_what_it_says || !is_linked {
            self.fault(AuditFault::Edited(record.sequence));
        }
    }

    fn check_checkpoints(&mut self, record: &ChainedRecord, expected: u64) {
        let passed: Vec<_> = self
            .signed
            .range(expected..=record.sequence)
            .map(|(sequence, hash)| (*sequence, *hash))
            .collect();
        for (sequence, hash) in passed {
            self.signed.remove(&sequence);
            // One that stood among removed records was reported with them.
            if sequence == record.sequence {
                if hash == record.hash {
                    self.report.checkpoints += 1;
                } else {
                    self.fault(AuditFault::Rewritten(sequence));
                }
            }
        }
    }

    /// What was found. A checkpoint beyond the end shows that the end was cut off.
    pub fn finish(mut self) -> AuditReport {
        if let Some((signed, _)) = self.signed.last_key_value() {
            let fault = AuditFault::Truncated {
                end: self.report.head.sequence,
                signed: *signed,
            };
            self.fault(fault);
        }
        self.report
    }

    fn fault(&mut self, fault: AuditFault) {
        self.report.fault_count += 1;
        if self.report.faults.len() < FAULT_LIMIT {
            self.report.faults.push(fault);
        }
    }
}
