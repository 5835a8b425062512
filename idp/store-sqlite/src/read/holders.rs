//! Holders.

use std::sync::Arc;

use idp_core::enrolment::Holder;
use idp_store::durable::{HolderFilter, Listing, Page};
use idp_store::{StoreError, Version, Versioned};
use idp_types::{Fingerprint, TokenId, TrustLevel};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;

use crate::cache::Caches;
use crate::row::{column, failed, holder, identifier, version};

pub(crate) async fn one(
    readers: &SqlitePool,
    caches: &Caches,
    token_id: &TokenId,
) -> Result<Option<Arc<Versioned<Holder>>>, StoreError> {
    if let Some(kept) = caches.holders.read(token_id) {
        return Ok(Some(kept));
    }
    if caches.strangers.read(token_id).is_some() {
        return Ok(None);
    }
    let (began, strangers_began) = (caches.holders.generation(), caches.strangers.generation());
    let query =
        sqlx::query("SELECT version, document FROM holders WHERE token_id = ?").bind(token_id.as_str());
    let Some(row) = query.fetch_optional(readers).await.map_err(failed)? else {
        let nobody = Arc::new(Versioned {
            value: (),
            version: Version::default(),
        });
        caches.strangers.keep(token_id.clone(), &nobody, strangers_began);
        return Ok(None);
    };
    let record = Arc::new(Versioned {
        value: parse(&row)?,
        version: version(&row)?,
    });
    caches.holders.keep(token_id.clone(), &record, began);
    Ok(Some(record))
}

pub(crate) async fn list(
    readers: &SqlitePool,
    filter: &HolderFilter,
    page: Page,
) -> Result<Listing<Holder>, StoreError> {
    let conditions = |query: &mut super::Conditions| {
        query
            .add_between("instr(token_id, ", filter.token_id.clone(), ") > 0")
            .add("revoked = ", filter.is_revoked)
            .add_between(
                "token_id IN (SELECT token_id FROM devices WHERE trust_level = ",
                filter.trust_level.map(TrustLevel::number),
                ")",
            );
    };
    let statements = (
        "SELECT document FROM holders",
        "SELECT COUNT(*) FROM holders",
        " ORDER BY token_id",
    );
    super::listing(readers, statements, page, conditions, parse).await
}

pub(crate) async fn of_seals(
    readers: &SqlitePool,
    fingerprints: &[Fingerprint],
) -> Result<Vec<TokenId>, StoreError> {
    let digests: Vec<_> = fingerprints
        .iter()
        .map(|fingerprint| fingerprint.to_lowerhex())
        .collect();
    let rows = sqlx::query(
        "SELECT DISTINCT d.token_id FROM json_each(?) AS j CROSS JOIN devices AS d ON d.fingerprint = unhex(j.value)
         ORDER BY d.token_id",
    )
    .bind(serde_json::to_string(&digests).map_err(failed)?)
    .fetch_all(readers)
    .await
    .map_err(failed)?;
    rows.iter().map(|row| identifier(row, "token_id")).collect()
}

fn parse(row: &SqliteRow) -> Result<Holder, StoreError> {
    holder::parse(column(row, "document")?).map_err(failed)
}
