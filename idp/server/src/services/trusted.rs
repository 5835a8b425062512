//! `GET /services/trusted` (profile 4.2): the person's list.

use axum::Json;
use axum::extract::State;
use idp_core::service::Service;
use idp_types::ServiceId;
use serde::Serialize;

use crate::http::{AppState, DeviceRequest};
use crate::problem::Problem;

/// The services that a person trusts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TrustedResponse {
    /// Those that still exist, by serviceId.
    services: Vec<TrustedService>,
}

/// One of them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct TrustedService {
    /// Its identifier.
    #[schema(value_type = String)]
    service_id: ServiceId,
    /// Its name.
    name: String,
    /// Its address.
    url: String,
    /// Its logo.
    logo: Option<String>,
}

/// Lists the services that the person trusts.
#[utoipa::path(
    get, path = "/services/trusted", tag = "services", security(("device" = [])),
    responses((status = 200, body = TrustedResponse), (status = 401, description = "invalid_signature, device_not_active"))
)]
pub(crate) async fn trusted_services(
    State(app): AppState,
    request: DeviceRequest,
) -> Result<Json<TrustedResponse>, Problem> {
    let mut services = app.durable.services().await?;
    services.retain(|service| {
        request
            .holder
            .value
            .trusted_services
            .contains(&service.service_id)
    });
    let view = |service: Service| TrustedService {
        service_id: service.service_id,
        name: service.name,
        url: service.url,
        logo: service.logo,
    };
    Ok(Json(TrustedResponse {
        services: services.into_iter().map(view).collect(),
    }))
}
