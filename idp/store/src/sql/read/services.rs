//! Services.

use std::sync::Arc;

use idp_core::service::Service;
use idp_types::ServiceId;

use crate::document::service;
use crate::sql::engine::Engine;
use crate::sql::value::{Columns, text, version};
use crate::{StoreError, Versioned};

pub(in crate::sql) async fn one<E: Engine>(
    engine: &E,
    service_id: &ServiceId,
) -> Result<Option<Arc<Versioned<Service>>>, StoreError> {
    let query = "SELECT version, document FROM services WHERE service_id = $1";
    let found = super::first(engine, query, vec![service_id.as_str().into()], |row| {
        Ok(Versioned {
            value: parse(row)?,
            version: version(row)?,
        })
    });
    super::cached(&engine.caches().services, service_id.clone(), found).await
}

pub(in crate::sql) async fn all<E: Engine>(engine: &E) -> Result<Vec<Service>, StoreError> {
    let query = "SELECT document FROM services ORDER BY service_id";
    super::all(engine, query, Vec::new(), parse).await
}

fn parse<R: Columns>(row: &R) -> Result<Service, StoreError> {
    service::parse(&text(row, "document")?).map_err(StoreError::new)
}
