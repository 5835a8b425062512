//! One batch, one transaction: hold what it depends on, decide, write, commit.

use std::sync::Arc;

use idp_store::batch::{self, Verdicts};
use idp_store::cache::{Caches, UnderWay, Withdrawal};
use idp_store::durable::{Change, Checkpoint, Commit};
use idp_store::{StoreError, sql};
use idp_types::Timestamp;

use super::session::Session;
use crate::connect::{code, is_lost};
use crate::listener;
use crate::row::failed;

/// A token knows the last revocation before it, and a revocation how long the tokens before it live. So whoever issues does it beside
/// others who issue, and whoever revokes does it alone. Both take the lock before they read anything.
const BEGIN: &str = "BEGIN";
const BEGIN_ISSUING: &str = "BEGIN; SELECT pg_advisory_xact_lock_shared(1929216, 0)";
const BEGIN_REVOKING: &str = "BEGIN; SELECT pg_advisory_xact_lock(1929216, 0)";

/// One instance forgets at a time; the others find nothing to do.
const BEGIN_PRUNING: &str = "SELECT pg_try_advisory_xact_lock(1929216, 1)";

/// Why a transaction did not end well.
pub(super) enum Stop {
    /// Another instance wrote something that this batch would write: it was undone, and may be decided again.
    Raced(StoreError),
    /// It cannot be written, and was undone.
    Refused(StoreError),
    /// The connection is of no more use. Nothing was committed.
    Lost(StoreError),
    /// The connection was lost during COMMIT.
    InDoubt(Box<Undecided>),
}

/// What is known of a batch that is in doubt.
pub(super) struct Undecided {
    /// The answers if it was done.
    pub(super) verdicts: Verdicts,
    pub(super) under_way: UnderWay,
    pub(super) reason: StoreError,
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        if is_lost(&error) {
            return Self::Lost(failed(error));
        }
        match code(&error).as_deref() {
            // A unique violation, a serialization failure, a deadlock.
            Some("23505" | "40001" | "40P01") => Self::Raced(failed(error)),
            _ => Self::Refused(failed(error)),
        }
    }
}

fn begin(commits: &[Commit]) -> &'static str {
    let mut text = BEGIN;
    for change in commits.iter().flat_map(|commit| &commit.changes) {
        match change {
            Change::RevokeTokens { .. }
            | Change::RevokeGrant { .. }
            | Change::RevokeSession { .. }
            | Change::RemoveClient { .. } => return BEGIN_REVOKING,
            Change::IssueToken(_) => text = BEGIN_ISSUING,
            _ => {}
        }
    }
    text
}

impl Session {
    /// Commits a batch as a whole.
    pub(super) async fn transact(
        &mut self,
        caches: &Arc<Caches>,
        commits: &[Commit],
    ) -> Result<Verdicts, Stop> {
        let result = self.write(caches, commits).await;
        match result {
            Err(stop @ (Stop::Raced(_) | Stop::Refused(_))) => {
                self.roll_back().await?;
                Err(stop)
            }
            other => other,
        }
    }

    async fn write(&mut self, caches: &Arc<Caches>, commits: &[Commit]) -> Result<Verdicts, Stop> {
        self.run(begin(commits)).await?;
        let known = self.ask(commits).await?;
        let decision = batch::decide(commits, known).map_err(Stop::Refused)?;
        if !decision.is_anything_admitted() {
            self.roll_back().await?;
            return Ok(decision.verdicts);
        }
        let withdrawal = decision.rows.withdrawal();
        let notice = self.notice(&withdrawal)?;
        let filled = sql::filled(&decision.rows, self.chain_id).map_err(Stop::Refused)?;
        let statements = sql::statements(&decision.rows).map_err(Stop::Refused)?;
        let under_way = caches.begin(withdrawal);
        for statement in &statements {
            self.execute(statement).await?;
        }
        self.fill(&filled, notice).await?;
        if let Err(error) = self.run("COMMIT").await {
            return Err(Stop::InDoubt(Box::new(Undecided {
                verdicts: decision.verdicts,
                under_way,
                reason: failed(error),
            })));
        }
        self.batch += 1;
        Ok(decision.verdicts)
    }

    /// What the other instances are told; nothing about a login.
    fn notice(&self, withdrawal: &Withdrawal) -> Result<Option<String>, Stop> {
        let notice = (!withdrawal.is_empty()).then(|| listener::payload(self.chain_id, withdrawal));
        notice.transpose().map_err(|error| Stop::Refused(failed(error)))
    }

    async fn roll_back(&mut self) -> Result<(), Stop> {
        let undone = self.run("ROLLBACK").await;
        undone.map_err(|error| Stop::Lost(failed(error)))
    }

    /// A checkpoint is signed anew when this failed, so that it needs no number.
    pub(super) async fn put_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), Stop> {
        self.execute(&sql::put_checkpoint(checkpoint)).await.map(drop)
    }

    /// Forgets some of what expired; how many rows.
    pub(super) async fn prune(&mut self, caches: &Arc<Caches>, now: Timestamp) -> Result<u64, Stop> {
        let withdrawal = Withdrawal::pruning();
        let notice = self.notice(&withdrawal)?;
        let _under_way = caches.begin(withdrawal);
        let forgotten = self.forget(now, notice).await;
        if matches!(forgotten, Err(Stop::Raced(_) | Stop::Refused(_))) {
            self.roll_back().await?;
        }
        forgotten
    }

    async fn forget(&mut self, now: Timestamp, notice: Option<String>) -> Result<u64, Stop> {
        self.run(BEGIN).await?;
        let mut forgotten = 0;
        if self.is_true(BEGIN_PRUNING).await? {
            for statement in sql::prune(now) {
                forgotten += self.execute(&statement).await?;
            }
        }
        if forgotten == 0 {
            self.roll_back().await?;
            return Ok(0);
        }
        self.fill(&[], notice).await?;
        let committed = self.run("COMMIT").await;
        committed.map_err(|error| Stop::Lost(failed(error)))?;
        self.batch += 1;
        Ok(forgotten)
    }
}
