//! Records of the SAML identity provider.

use std::sync::Arc;

use saml::EntityId;
use saml::provider::ServiceProvider;

use super::federation::{parse, versioned};
use super::{Conditions, Source};
use crate::durable::{Listing, Page};
use crate::sql::engine::Engine;
use crate::{StoreError, Versioned};

pub(in crate::sql) async fn provider<E: Engine>(
    engine: &E,
    entity_id: &EntityId,
) -> Result<Option<Arc<Versioned<ServiceProvider>>>, StoreError> {
    let query = "SELECT version, document FROM service_providers WHERE entity_id = $1";
    let found = super::first(engine, query, vec![entity_id.as_str().into()], versioned);
    super::cached(&engine.caches().service_providers, entity_id.clone(), found).await
}

pub(in crate::sql) async fn providers<E: Engine>(
    engine: &E,
    page: Page,
) -> Result<Listing<ServiceProvider>, StoreError> {
    let source = Source {
        select: "document",
        from: "service_providers",
        order: "entity_id",
    };
    super::listing(engine, source, page, Conditions::default(), parse).await
}
