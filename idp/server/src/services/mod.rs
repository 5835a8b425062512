//! Services (profile 4.2): who asks, proven to the phone by a Service VDS, and which of them a person trusts.
//!
//! A Service VDS says *which service*, never *who calls*: anyone can photograph it, so that caller authentication applies as
//! well wherever a service is named.
//!
//! | specification | module |
//! |---|---|
//! | profile 4.2, public facts | `facts` |
//! | profile 4.2, Service VDS and its QR | `seal`, `symbol` |
//! | profile 4.2, registration | `register`, `trust` |
//! | profile 4.2, the person's list | `trust`, `trusted` |
//! | profile 4 (allow-lists, callers), `product.md` 8 | `address`, `input`, `manage`, `put` |

mod address;
mod facts;
mod input;
mod manage;
mod put;
mod register;
mod seal;
mod symbol;
#[cfg(test)]
mod tests;
mod trust;
mod trusted;

use std::sync::Arc;

use axum::Extension;
use idp_core::service::Service;
use idp_store::Versioned;
use idp_types::ServiceId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use input::{ServiceInput, ServiceInputError};
pub(crate) use manage::{
    IssuedService, ServiceSecret, create_service, rotate_secret, set_enabled, update_service,
};
pub(crate) use put::{put_service, replace_service};
pub(crate) use seal::verify_service_vds;

use crate::app::App;
use crate::problem::{Code, Problem};

/// The routes of services, for browsers and for phones.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(facts::service_facts))
        .routes(routes!(symbol::service_vds))
        .routes(routes!(symbol::service_vds_svg))
        .routes(routes!(symbol::service_vds_png))
        .routes(routes!(register::begin_registration))
        .routes(routes!(trusted::trusted_services))
        .routes(routes!(trust::trust_service, trust::distrust_service))
        .layer(Extension(Arc::new(seal::ServiceSeals::default())))
}

/// A service that answers; a disabled one is as unknown as one that never was.
async fn enabled(app: &App, service_id: &ServiceId) -> Result<Arc<Versioned<Service>>, Problem> {
    let service = app
        .durable
        .service(service_id)
        .await?
        .filter(|service| service.value.enabled);
    service.ok_or_else(|| Code::ServiceNotFound.into())
}

/// Fuzz entry: what an operator writes is read without a panic.
#[doc(hidden)]
pub fn fuzz(data: &[u8]) {
    input::fuzz(data);
}
