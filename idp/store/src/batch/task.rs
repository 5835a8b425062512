//! The writer's queue: who waits, who is answered, and how batches are gathered.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use idp_types::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::StoreError;
use crate::durable::{Checkpoint, Commit, CommitError};

/// The most commits of one transaction.
const BATCH: usize = 256;

/// How long a batch is left open for more while several callers are at work: what a commit costs is mostly the transaction, and a
/// transaction of forty costs little more than one of four. A caller that is alone never waits for this.
const LINGER: Duration = Duration::from_millis(2);

/// Tasks that wait for the writer at the most; further callers wait for their turn.
const QUEUE: usize = 1024;

/// What the writer is asked to do.
#[derive(Debug)]
pub enum Task {
    /// Commit a decision.
    Commit(Commit, Reply<CommitError>),
    /// Store a checkpoint.
    Checkpoint(Checkpoint, oneshot::Sender<Result<(), StoreError>>),
    /// Forget some of what expired.
    Prune(Timestamp, Reply<StoreError>),
}

/// Where an answer with a number goes.
pub type Reply<E> = oneshot::Sender<Result<u64, E>>;

/// What a batch answers, commit by commit.
pub type Verdicts = Vec<Result<u64, CommitError>>;

/// The writer is gone: its runtime is shutting down.
#[derive(Debug, thiserror::Error)]
#[error("the store is closed")]
struct Closed;

/// How busy a writer is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WriterLoad {
    /// Tasks that wait for it.
    pub queued: usize,
    /// Batches since it began.
    pub batches: u64,
    /// Commits in them.
    pub commits: u64,
}

#[derive(Debug, Default)]
struct Counts {
    batches: AtomicU64,
    commits: AtomicU64,
}

/// The callers' end of the queue. The writer ends when it is gone and everything queued is done.
#[derive(Debug)]
pub struct WriteTasks {
    tasks: mpsc::Sender<Task>,
    counts: Arc<Counts>,
}

/// The writer's end of the queue.
#[derive(Debug)]
pub struct TaskQueue {
    tasks: mpsc::Receiver<Task>,
    counts: Arc<Counts>,
}

/// A queue for one writer.
pub fn task_queue() -> (WriteTasks, TaskQueue) {
    let (sender, tasks) = mpsc::channel(QUEUE);
    let counts = Arc::<Counts>::default();
    let callers = WriteTasks {
        tasks: sender,
        counts: Arc::clone(&counts),
    };
    (callers, TaskQueue { tasks, counts })
}

impl WriteTasks {
    /// How busy the writer is.
    pub fn load(&self) -> WriterLoad {
        WriterLoad {
            queued: self.tasks.max_capacity().saturating_sub(self.tasks.capacity()),
            batches: self.counts.batches.load(Ordering::Relaxed),
            commits: self.counts.commits.load(Ordering::Relaxed),
        }
    }

    /// Queues a task and waits for its answer.
    ///
    /// # Errors
    /// [`StoreError`] when the writer is gone.
    pub async fn ask<T>(&self, task: impl FnOnce(oneshot::Sender<T>) -> Task) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.tasks.send(task(reply)).await;
        sent.map_err(|_| StoreError::new(Closed))?;
        answer.await.map_err(|_| StoreError::new(Closed))
    }
}

/// Commits that are decided together, and who waits for each.
#[derive(Debug, Default)]
pub struct Batch {
    /// The commits.
    pub commits: Vec<Commit>,
    replies: Vec<Reply<CommitError>>,
}

impl Batch {
    fn push(&mut self, commit: Commit, reply: Reply<CommitError>) {
        self.commits.push(commit);
        self.replies.push(reply);
    }

    /// Answers everybody, one verdict a commit.
    pub fn answer(self, verdicts: Verdicts) {
        for (verdict, reply) in verdicts.into_iter().zip(self.replies) {
            // Whoever does not wait any more has lost the answer, not the commit.
            let _ = reply.send(verdict);
        }
    }

    /// Answers everybody that the store failed.
    pub fn fail(self, error: &StoreError) {
        let verdicts = self.commits.iter().map(|_| Err(error.again().into())).collect();
        self.answer(verdicts);
    }
}

/// Why an attempt at a batch answered nothing.
#[derive(Debug)]
pub enum Failure {
    /// The engine refused it as a whole: each of its commits may be tried alone.
    Refused(StoreError),
    /// The engine does not answer. Nothing was written.
    Unavailable(StoreError),
    /// The engine went away during the last step. These are the answers if that was done.
    InDoubt(Verdicts),
}

/// The engine's half of the writer.
pub trait Writer: Send {
    /// What there may be to do beside tasks.
    type Event: Send;

    /// Waits until there is something to do beside tasks. It is dropped, and called again, whenever tasks come first.
    fn event(&mut self) -> impl Future<Output = Self::Event> + Send;
    /// Does it.
    fn handle(&mut self, event: Self::Event) -> impl Future<Output = ()> + Send;
    /// Tries to commit a batch as one transaction.
    fn attempt(&mut self, commits: &[Commit]) -> impl Future<Output = Result<Verdicts, Failure>> + Send;
    /// Takes over a batch that is in doubt, to answer it when it is known what became of it.
    fn resolve(&mut self, batch: Batch, verdicts: Verdicts);
    /// Stores a checkpoint.
    fn put_checkpoint(
        &mut self,
        checkpoint: &Checkpoint,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Forgets some of what expired; how many rows.
    fn prune(&mut self, now: Timestamp) -> impl Future<Output = Result<u64, StoreError>> + Send;
    /// Does what must be done after an answer and before the next one.
    fn settle(&mut self) -> impl Future<Output = ()> + Send;
    /// Closes the database.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// Works until every sender is gone and everything queued is done; then closes the database.
pub async fn run<W: Writer>(mut writer: W, queue: TaskQueue) {
    let TaskQueue { mut tasks, counts } = queue;
    let mut queued = Vec::with_capacity(BATCH);
    let mut crowded = false;
    loop {
        tokio::select! {
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
                work(&mut writer, queued.drain(..), &counts).await;
                writer.settle().await;
            }
            event = writer.event() => writer.handle(event).await,
        }
    }
    writer.close().await;
}

async fn work<W: Writer>(writer: &mut W, tasks: impl Iterator<Item = Task>, counts: &Counts) {
    let (mut batch, mut others) = (Batch::default(), Vec::new());
    for task in tasks {
        match task {
            Task::Commit(commit, reply) => batch.push(commit, reply),
            other => others.push(other),
        }
    }
    if !batch.commits.is_empty() {
        let commits = u64::try_from(batch.commits.len()).unwrap_or(u64::MAX);
        counts.batches.fetch_add(1, Ordering::Relaxed);
        counts.commits.fetch_add(commits, Ordering::Relaxed);
    }
    commit(writer, batch).await;
    for task in others {
        match task {
            Task::Checkpoint(checkpoint, reply) => {
                let _ = reply.send(writer.put_checkpoint(&checkpoint).await);
            }
            Task::Prune(now, reply) => {
                let _ = reply.send(writer.prune(now).await);
            }
            Task::Commit(one, reply) => {
                let mut batch = Batch::default();
                batch.push(one, reply);
                commit(writer, batch).await;
            }
        }
    }
}

/// Commits a batch. When the engine refuses it as a whole, each commit is tried alone, so that one that cannot be written does not take
/// others with it.
async fn commit<W: Writer>(writer: &mut W, batch: Batch) {
    if batch.commits.is_empty() {
        return;
    }
    match writer.attempt(&batch.commits).await {
        Ok(verdicts) => batch.answer(verdicts),
        Err(Failure::Refused(_)) if batch.commits.len() > 1 => {
            for (one, reply) in batch.commits.into_iter().zip(batch.replies) {
                let mut alone = Batch::default();
                alone.push(one, reply);
                match writer.attempt(&alone.commits).await {
                    Ok(verdicts) => alone.answer(verdicts),
                    Err(failure) => give_up(writer, alone, failure),
                }
            }
        }
        Err(failure) => give_up(writer, batch, failure),
    }
}

fn give_up<W: Writer>(writer: &mut W, batch: Batch, failure: Failure) {
    match failure {
        Failure::Refused(error) | Failure::Unavailable(error) => batch.fail(&error),
        Failure::InDoubt(verdicts) => writer.resolve(batch, verdicts),
    }
}
