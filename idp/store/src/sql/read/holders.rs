//! Holders.

use std::sync::Arc;

use idp_core::enrolment::Holder;
use idp_types::{Fingerprint, TokenId, TrustLevel};

use super::{Conditions, Source};
use crate::document::holder;
use crate::durable::{HolderFilter, Listing, Page};
use crate::sql::engine::Engine;
use crate::sql::value::{Columns, identifier, text, version};
use crate::{StoreError, Version, Versioned};

pub(in crate::sql) async fn one<E: Engine>(
    engine: &E,
    token_id: &TokenId,
) -> Result<Option<Arc<Versioned<Holder>>>, StoreError> {
    let caches = engine.caches();
    if caches.strangers.read(token_id).is_some() {
        return Ok(None);
    }
    let began = caches.strangers.generation();
    let query = "SELECT version, document FROM holders WHERE token_id = $1";
    let found = super::first(engine, query, vec![token_id.as_str().into()], |row| {
        Ok(Versioned {
            value: parse(row)?,
            version: version(row)?,
        })
    });
    let found = super::cached(&caches.holders, token_id.clone(), found).await?;
    if found.is_none() {
        let nobody = Arc::new(Versioned {
            value: (),
            version: Version::default(),
        });
        caches.strangers.keep(token_id.clone(), &nobody, began);
    }
    Ok(found)
}

pub(in crate::sql) async fn list<E: Engine>(
    engine: &E,
    filter: &HolderFilter,
    page: Page,
) -> Result<Listing<Holder>, StoreError> {
    let position = format!("{}(token_id, ", E::DIALECT.position);
    let conditions = Conditions::default()
        .add(&position, filter.token_id.clone(), ") > 0")
        .add("revoked = ", filter.is_revoked, "")
        .add(
            "token_id IN (SELECT token_id FROM devices WHERE trust_level = ",
            filter.trust_level.map(TrustLevel::number).map(u32::from),
            ")",
        );
    let source = Source {
        select: "document",
        from: "holders",
        order: "token_id",
    };
    super::listing(engine, source, page, conditions, parse).await
}

pub(in crate::sql) async fn of_seals<E: Engine>(
    engine: &E,
    fingerprints: &[Fingerprint],
) -> Result<Vec<TokenId>, StoreError> {
    let digests: Vec<_> = fingerprints
        .iter()
        .map(|fingerprint| fingerprint.to_lowerhex())
        .collect();
    let digests = serde_json::to_string(&digests).map_err(StoreError::new)?;
    let query = E::DIALECT.holders_of_seals;
    super::all(engine, query, vec![digests.into()], |row| {
        identifier(row, "token_id")
    })
    .await
}

fn parse<R: Columns>(row: &R) -> Result<Holder, StoreError> {
    holder::parse(&text(row, "document")?).map_err(StoreError::new)
}
