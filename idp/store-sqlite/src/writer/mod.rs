//! The one writer of this process: takes what is queued, commits it as one transaction, then acknowledges each decision.
//!
//! A batch is decided in memory and written in bulk: [`facts`] asks the database once for everything that the batch depends on, inside
//! the transaction that holds the write lock; [`ledger`] decides the commits in their order, each against what the ones before it did;
//! [`rows`] writes what the admitted ones change. Because a refused commit has written nothing, none needs a savepoint.

mod facts;
mod federation;
mod insert;
mod ledger;
mod maintenance;
mod records;
mod revocations;
mod rows;

use std::sync::Arc;
use std::time::Duration;

use idp_core::audit::AuditEvent;
use idp_store::durable::{ChainHead, Change, Checkpoint, Commit, CommitError};
use idp_store::{StoreError, audit};
use idp_types::Timestamp;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;

use crate::cache::{Caches, CommitUnderWay, RevocationUnderWay};
use crate::row::failed;
use ledger::Ledger;
use rows::{AuditRow, Rows, Statements};

/// The most commits of one transaction.
const BATCH: usize = 256;

/// How long a batch is left open for more while several callers are at work: what a commit costs is mostly the transaction, and a
/// transaction of forty costs little more than one of four. A caller that is alone never waits for this.
const LINGER: Duration = Duration::from_millis(2);

/// How often another process' commits are looked for while this one is idle.
const WATCH: Duration = Duration::from_millis(250);

/// What the writer is asked to do.
pub(crate) enum Task {
    /// Commit a decision.
    Commit(Commit, Reply<CommitError>),
    /// Store a checkpoint.
    Checkpoint(Checkpoint, oneshot::Sender<Result<(), StoreError>>),
    /// Forget some of what expired.
    Prune(Timestamp, Reply<StoreError>),
}

/// Where an answer with a number goes.
pub(crate) type Reply<E> = oneshot::Sender<Result<u64, E>>;

/// The chain that this process writes.
pub(crate) struct Chain {
    pub(crate) id: i64,
    pub(crate) name: String,
}

/// The writer.
pub(crate) struct Writer {
    connection: SqliteConnection,
    chain: Chain,
    caches: Arc<Caches>,
    statements: Statements,
    data_version: Option<i64>,
    erasure_pending: bool,
}

/// What a written batch answers, commit by commit.
type Verdicts = Vec<Result<u64, CommitError>>;

impl Writer {
    pub(crate) fn new(connection: SqliteConnection, chain: Chain, caches: Arc<Caches>) -> Self {
        Self {
            connection,
            chain,
            caches,
            statements: Statements::default(),
            data_version: None,
            erasure_pending: false,
        }
    }

    /// Works until every sender is gone and everything queued is done; then closes the file.
    pub(crate) async fn run(mut self, mut tasks: mpsc::Receiver<Task>) {
        let mut queued = Vec::with_capacity(BATCH);
        let mut watch = tokio::time::interval(WATCH);
        watch.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut crowded = false;
        loop {
            tokio::select! {
                biased;
                count = tasks.recv_many(&mut queued, BATCH) => {
                    if count == 0 {
                        break;
                    }
                    if crowded && count < BATCH {
                        tokio::time::sleep(LINGER).await;
                        while queued.len() < BATCH
                            && let Ok(task) = tasks.try_recv()
                        {
                            queued.push(task);
                        }
                    }
                    crowded = queued.len() > 1;
                    self.work(queued.drain(..)).await;
                }
                _ = watch.tick() => self.look_around().await,
            }
        }
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "the database did not close cleanly; it recovers when it is opened");
        }
    }

    async fn work(&mut self, tasks: impl Iterator<Item = Task>) {
        let (mut commits, mut replies, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for task in tasks {
            match task {
                Task::Commit(commit, reply) => {
                    commits.push(commit);
                    replies.push(reply);
                }
                other => others.push(other),
            }
        }
        for (verdict, reply) in self.commit_all(&commits).await.into_iter().zip(replies) {
            // Whoever does not wait any more has lost the answer, not the commit.
            let _ = reply.send(verdict);
        }
        for task in others {
            self.maintain(task).await;
        }
        if self.erasure_pending {
            self.finish_erasure().await;
        }
    }

    /// Commits a batch. When the engine refuses it as a whole, each commit is tried alone, so that one that cannot be written does
    /// not take others with it.
    async fn commit_all(&mut self, commits: &[Commit]) -> Verdicts {
        let (first, rest) = match commits {
            [] => return Vec::new(),
            [first, rest @ ..] => (first, rest),
        };
        match self.commit_batch(commits).await {
            Ok(verdicts) => verdicts,
            Err(error) if rest.is_empty() => vec![Err(error.into())],
            Err(error) => {
                tracing::warn!(%error, commits = commits.len(), "a batch failed; its commits are tried one by one");
                let mut verdicts = Vec::with_capacity(commits.len());
                for commit in std::iter::once(first).chain(rest) {
                    let verdict = self.commit_batch(std::slice::from_ref(commit)).await;
                    verdicts.push(match verdict {
                        Ok(mut one) => one.pop().unwrap_or(Err(CommitError::Conflict)),
                        Err(error) => Err(error.into()),
                    });
                }
                verdicts
            }
        }
    }

    async fn commit_batch(&mut self, commits: &[Commit]) -> Result<Verdicts, StoreError> {
        let result = self.write(commits).await;
        if result.is_err() {
            // Whether a COMMIT that failed reached the file is not known: read everything again.
            self.caches.clear();
            self.data_version = None;
            self.roll_back().await;
        }
        result
    }

    /// One transaction, in two texts of statements: each text is a turn of the connection's thread, and of this task.
    async fn write(&mut self, commits: &[Commit]) -> Result<Verdicts, StoreError> {
        let answers = facts::ask(&mut self.connection, self.chain.id, commits).await?;
        let mut head = ChainHead {
            chain: self.chain.name.clone(),
            sequence: answers.sequence,
            hash: answers.hash,
        };
        let mut ledger = Ledger::new(answers.facts);
        let mut rows = Rows::after(answers.revocation);
        let mut verdicts = Vec::with_capacity(commits.len());
        for commit in commits {
            let verdict = ledger.admit(commit);
            if verdict.is_ok() {
                rows.extend(commit);
                record(commit, &mut head, &mut rows)?;
            }
            verdicts.push(verdict.map(|()| head.sequence));
        }
        let under_way = withdraw(&self.caches, &rows);
        rows.commit(&mut self.connection, self.chain.id, &self.statements)
            .await?;
        drop(under_way);
        self.notice(answers.data_version);
        let is_erasure = |change: &&Change| {
            matches!(
                change,
                Change::EraseSubjectKey { .. }
                    | Change::RemoveAccountLink { .. }
                    | Change::RemoveClient { .. }
            )
        };
        self.erasure_pending |= rows.changes.iter().any(is_erasure);
        Ok(verdicts)
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

/// The records that the rows replace leave the caches; nothing when there are none, as in a login.
fn withdraw(caches: &Arc<Caches>, rows: &Rows<'_>) -> (Option<CommitUnderWay>, Option<RevocationUnderWay>) {
    let holders = rows.changes.iter().filter_map(|change| match change {
        Change::PutHolder { holder, .. } => Some(&holder.token_id),
        _ => None,
    });
    let services = rows.changes.iter().filter_map(|change| match change {
        Change::PutService { service, .. } => Some(&service.service_id),
        _ => None,
    });
    let clients = rows.changes.iter().filter_map(|change| match change {
        Change::PutClient { client, .. } => Some(&client.client_id),
        Change::RemoveClient { client_id, .. } => Some(client_id),
        _ => None,
    });
    let commit = (!rows.changes.is_empty()).then(|| caches.begin_commit(holders, services, clients));
    let revocation = (!rows.revocations.is_empty()).then(|| caches.begin_revocation());
    (commit, revocation)
}

/// Chains the records of an admitted commit.
fn record<'a>(commit: &'a Commit, head: &mut ChainHead, rows: &mut Rows<'a>) -> Result<(), StoreError> {
    for record in &commit.audit {
        let canonical = audit::canonical(record).map_err(failed)?;
        head.advance(&canonical);
        rows.audit.push(AuditRow {
            record,
            event: AuditEvent::as_str(record.event),
            sequence: head.sequence,
            hash: head.hash,
            canonical,
        });
    }
    Ok(())
}
