//! A superseded tokenId resolves to the head of its chain (profile 4 and 11).

use std::sync::Arc;

use idp_core::enrolment::{CHAIN_LIMIT, Holder, next_in_chain};
use idp_store::{StoreError, Versioned};
use idp_types::TokenId;

use crate::app::App;

/// The holder at the end of a tokenId's chain; `None` when nobody enrolled it.
pub(crate) async fn head_of(
    app: &App,
    token_id: &TokenId,
) -> Result<Option<Arc<Versioned<Holder>>>, StoreError> {
    let mut found = app.durable.holder(token_id).await?;
    for _ in 0..CHAIN_LIMIT {
        let Some(next) = found.as_deref().and_then(|holder| next_in_chain(&holder.value)) else {
            return Ok(found);
        };
        found = app.durable.holder(next).await?;
    }
    Ok(found)
}
