//! The one writer of this process: what SQLite adds to [`idp_store::batch`].
//!
//! [`facts`] asks once for everything that a batch depends on, inside the transaction that holds the write lock; [`insert`] adds what the
//! admitted commits write, in bulk.

mod facts;
mod insert;
mod maintenance;

use std::sync::Arc;
use std::time::Duration;

use idp_store::batch::{self, Batch, Failure, Verdicts, Writer};
use idp_store::cache::Caches;
use idp_store::durable::{Change, Checkpoint, Commit};
use idp_store::{StoreError, sql};
use idp_types::Timestamp;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use tokio::time::{Interval, MissedTickBehavior};

use crate::row::execute;
use insert::{Inserts, Script};

/// How often another process' commits are looked for while this one is idle.
const WATCH: Duration = Duration::from_millis(250);

/// The chain that this process writes.
pub(crate) struct Chain {
    pub(crate) id: i64,
    pub(crate) name: String,
}

/// The writer.
pub(crate) struct SqliteWriter {
    connection: SqliteConnection,
    chain: Chain,
    caches: Arc<Caches>,
    facts: Arc<str>,
    inserts: Inserts,
    watch: Interval,
    data_version: Option<i64>,
    erasure_pending: bool,
}

impl SqliteWriter {
    pub(crate) fn new(connection: SqliteConnection, chain: Chain, caches: Arc<Caches>) -> Self {
        let mut watch = tokio::time::interval(WATCH);
        watch.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            connection,
            chain,
            caches,
            facts: facts::statement(),
            inserts: Inserts::default(),
            watch,
            data_version: None,
            erasure_pending: false,
        }
    }

    /// One transaction, in two texts of statements: each text is a turn of the connection's thread, and of this task.
    async fn write(&mut self, commits: &[Commit]) -> Result<Verdicts, StoreError> {
        let (known, data_version) =
            facts::ask(&mut self.connection, &self.facts, &self.chain, commits).await?;
        let decision = batch::decide(commits, known)?;
        let rows = &decision.rows;
        let mut script = Script::default();
        for filled in sql::filled(rows, self.chain.id)? {
            script.fill(&mut self.inserts, filled)?;
        }
        let under_way = self.caches.begin(rows.withdrawal());
        for statement in sql::statements(rows)? {
            execute(&mut self.connection, statement).await?;
        }
        script.commit(&mut self.connection).await?;
        drop(under_way);
        self.notice(data_version);
        let is_erasure = |change: &&Change| {
            matches!(
                change,
                Change::EraseSubjectKey { .. }
                    | Change::RemoveAccountLink { .. }
                    | Change::RemoveClient { .. }
                    | Change::RemoveServiceProvider { .. }
            )
        };
        self.erasure_pending |= rows.changes.iter().any(is_erasure);
        Ok(decision.verdicts)
    }

    /// Ends the transaction of a batch that failed; often the engine has done so by itself.
    async fn roll_back(&mut self) {
        if let Err(error) = sqlx::query("ROLLBACK").execute(&mut self.connection).await {
            tracing::debug!(%error, "there was no transaction to roll back");
        }
    }

    /// SQLite's `data_version` of a connection changes when another one wrote; all writes of this process go through this one.
    fn notice(&mut self, data_version: i64) {
        if self.data_version.replace(data_version) != Some(data_version) {
            self.caches.clear();
        }
    }
}

impl Writer for SqliteWriter {
    type Event = ();

    async fn event(&mut self) {
        self.watch.tick().await;
    }

    async fn handle(&mut self, (): ()) {
        self.look_around().await;
    }

    async fn attempt(&mut self, commits: &[Commit]) -> Result<Verdicts, Failure> {
        match self.write(commits).await {
            Ok(verdicts) => Ok(verdicts),
            Err(error) => {
                tracing::warn!(%error, commits = commits.len(), "a batch failed");
                // Whether a COMMIT that failed reached the file is not known: read everything again.
                self.caches.clear();
                self.data_version = None;
                self.roll_back().await;
                Err(Failure::Refused(error))
            }
        }
    }

    fn resolve(&mut self, batch: Batch, _: Verdicts) {
        batch.fail(&StoreError::new("the file did not say what became of the commit"));
    }

    async fn put_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        let put = sql::put_checkpoint(checkpoint);
        execute(&mut self.connection, put).await.map(drop)
    }

    async fn prune(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        self.forget(now).await
    }

    async fn settle(&mut self) {
        if self.erasure_pending {
            self.finish_erasure().await;
        }
    }

    async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "the database did not close cleanly; it recovers when it is opened");
        }
    }
}
