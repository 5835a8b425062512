//! A batch whose COMMIT was sent and not answered.

use std::pin::Pin;
use std::time::Duration;

use idp_store::StoreError;
use idp_store::batch::{Batch, Verdicts};
use idp_store::cache::UnderWay;
use tokio::time::Sleep;

/// How long its callers wait to know.
const PATIENCE: Duration = Duration::from_secs(10);

/// The connection was lost before it was committed.
#[derive(Debug, thiserror::Error)]
#[error("the connection to PostgreSQL was lost before the commit")]
struct Undone;

/// The connection was lost while it was committed.
#[derive(Debug, thiserror::Error)]
#[error("the connection to PostgreSQL was lost during the commit, and it is not known what became of it")]
struct Unknown;

pub(super) struct Doubt {
    number: i64,
    batch: Batch,
    verdicts: Verdicts,
    _under_way: UnderWay,
    pub(super) deadline: Pin<Box<Sleep>>,
}

impl Doubt {
    pub(super) fn new(number: i64, batch: Batch, verdicts: Verdicts, under_way: UnderWay) -> Self {
        Self {
            number,
            batch,
            verdicts,
            _under_way: under_way,
            deadline: Box::pin(tokio::time::sleep(PATIENCE)),
        }
    }

    /// Answers when the database says which batch was the last one. Nobody else could have written one: the chain was ours before, and
    /// is now.
    pub(super) fn resolve(self, last: i64) {
        let was_committed = last == self.number;
        tracing::info!(was_committed, "what became of the last commit is known");
        if was_committed {
            self.batch.answer(self.verdicts);
        } else {
            self.batch.fail(&StoreError::new(Undone));
        }
    }

    pub(super) fn give_up(self) {
        tracing::error!("nobody waits any longer to know what became of a commit");
        self.batch.fail(&StoreError::new(Unknown));
    }
}
