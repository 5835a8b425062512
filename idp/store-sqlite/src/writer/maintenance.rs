//! What the writer does beside commits.

use idp_store::cache::Withdrawal;
use idp_store::{StoreError, sql};
use idp_types::Timestamp;
use sqlx::{Connection, Row};

use super::SqliteWriter;
use crate::row::{execute, failed};

impl SqliteWriter {
    pub(super) async fn forget(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let _under_way = self.caches.begin(Withdrawal::pruning());
        let begin = self.connection.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = begin.map_err(failed)?;
        let mut forgotten = 0;
        for statement in sql::prune(now) {
            let done = execute(&mut transaction, statement).await?;
            forgotten += done.rows_affected();
        }
        transaction.commit().await.map_err(failed)?;
        Ok(forgotten)
    }

    /// Between commits: whether another process wrote, and whether an erased key still stands in the log.
    pub(super) async fn look_around(&mut self) {
        let version = sqlx::query("PRAGMA data_version")
            .fetch_one(&mut self.connection)
            .await;
        match version.and_then(|row| row.try_get(0)) {
            Ok(version) => self.notice(version),
            Err(error) => {
                tracing::warn!(%error, "the database does not answer");
                self.caches.clear();
                self.data_version = None;
            }
        }
        if self.erasure_pending {
            self.finish_erasure().await;
        }
    }

    /// An erased key is overwritten in the file by `secure_delete`; its old page also stands in the write-ahead log, until that is emptied.
    /// A reader may be using the log: then without waiting now, and again at the next look around.
    pub(super) async fn finish_erasure(&mut self) {
        let emptied = self.empty_log().await;
        self.erasure_pending = !matches!(emptied, Ok(true));
        if let Err(error) = emptied {
            tracing::warn!(%error, "the write-ahead log was not emptied after an erasure");
        }
    }

    async fn empty_log(&mut self) -> Result<bool, sqlx::Error> {
        let connection = &mut self.connection;
        sqlx::query("PRAGMA busy_timeout = 0")
            .execute(&mut *connection)
            .await?;
        let checkpoint = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&mut *connection)
            .await;
        let restore = sqlx::query(crate::open::BUSY_TIMEOUT_PRAGMA)
            .execute(connection)
            .await;
        restore?;
        let busy: i64 = checkpoint?.try_get(0)?;
        Ok(busy == 0)
    }
}
