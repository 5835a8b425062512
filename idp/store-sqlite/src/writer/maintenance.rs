//! What the writer does beside commits.

use idp_store::StoreError;
use idp_store::durable::Checkpoint;
use idp_types::Timestamp;
use sqlx::{Connection, Row};

use super::{Task, Writer};
use crate::row::{failed, integer};

/// How long the session of a browser is remembered after its end.
const ENDED_SESSION_SECONDS: i64 = 86_400;

/// What expires, by its time and how many at once.
const EXPIRED: [&str; 6] = [
    "DELETE FROM consumptions WHERE (kind, id) IN
     (SELECT kind, id FROM consumptions WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
    "DELETE FROM token_statuses WHERE (list, place) IN
     (SELECT list, place FROM token_statuses WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
    "DELETE FROM token_revocations WHERE rowid IN
     (SELECT rowid FROM token_revocations WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)
     AND sequence < (SELECT MAX(sequence) FROM token_revocations)",
    "DELETE FROM enrolment_codes WHERE digest IN
     (SELECT digest FROM enrolment_codes WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
    "DELETE FROM grants WHERE rowid IN
     (SELECT rowid FROM grants WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
    "DELETE FROM logout_deliveries WHERE rowid IN
     (SELECT rowid FROM logout_deliveries WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
];

const ENDED_SESSIONS: &str = "DELETE FROM browser_sessions WHERE rowid IN
     (SELECT rowid FROM browser_sessions WHERE ended_at < ?1 ORDER BY ended_at LIMIT ?2)";

/// So many rows of a table are forgotten in one transaction, so that commits do not wait for long.
pub(crate) const PRUNE_LIMIT: i64 = 2000;

impl Writer {
    pub(super) async fn maintain(&mut self, task: Task) {
        match task {
            Task::Checkpoint(checkpoint, reply) => {
                let _ = reply.send(self.put_checkpoint(&checkpoint).await);
            }
            Task::Prune(now, reply) => {
                let _ = reply.send(self.prune(now).await);
            }
            Task::Commit(commit, reply) => {
                let verdict = self.commit_all(std::slice::from_ref(&commit)).await.pop();
                if let Some(verdict) = verdict {
                    let _ = reply.send(verdict);
                }
            }
        }
    }

    async fn put_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        let put = sqlx::query(
            "INSERT INTO audit_checkpoints (chain_id, sequence, statement)
             SELECT id, ?2, ?3 FROM audit_chains WHERE name = ?1",
        )
        .bind(checkpoint.chain.as_str())
        .bind(integer(checkpoint.sequence)?)
        .bind(checkpoint.statement.as_str());
        let put = put.execute(&mut self.connection).await.map_err(failed)?;
        if put.rows_affected() == 0 {
            return Err(StoreError::new("there is no such chain"));
        }
        Ok(())
    }

    async fn prune(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        // The place of a token that is forgotten may be another token's next.
        let _under_way = self.caches.begin_revocation();
        let begin = self.connection.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = begin.map_err(failed)?;
        let mut forgotten = 0;
        let expired = EXPIRED.map(|statement| (statement, now));
        let ended = (ENDED_SESSIONS, now.minus_seconds(ENDED_SESSION_SECONDS));
        for (statement, before) in expired.into_iter().chain([ended]) {
            let delete = sqlx::query(statement)
                .bind(before.unix_millis())
                .bind(PRUNE_LIMIT);
            let done = delete.execute(&mut *transaction).await.map_err(failed)?;
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
