//! Token status lists (profile 5).

use idp_store::StoreError;
use idp_types::Timestamp;
use sqlx::SqlitePool;

use crate::row::{column, failed, unsigned};

pub(crate) async fn statuses(
    readers: &SqlitePool,
    list: u32,
    now: Timestamp,
) -> Result<Vec<(u32, bool)>, StoreError> {
    let query = sqlx::query(
        "SELECT place, revoked FROM token_statuses WHERE list = ? AND expires_at > ? ORDER BY place",
    )
    .bind(list)
    .bind(now.unix_millis());
    let rows = query.fetch_all(readers).await.map_err(failed)?;
    rows.iter()
        .map(|row| Ok((unsigned(row, "place")?, column(row, "revoked")?)))
        .collect()
}

/// Steps from list to list along the primary key: there are few lists and many entries.
pub(crate) async fn lists(readers: &SqlitePool, now: Timestamp) -> Result<Vec<u32>, StoreError> {
    let query = sqlx::query(
        "WITH RECURSIVE lists (list) AS (
             SELECT MIN(list) FROM token_statuses
             UNION ALL
             SELECT (SELECT MIN(t.list) FROM token_statuses AS t WHERE t.list > lists.list)
               FROM lists WHERE lists.list IS NOT NULL
         )
         SELECT list FROM lists WHERE list IS NOT NULL AND EXISTS (
             SELECT 1 FROM token_statuses AS t WHERE t.list = lists.list AND t.expires_at > ?
         ) ORDER BY list",
    )
    .bind(now.unix_millis());
    let rows = query.fetch_all(readers).await.map_err(failed)?;
    rows.iter().map(|row| unsigned(row, "list")).collect()
}
