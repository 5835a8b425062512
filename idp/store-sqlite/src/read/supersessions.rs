//! Supersessions (profile 11).

use idp_store::durable::Supersession;
use idp_store::{StoreError, Versioned};
use idp_types::{Timestamp, TokenId};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;

use crate::row::{column, failed, identifier, optional_time, time, version};

pub(crate) async fn one(
    readers: &SqlitePool,
    token_id: &TokenId,
) -> Result<Option<Versioned<Supersession>>, StoreError> {
    let query = sqlx::query("SELECT * FROM supersessions WHERE token_id = ?").bind(token_id.as_str());
    let row = query.fetch_optional(readers).await.map_err(failed)?;
    row.as_ref().map(parse).transpose()
}

pub(crate) async fn due(
    readers: &SqlitePool,
    now: Timestamp,
) -> Result<Vec<Versioned<Supersession>>, StoreError> {
    let query = sqlx::query(
        "SELECT * FROM supersessions
         WHERE effective_at <= ? AND completed_at IS NULL AND cancelled = 0 ORDER BY effective_at, token_id",
    )
    .bind(now.unix_millis());
    let rows = query.fetch_all(readers).await.map_err(failed)?;
    rows.iter().map(parse).collect()
}

fn parse(row: &SqliteRow) -> Result<Versioned<Supersession>, StoreError> {
    let value = Supersession {
        token_id: identifier(row, "token_id")?,
        by: identifier(row, "by_token_id")?,
        requested_by: column(row, "requested_by")?,
        confirmed_by: column(row, "confirmed_by")?,
        requested_at: time(row, "requested_at")?,
        effective_at: optional_time(row, "effective_at")?,
        completed_at: optional_time(row, "completed_at")?,
        cancelled: column(row, "cancelled")?,
    };
    Ok(Versioned {
        value,
        version: version(row)?,
    })
}
