//! The connection that requests share, and the circuit around it: while it is broken, every request fails at once, and a keeper beside
//! them tries to connect. Nobody waits for a server that does not answer longer than once.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use idp_store::StoreError;
use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::connector::{Connection, Connector};

/// So many failures in a row, without an answer between them, break the circuit.
const FAILURES: u32 = 3;

/// The pauses between two attempts to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Why Redis did not do what it was asked to. Where the connection was lost it may have done so.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("Redis is not connected")]
    NotConnected,
    #[error("Redis did not answer in time")]
    TimedOut,
    #[error("Redis: {0}")]
    Redis(#[from] RedisError),
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        Self::new(failure)
    }
}

impl Failure {
    /// Whether time will not mend it: a name or a password is wrong.
    pub(crate) fn is_refusal(&self) -> bool {
        let Self::Redis(error) = self else { return false };
        error.kind() == ErrorKind::AuthenticationFailed
            || matches!(error.code(), Some("NOAUTH" | "WRONGPASS" | "NOPERM"))
    }

    /// Whether the server on this connection cannot serve, whoever asks.
    fn is_loss(&self) -> bool {
        let Self::Redis(error) = self else { return true };
        error.is_io_error()
            || error.is_unrecoverable_error()
            || matches!(
                error.kind(),
                ErrorKind::ClusterConnectionNotFound
                    | ErrorKind::Server(
                        ServerErrorKind::ReadOnly
                            | ServerErrorKind::MasterDown
                            | ServerErrorKind::BusyLoading
                            | ServerErrorKind::ClusterDown
                    )
            )
    }
}

/// Does something with Redis within a time.
pub(crate) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, RedisError>>,
) -> Result<T, Failure> {
    timeout(limit, work)
        .await
        .map_or(Err(Failure::TimedOut), |done| done.map_err(Failure::Redis))
}

struct Live {
    connection: Connection,
    failures: AtomicU32,
}

/// The connection, where there is one.
pub(crate) struct Link {
    live: RwLock<Option<Arc<Live>>>,
    lost: Notify,
    limit: Duration,
}

impl Link {
    /// Without a connection; `limit` is how long a request may take.
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            live: RwLock::new(None),
            lost: Notify::new(),
            limit,
        }
    }

    fn live(&self) -> Option<Arc<Live>> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn connect(&self, connection: Connection) {
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(Live {
            connection,
            failures: AtomicU32::new(0),
        }));
    }

    /// Breaks the circuit, unless another connection took the place of this one.
    fn retire(&self, live: &Arc<Live>) {
        let mut place = self.live.write().unwrap_or_else(PoisonError::into_inner);
        if place.as_ref().is_some_and(|current| Arc::ptr_eq(current, live)) {
            *place = None;
            self.lost.notify_one();
        }
    }

    /// Sends a command and waits for its answer, within the time that a request may take.
    pub(crate) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Failure> {
        let live = self.live().ok_or(Failure::NotConnected)?;
        let mut connection = live.connection.clone();
        let answer = within(self.limit, command.query_async(&mut connection)).await;
        match &answer {
            Err(failure) if failure.is_loss() => {
                let failures = live.failures.fetch_add(1, Ordering::Relaxed).saturating_add(1);
                let wire_is_lost = live.connection.is_one_wire() && !matches!(failure, Failure::TimedOut);
                if wire_is_lost || failures >= FAILURES {
                    tracing::warn!(error = %failure, "the connection to Redis is given up");
                    self.retire(&live);
                }
            }
            _ => live.failures.store(0, Ordering::Relaxed),
        }
        answer
    }

    /// Connects.
    pub(crate) async fn attempt(&self, connector: &Connector, limit: Duration) -> Result<(), Failure> {
        let mut connection = within(limit, connector.connect()).await?;
        match within(limit, connection.memory_policy()).await {
            Ok(Some(policy)) if policy != "noeviction" => {
                tracing::warn!(
                    policy,
                    "Redis may evict what is waiting; its maxmemory-policy should be noeviction"
                );
            }
            Ok(_) => (),
            Err(failure) => tracing::debug!(error = %failure, "Redis does not tell its maxmemory-policy"),
        }
        self.connect(connection);
        Ok(())
    }

    /// Connects again whenever the connection is lost, for ever.
    pub(crate) async fn keep(self: Arc<Self>, connector: Arc<Connector>, limit: Duration) {
        loop {
            while self.live().is_some() {
                self.lost.notified().await;
            }
            let (mut pauses, mut told) = (Pauses::default(), false);
            while let Err(failure) = self.attempt(&connector, limit).await {
                if !std::mem::replace(&mut told, true) {
                    tracing::warn!(error = %failure, "Redis does not answer; it is asked again and again");
                }
                pauses.wait().await;
            }
            tracing::info!("Redis is connected");
        }
    }
}

/// Pauses that grow.
pub(crate) struct Pauses(Duration);

impl Default for Pauses {
    fn default() -> Self {
        Self(FIRST_PAUSE)
    }
}

impl Pauses {
    pub(crate) async fn wait(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = self.0.saturating_mul(2).min(LONGEST_PAUSE);
    }
}
