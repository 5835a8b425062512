//! Token status lists (profile 5).

use std::sync::Arc;

use idp_store::{StoreError, Version, Versioned};
use idp_types::Timestamp;
use sqlx::SqlitePool;

use crate::cache::{Cache, Place};
use crate::row::{column, failed, unsigned};

/// Whether a token is revoked: by itself, or by a revocation of its holder, device or grant that came after it.
macro_rules! select_with_revoked {
    ($conditions:literal) => {
        concat!(
            "SELECT t.place, t.revoked = 1
                 OR EXISTS (SELECT 1 FROM token_revocations AS r
                     WHERE r.token_id = t.token_id AND r.sequence > t.after_revocation
                       AND (r.device_id IS NULL OR r.device_id = t.device_id))
                 OR EXISTS (SELECT 1 FROM token_revocations AS r
                     WHERE r.grant_id = t.grant_id AND r.sequence > t.after_revocation) AS revoked
             FROM token_statuses AS t WHERE ",
            $conditions
        )
    };
}

pub(crate) async fn statuses(
    readers: &SqlitePool,
    list: u32,
    now: Timestamp,
) -> Result<Vec<(u32, bool)>, StoreError> {
    let query = sqlx::query(select_with_revoked!(
        "t.list = ? AND t.expires_at > ? ORDER BY t.place"
    ))
    .bind(list)
    .bind(now.unix_millis());
    let rows = query.fetch_all(readers).await.map_err(failed)?;
    rows.iter()
        .map(|row| Ok((unsigned(row, "place")?, column(row, "revoked")?)))
        .collect()
}

pub(crate) async fn is_revoked(
    readers: &SqlitePool,
    cache: &Cache<Place, bool>,
    place: Place,
) -> Result<Option<bool>, StoreError> {
    if let Some(kept) = cache.read(&place) {
        return Ok(Some(kept.value));
    }
    let began = cache.generation();
    let query = sqlx::query(select_with_revoked!("t.list = ? AND t.place = ?"))
        .bind(place.0)
        .bind(place.1);
    let Some(row) = query.fetch_optional(readers).await.map_err(failed)? else {
        return Ok(None);
    };
    let record = Arc::new(Versioned {
        value: column(&row, "revoked")?,
        version: Version::default(),
    });
    cache.keep(place, &record, began);
    Ok(Some(record.value))
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
