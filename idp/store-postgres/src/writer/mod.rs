//! The one writer of this instance: what PostgreSQL adds to [`idp_store::batch`].
//!
//! [`session`] is its connection, which is also its right to the audit chain; [`facts`] asks for what a batch depends on and holds it;
//! [`fill`] adds what the admitted commits write, in one statement; [`transaction`] puts these together; [`doubt`] finds out what became of
//! a batch whose last step was not answered.

mod doubt;
mod facts;
mod fill;
mod session;
mod transaction;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use idp_store::StoreError;
use idp_store::batch::{Batch, Failure, Verdicts, Writer};
use idp_store::cache::{Caches, UnderWay};
use idp_store::durable::{Checkpoint, Commit};
use idp_types::Timestamp;
use tokio::time::{Interval, MissedTickBehavior};

use crate::connect::Connector;
use doubt::Doubt;
use transaction::Stop;

pub(crate) use session::Session;

/// How often an idle connection is tried.
const WATCH: Duration = Duration::from_secs(1);

/// How often a batch is decided again because another instance was faster; then its commits are tried one by one, as often each.
const ATTEMPTS: usize = 5;

/// The first wait before connecting again; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(25);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// There is no connection, and a new one is being made.
#[derive(Debug, thiserror::Error)]
#[error("PostgreSQL does not answer")]
struct Away;

/// The connection, or the making of a new one.
enum Link {
    Up(Session),
    Down(Pin<Box<dyn Future<Output = Session> + Send>>),
}

/// What there is to do beside tasks.
pub(crate) enum Event {
    /// The connection has been idle.
    Idle,
    /// There is a new one.
    Connected(Box<Session>),
    /// Nobody waits any longer for what is in doubt.
    Overdue,
}

/// The writer.
pub(crate) struct PostgresWriter {
    connector: Connector,
    chain: String,
    link: Link,
    caches: Arc<Caches>,
    watch: Interval,
    /// A batch in doubt that nobody has taken over yet: its number, and what it withdraws from the caches.
    undecided: Option<(i64, UnderWay)>,
    doubt: Option<Doubt>,
}

impl PostgresWriter {
    pub(crate) fn new(connector: Connector, chain: String, session: Session, caches: Arc<Caches>) -> Self {
        let mut watch = tokio::time::interval(WATCH);
        watch.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            connector,
            chain,
            link: Link::Up(session),
            caches,
            watch,
            undecided: None,
            doubt: None,
        }
    }

    fn go_down(&mut self, reason: &StoreError) {
        tracing::warn!(%reason, "the connection that writes was lost");
        let reconnect = reconnect(self.connector.clone(), self.chain.clone());
        self.link = Link::Down(Box::pin(reconnect));
    }

    /// What became of one step outside batches.
    fn outcome<T>(&mut self, result: Result<T, Stop>) -> Result<T, StoreError> {
        match result {
            Ok(done) => Ok(done),
            Err(Stop::Lost(error)) => {
                self.go_down(&error);
                Err(error)
            }
            Err(Stop::Raced(error) | Stop::Refused(error)) => Err(error),
            Err(Stop::InDoubt(_)) => Err(StoreError::new(Away)),
        }
    }
}

/// Connects, however long that takes.
async fn reconnect(connector: Connector, chain: String) -> Session {
    let mut wait = FIRST_WAIT;
    loop {
        tokio::time::sleep(wait).await;
        match Session::open(&connector, &chain).await {
            Ok(session) => return session,
            Err(error) => tracing::debug!(%error, "PostgreSQL is still away"),
        }
        wait = LONGEST_WAIT.min(wait * 2);
    }
}

impl Writer for PostgresWriter {
    type Event = Event;

    async fn event(&mut self) -> Event {
        match (&mut self.link, &mut self.doubt) {
            (Link::Up(_), _) => {
                self.watch.tick().await;
                Event::Idle
            }
            (Link::Down(session), None) => Event::Connected(Box::new(session.await)),
            (Link::Down(session), Some(doubt)) => tokio::select! {
                session = session => Event::Connected(Box::new(session)),
                () = &mut doubt.deadline => Event::Overdue,
            },
        }
    }

    async fn handle(&mut self, event: Event) {
        match event {
            Event::Idle => {
                if let Link::Up(session) = &mut self.link {
                    let answer = session.ping().await;
                    // Whoever commits next is told; there is nobody to tell now.
                    let _ = self.outcome(answer);
                }
            }
            Event::Connected(session) => {
                tracing::info!("the connection that writes is back");
                if let Some(doubt) = self.doubt.take() {
                    doubt.resolve(session.batch());
                }
                self.link = Link::Up(*session);
            }
            Event::Overdue => {
                if let Some(doubt) = self.doubt.take() {
                    doubt.give_up();
                }
            }
        }
    }

    async fn attempt(&mut self, commits: &[Commit]) -> Result<Verdicts, Failure> {
        let Link::Up(session) = &mut self.link else {
            return Err(Failure::Unavailable(StoreError::new(Away)));
        };
        let mut attempts = 1;
        let stop = loop {
            match session.transact(&self.caches, commits).await {
                Ok(verdicts) => return Ok(verdicts),
                Err(Stop::Raced(error)) if attempts < ATTEMPTS => {
                    tracing::debug!(%error, attempts, "another instance was faster; the batch is decided again");
                    attempts += 1;
                }
                Err(stop) => break stop,
            }
        };
        match stop {
            Stop::Raced(error) | Stop::Refused(error) => {
                tracing::warn!(%error, commits = commits.len(), "a batch failed");
                Err(Failure::Refused(error))
            }
            Stop::Lost(error) => {
                self.go_down(&error);
                Err(Failure::Unavailable(error))
            }
            Stop::InDoubt(undecided) => {
                self.undecided = Some((session.batch() + 1, undecided.under_way));
                self.go_down(&undecided.reason);
                Err(Failure::InDoubt(undecided.verdicts))
            }
        }
    }

    fn resolve(&mut self, batch: Batch, verdicts: Verdicts) {
        match self.undecided.take() {
            Some((number, under_way)) => self.doubt = Some(Doubt::new(number, batch, verdicts, under_way)),
            None => batch.fail(&StoreError::new(Away)),
        }
    }

    async fn put_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        let Link::Up(session) = &mut self.link else {
            return Err(StoreError::new(Away));
        };
        let put = session.put_checkpoint(checkpoint).await;
        self.outcome(put)
    }

    async fn prune(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let Link::Up(session) = &mut self.link else {
            return Err(StoreError::new(Away));
        };
        let forgotten = session.prune(&self.caches, now).await;
        self.outcome(forgotten)
    }

    async fn settle(&mut self) {}

    async fn close(self) {
        if let Some(doubt) = self.doubt {
            doubt.give_up();
        }
        if let Link::Up(session) = self.link {
            session.close().await;
        }
    }
}
