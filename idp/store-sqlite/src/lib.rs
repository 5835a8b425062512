//! The embedded durable store: one SQLite file, one batching writer, several readers.
//!
//! Decisions that arrive together are committed together: one transaction and one synchronisation to disk for up to 256 of them, each
//! still all or nothing by itself, each acknowledged after the commit (architecture, "Two stores"). Reads go to connections of their
//! own; holders and services come from memory while nobody wrote them.
//!
//! Another process may write the same file, as the command line does: every precondition is evaluated inside the transaction that
//! holds the write lock, each process writes an audit chain of its own, and what is cached is dropped within a quarter of a second.
//!
//! The crate refuses to know the rules: it stores what the domain decided, under the preconditions that the decision names. It neither
//! reads a clock nor draws random numbers, and it opens nothing that is sealed.
//!
//! | specification | module | tests |
//! |---|---|---|
//! | architecture "Two stores", profile 4.4 (once, whatever happens) | [`SqliteStore`], `writer` | `tests/contract.rs`, `tests/crash.rs` |
//! | profile 12 (append-only, chained) | `writer`, `migrations/` | `tests/audit.rs` |
//! | profile 12 (erasure) | `writer::maintenance` | `tests/erasure.rs` |
//! | operations 3.7, row 24 (backup while it is written) | [`snapshot`] | `tests/tests/backup.rs` of the workspace |
//! | operations 5 (embedded default) | `open`, `migrations/` | `tests/processes.rs`, `tests/migrations.rs` |

mod open;
mod row;
mod snapshot;
mod writer;

use std::sync::Arc;

use async_trait::async_trait;
use idp_store::StoreError;
use idp_store::batch::WriteTasks;
use idp_store::cache::Caches;
use idp_store::sql::{Dialect, Engine, Statement};
use sqlx::{SqliteExecutor, SqlitePool};
use tempfile::TempDir;
use tokio::task::JoinHandle;

pub use open::{Location, OpenError, Options};
pub use row::Row;
pub use snapshot::snapshot;

use row::{failed, query};

/// The store. Dropping it lets the writer finish what is queued; [`SqliteStore::close`] waits for that.
pub struct SqliteStore {
    tasks: WriteTasks,
    readers: SqlitePool,
    caches: Arc<Caches>,
    writer: JoinHandle<()>,
    _directory: Option<Arc<TempDir>>,
}

impl SqliteStore {
    /// Waits until everything queued is committed and the file is closed.
    ///
    /// # Errors
    /// [`StoreError`] when the writer ended before its time.
    pub async fn close(self) -> Result<(), StoreError> {
        drop(self.tasks);
        self.readers.close().await;
        self.writer.await.map_err(StoreError::new)
    }
}

#[async_trait]
impl Engine for SqliteStore {
    type Row = Row;

    const DIALECT: Dialect = Dialect {
        position: "instr",
        holders_of_seals: "SELECT DISTINCT d.token_id FROM json_each($1) AS j
             CROSS JOIN devices AS d ON d.fingerprint = unhex(j.value) ORDER BY d.token_id",
    };

    fn caches(&self) -> &Arc<Caches> {
        &self.caches
    }

    fn write_tasks(&self) -> &WriteTasks {
        &self.tasks
    }

    async fn rows(&self, statement: Statement<'_>) -> Result<Vec<Row>, StoreError> {
        rows(&self.readers, statement).await
    }

    async fn rows_of_one_moment(
        &self,
        (first, second): (Statement<'_>, Statement<'_>),
    ) -> Result<(Vec<Row>, Vec<Row>), StoreError> {
        let mut snapshot = self.readers.begin().await.map_err(failed)?;
        let first = rows(&mut *snapshot, first).await?;
        let second = rows(&mut *snapshot, second).await?;
        snapshot.commit().await.map_err(failed)?;
        Ok((first, second))
    }
}

async fn rows(executor: impl SqliteExecutor<'_>, statement: Statement<'_>) -> Result<Vec<Row>, StoreError> {
    let rows = query(statement)?.fetch_all(executor).await.map_err(failed)?;
    Ok(rows.into_iter().map(Row).collect())
}
