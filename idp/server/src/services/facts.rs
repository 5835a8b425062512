//! `GET /services/{serviceId}`: what anyone may know of a service.

use axum::Json;
use axum::extract::{Path, State};
use idp_types::{Scope, ServiceId};
use serde::Serialize;

use super::enabled;
use crate::http::AppState;
use crate::problem::Problem;

/// A service as a person sees it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceFacts {
    /// Its identifier.
    #[schema(value_type = String)]
    service_id: ServiceId,
    /// Its name.
    name: String,
    /// Its address.
    url: String,
    /// Its logo.
    logo: Option<String>,
    /// Its privacy policy.
    privacy: Option<String>,
    /// The most that it may ask for.
    #[schema(value_type = Vec<String>)]
    allowed_scopes: Vec<Scope>,
}

/// The public facts of a service.
#[utoipa::path(
    get, path = "/services/{service_id}", tag = "services", params(("service_id" = String, Path)),
    responses((status = 200, body = ServiceFacts), (status = 404, description = "service_not_found"))
)]
pub(crate) async fn service_facts(
    State(app): AppState,
    Path(service_id): Path<ServiceId>,
) -> Result<Json<ServiceFacts>, Problem> {
    let service = enabled(&app, &service_id).await?.value.clone();
    Ok(Json(ServiceFacts {
        service_id: service.service_id,
        name: service.name,
        url: service.url,
        logo: service.logo,
        privacy: service.privacy_policy_url,
        allowed_scopes: service.allowed_scopes,
    }))
}
