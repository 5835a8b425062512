//! Services.

use std::sync::Arc;

use idp_core::service::Service;
use idp_store::{StoreError, Versioned};
use idp_types::ServiceId;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;

use crate::cache::Cache;
use crate::row::{column, failed, service, version};

pub(crate) async fn one(
    readers: &SqlitePool,
    cache: &Cache<ServiceId, Service>,
    service_id: &ServiceId,
) -> Result<Option<Arc<Versioned<Service>>>, StoreError> {
    if let Some(kept) = cache.read(service_id) {
        return Ok(Some(kept));
    }
    let began = cache.generation();
    let query =
        sqlx::query("SELECT version, document FROM services WHERE service_id = ?").bind(service_id.as_str());
    let Some(row) = query.fetch_optional(readers).await.map_err(failed)? else {
        return Ok(None);
    };
    let record = Arc::new(Versioned {
        value: parse(&row)?,
        version: version(&row)?,
    });
    cache.keep(service_id.clone(), &record, began);
    Ok(Some(record))
}

pub(crate) async fn all(readers: &SqlitePool) -> Result<Vec<Service>, StoreError> {
    let query = sqlx::query("SELECT document FROM services ORDER BY service_id");
    let rows = query.fetch_all(readers).await.map_err(failed)?;
    rows.iter().map(parse).collect()
}

fn parse(row: &SqliteRow) -> Result<Service, StoreError> {
    service::parse(column(row, "document")?).map_err(failed)
}
