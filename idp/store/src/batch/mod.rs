//! Decisions that arrive together are decided together: the one writer of a process asks its database once for everything that a batch
//! of commits depends on, decides them in memory in their order, each against what the ones before it did, and writes what the admitted
//! ones change. Because a refused commit has written nothing, none needs a savepoint.
//!
//! What is here is the same for every engine: [`run`] gathers batches, [`Questions`] are what to ask, [`decide`] is the decision, and
//! [`Rows`] are what it writes.

mod key;
mod ledger;
mod revocation;
mod rows;
mod task;

pub use key::{Facts, KINDS, Key, Known, Questions};
pub use revocation::{Revocation, Whose};
pub use rows::{AuditRow, GrantRows, Rows, SessionRows, TokenRow, VersionedRow};
pub use task::{
    Batch, Failure, Reply, Task, TaskQueue, Verdicts, WriteTasks, Writer, WriterLoad, run, task_queue,
};

use crate::durable::{ChainHead, Commit};
use crate::{StoreError, audit};
use ledger::Ledger;

/// What becomes of a batch.
#[derive(Debug)]
pub struct Decision<'a> {
    /// The answer to each commit: the sequence of its last audit record, or why it is refused.
    pub verdicts: Verdicts,
    /// What the admitted ones write.
    pub rows: Rows<'a>,
    /// Where the chain ends after it.
    pub head: ChainHead,
}

/// Decides a batch on what the database says.
///
/// # Errors
/// [`StoreError`] when an audit record has no canonical form: then none of it can be written.
pub fn decide<'a>(commits: &'a [Commit], known: Known<'a>) -> Result<Decision<'a>, StoreError> {
    let mut ledger = Ledger::new(known.facts);
    let mut decision = Decision {
        verdicts: Vec::with_capacity(commits.len()),
        rows: Rows::after(known.revocation),
        head: known.head,
    };
    for commit in commits {
        let verdict = ledger.admit(commit);
        if verdict.is_ok() {
            decision.admit(commit)?;
        }
        decision.verdicts.push(verdict.map(|()| decision.head.sequence));
    }
    Ok(decision)
}

impl<'a> Decision<'a> {
    /// Whether any commit of it is admitted.
    pub fn is_anything_admitted(&self) -> bool {
        self.verdicts.iter().any(Result::is_ok)
    }

    fn admit(&mut self, commit: &'a Commit) -> Result<(), StoreError> {
        self.rows.extend(commit);
        for record in &commit.audit {
            let canonical = audit::canonical(record).map_err(StoreError::new)?;
            self.head.advance(&canonical);
            self.rows.record(record, canonical, &self.head);
        }
        Ok(())
    }
}
