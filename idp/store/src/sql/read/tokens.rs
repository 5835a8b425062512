//! Token status lists (profile 5).

use idp_types::Timestamp;

use crate::cache::Place;
use crate::sql::engine::Engine;
use crate::sql::value::{flag, unsigned};
use crate::{StoreError, Version, Versioned};

/// Whether a token is revoked: by itself, or by a revocation of its holder, device, grant or session that came after it.
macro_rules! select_with_revoked {
    ($conditions:literal) => {
        concat!(
            "SELECT t.place, CAST(CASE WHEN t.revoked = 1
                 OR EXISTS (SELECT 1 FROM token_revocations AS r
                     WHERE r.token_id = t.token_id AND r.sequence > t.after_revocation
                       AND (r.device_id IS NULL OR r.device_id = t.device_id))
                 OR EXISTS (SELECT 1 FROM token_revocations AS r
                     WHERE r.grant_id = t.grant_id AND r.sequence > t.after_revocation)
                 OR EXISTS (SELECT 1 FROM token_revocations AS r
                     WHERE r.sid = t.sid AND r.sequence > t.after_revocation)
                 THEN 1 ELSE 0 END AS BIGINT) AS revoked
             FROM token_statuses AS t WHERE ",
            $conditions
        )
    };
}

pub(in crate::sql) async fn statuses<E: Engine>(
    engine: &E,
    list: u32,
    now: Timestamp,
) -> Result<Vec<(u32, bool)>, StoreError> {
    let query = select_with_revoked!("t.list = $1 AND t.expires_at > $2 ORDER BY t.place");
    let parse = |row: &E::Row| Ok((unsigned(row, "place")?, flag(row, "revoked")?));
    super::all(engine, query, vec![list.into(), now.into()], parse).await
}

pub(in crate::sql) async fn is_revoked<E: Engine>(
    engine: &E,
    place: Place,
) -> Result<Option<bool>, StoreError> {
    let query = select_with_revoked!("t.list = $1 AND t.place = $2");
    let values = vec![place.0.into(), place.1.into()];
    let found = super::first(engine, query, values, |row| {
        Ok(Versioned {
            value: flag(row, "revoked")?,
            version: Version::default(),
        })
    });
    let found = super::cached(&engine.caches().tokens, place, found).await?;
    Ok(found.map(|record| record.value))
}

/// Steps from list to list along the primary key: there are few lists and many entries.
pub(in crate::sql) async fn lists<E: Engine>(engine: &E, now: Timestamp) -> Result<Vec<u32>, StoreError> {
    let query = "WITH RECURSIVE lists (list) AS (
             SELECT MIN(list) FROM token_statuses
             UNION ALL
             SELECT (SELECT MIN(t.list) FROM token_statuses AS t WHERE t.list > lists.list)
               FROM lists WHERE lists.list IS NOT NULL
         )
         SELECT list FROM lists WHERE list IS NOT NULL AND EXISTS (
             SELECT 1 FROM token_statuses AS t WHERE t.list = lists.list AND t.expires_at > $1
         ) ORDER BY list";
    super::all(engine, query, vec![now.into()], |row| unsigned(row, "list")).await
}
