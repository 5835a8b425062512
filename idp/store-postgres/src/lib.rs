//! The durable store that instances share: PostgreSQL, with one batching writer an instance, several readers and a listener.
//!
//! Decisions that arrive together are committed together, as in the embedded store, by the same code: [`idp_store::batch`] decides,
//! [`idp_store::sql`] spells. What differs is that others write at the same time. A batch takes its rows in one order and holds them until
//! it is over; where another instance was faster with something new, the batch is undone and decided again on what is there now. An
//! instance writes an audit chain of its own, under a lock of its connection, so that no other can.
//!
//! A commit is acknowledged when PostgreSQL has it on disk. When the connection is lost in that very moment, the writer connects again
//! and reads which of its batches was the last one, before it answers.
//!
//! Records are cached. A commit that replaces some says so with `NOTIFY`; an instance that does not hear the others asks the database for
//! everything, which it notices within 250 milliseconds.
//!
//! The crate refuses to know the rules: it stores what the domain decided, under the preconditions that the decision names. It neither
//! reads a clock nor draws random numbers, and it opens nothing that is sealed.
//!
//! # What it needs
//!
//! PostgreSQL 14 or later, and connections that are one session each: a pooler in front of it must pool sessions, not transactions. A
//! server on another host is asked for TLS with a certificate that is checked, unless the URL has another `sslmode`. Replicas count as disk
//! only where `synchronous_standby_names` says so.
//!
//! Whoever owns the tables migrates (`idp migrate`); the program itself can do with less:
//!
//! ```sql
//! CREATE ROLE idp LOGIN PASSWORD '...';
//! GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO idp;
//! REVOKE UPDATE, DELETE ON audit_records, audit_chains, audit_checkpoints FROM idp;
//! REVOKE INSERT, UPDATE, DELETE ON _sqlx_migrations, compatibility FROM idp;
//! ```
//!
//! | specification | module | tests |
//! |---|---|---|
//! | architecture "Two stores", profile 4.4 (once, whatever happens) | [`PostgresStore`], `writer` | `tests/contract.rs`, `tests/instances.rs` |
//! | architecture "Two stores" (acknowledged is written) | `writer::doubt` | `tests/crash.rs` |
//! | profile 12 (append-only, chained) | `migrations/` | `tests/audit.rs` |
//! | operations 5 (one crate a dialect, migrations) | `schema`, `migrations/` | `tests/migrations.rs` |
//! | issue "Production" 1 (moving an embedded installation) | `import` | `tests/import.rs` |
//! | issue "Production" 2 (one leader) | `leader` | `tests/leader.rs` |
//! | issue "Production" 3 (time limits, recovery by itself) | `connect`, `writer`, `listener` | `tests/crash.rs` |

mod connect;
mod import;
mod leader;
mod libpq;
mod listener;
mod open;
mod row;
mod schema;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use idp_store::StoreError;
use idp_store::batch::WriteTasks;
use idp_store::cache::Caches;
use idp_store::sql::{Dialect, Engine, Statement};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPool;
use sqlx::{Connection, PgConnection, Postgres};
use tokio::task::JoinHandle;

pub use connect::{DatabaseUrl, UrlError};
pub use import::ImportError;
pub use open::{OpenError, Options};
pub use row::Row;
pub use schema::SchemaError;

use connect::{is_lost, is_slow, limited};
use row::{failed, query};

/// While the database is known to be away, a reader waits no longer than this for a connection.
const AWAY: Duration = Duration::from_millis(250);

/// The store. Dropping it lets the writer finish what is queued; [`PostgresStore::close`] waits for that.
pub struct PostgresStore {
    tasks: WriteTasks,
    readers: PgPool,
    patience: Duration,
    is_away: Arc<AtomicBool>,
    caches: Arc<Caches>,
    writer: JoinHandle<()>,
    listener: Listener,
    leader: leader::Leader,
}

impl PostgresStore {
    /// Waits until everything queued is committed and the connections are closed.
    ///
    /// # Errors
    /// [`StoreError`] when the writer ended before its time.
    pub async fn close(self) -> Result<(), StoreError> {
        drop(self.tasks);
        drop(self.listener);
        let closed = limited(self.patience, async {
            self.readers.close().await;
            Ok(())
        });
        if closed.await.is_err() {
            tracing::debug!("a reader was left to end by itself");
        }
        self.writer.await.map_err(StoreError::new)
    }

    async fn reader(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        let acquired = self.readers.acquire();
        if self.is_away.load(Ordering::Relaxed) {
            limited(AWAY, acquired).await
        } else {
            acquired.await
        }
    }

    /// The rows of each statement, all of one moment. It is tried once more for every connection of the pool that turns out to be lost: all
    /// of them are after a restart.
    async fn read(&self, statements: &[Statement<'_>]) -> Result<Vec<Vec<Row>>, StoreError> {
        let mut left = self.readers.options().get_max_connections();
        loop {
            let mut reader = self.reader().await.map_err(failed)?;
            match limited(self.patience, read(&mut reader, statements)).await {
                Ok(read) => return Ok(read),
                Err(error) if is_lost(&error) => {
                    reader.close_on_drop();
                    if left == 0 || is_slow(&error) {
                        return Err(failed(error));
                    }
                    left -= 1;
                }
                Err(error) => return Err(failed(error)),
            }
        }
    }
}

#[async_trait]
impl Engine for PostgresStore {
    type Row = Row;

    const DIALECT: Dialect = Dialect {
        position: "strpos",
        holders_of_seals: "SELECT DISTINCT d.token_id FROM json_array_elements_text($1::json) AS j (value)
             JOIN devices AS d ON d.fingerprint = decode(j.value, 'hex') ORDER BY d.token_id",
    };

    fn caches(&self) -> &Arc<Caches> {
        &self.caches
    }

    fn write_tasks(&self) -> &WriteTasks {
        &self.tasks
    }

    async fn rows(&self, statement: Statement<'_>) -> Result<Vec<Row>, StoreError> {
        let read = self.read(&[statement]).await?;
        Ok(read.into_iter().flatten().collect())
    }

    async fn rows_of_one_moment(
        &self,
        (first, second): (Statement<'_>, Statement<'_>),
    ) -> Result<(Vec<Row>, Vec<Row>), StoreError> {
        let mut read = self.read(&[first, second]).await?;
        let second = read.pop().unwrap_or_default();
        Ok((read.pop().unwrap_or_default(), second))
    }

    async fn is_leader(&self) -> Result<bool, StoreError> {
        self.leader.leads().await.map_err(failed)
    }
}

async fn read(reader: &mut PgConnection, statements: &[Statement<'_>]) -> Result<Vec<Vec<Row>>, sqlx::Error> {
    if let [alone] = statements {
        return Ok(vec![rows(reader, alone).await?]);
    }
    let mut snapshot = reader
        .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await?;
    let mut read = Vec::with_capacity(statements.len());
    for statement in statements {
        read.push(rows(&mut snapshot, statement).await?);
    }
    snapshot.commit().await?;
    Ok(read)
}

async fn rows(reader: &mut PgConnection, statement: &Statement<'_>) -> Result<Vec<Row>, sqlx::Error> {
    let rows = query(statement)?.fetch_all(reader).await?;
    Ok(rows.into_iter().map(Row).collect())
}

/// The task that listens; it ends with its store.
struct Listener(JoinHandle<()>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}
