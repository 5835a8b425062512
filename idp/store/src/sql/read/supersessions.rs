//! Supersessions (profile 11).

use idp_types::{Timestamp, TokenId};

use crate::durable::Supersession;
use crate::sql::engine::Engine;
use crate::sql::value::{Columns, flag, identifier, optional_time, text, time, version};
use crate::{StoreError, Versioned};

pub(in crate::sql) async fn one<E: Engine>(
    engine: &E,
    token_id: &TokenId,
) -> Result<Option<Versioned<Supersession>>, StoreError> {
    let query = "SELECT * FROM supersessions WHERE token_id = $1";
    super::first(engine, query, vec![token_id.as_str().into()], parse).await
}

pub(in crate::sql) async fn due<E: Engine>(
    engine: &E,
    now: Timestamp,
) -> Result<Vec<Versioned<Supersession>>, StoreError> {
    let query = "SELECT * FROM supersessions
         WHERE effective_at <= $1 AND completed_at IS NULL AND cancelled = 0 ORDER BY effective_at, token_id";
    super::all(engine, query, vec![now.into()], parse).await
}

fn parse<R: Columns>(row: &R) -> Result<Versioned<Supersession>, StoreError> {
    let value = Supersession {
        token_id: identifier(row, "token_id")?,
        by: identifier(row, "by_token_id")?,
        requested_by: text(row, "requested_by")?,
        confirmed_by: row.optional_text("confirmed_by")?,
        requested_at: time(row, "requested_at")?,
        effective_at: optional_time(row, "effective_at")?,
        completed_at: optional_time(row, "completed_at")?,
        cancelled: flag(row, "cancelled")?,
    };
    Ok(Versioned {
        value,
        version: version(row)?,
    })
}
