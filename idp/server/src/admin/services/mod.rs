//! `/admin/services` (profile 4; `product.md` 8): the services that may ask for logins. Secrets are answered once.

pub(super) mod write;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use idp_core::service::Service;
use idp_store::Versioned;
use idp_types::{ServiceId, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub(crate) use write::document;

use super::extract::{Filter, Segment, page};
use super::operator::Operator;
use super::permission::Permission;
use crate::app::App;
use crate::conditional::{Conditions, Etag};
use crate::http::AppState;
use crate::problem::{Code, Problem};
use crate::services::{IssuedService, ServiceInput};

/// A service, without its secrets.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceView {
    #[serde(flatten)]
    pub(crate) service: ServiceInput,
    /// Whether it answers at all.
    pub(crate) enabled: bool,
    /// How many caller secrets are valid.
    secrets: usize,
    /// How many response secrets are valid.
    response_secrets: usize,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) updated_at: Timestamp,
}

impl From<Service> for ServiceView {
    fn from(service: Service) -> Self {
        Self {
            enabled: service.enabled,
            secrets: service.secrets.len(),
            response_secrets: service.response_secrets.len(),
            created_at: service.created_at,
            updated_at: service.updated_at,
            service: written(service),
        }
    }
}

/// A stored service as an operator would write it.
fn written(service: Service) -> ServiceInput {
    ServiceInput {
        service_id: service.service_id,
        name: service.name,
        url: service.url,
        logo: service.logo,
        privacy_policy_url: service.privacy_policy_url,
        allowed_scopes: service.allowed_scopes,
        default_scopes: service.default_scopes,
        audience: service.audience,
        caller_authentication: Some(service.caller_authentication),
        origins: service.origins,
        caller_key: service
            .caller_key
            .and_then(|text| serde_json::from_str(&text).ok()),
        matching_mode: Some(service.matching_mode),
        trust_required: service.trust_required,
        subject_type: Some(service.subject_type),
        token_type: Some(service.token_type),
    }
}

/// A service with the secrets that were just made; this is the only time that they are shown.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IssuedView {
    #[serde(flatten)]
    pub(crate) service: ServiceView,
    /// What callers authenticate with; 32 random bytes, base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) secret: Option<Zeroizing<String>>,
    /// The key of the anti-forgery `hash`; 32 random bytes, base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) response_secret: Option<Zeroizing<String>>,
}

impl From<IssuedService> for IssuedView {
    fn from(issued: IssuedService) -> Self {
        Self {
            service: issued.service.value.into(),
            secret: issued.secret,
            response_secret: issued.response_secret,
        }
    }
}

/// Which services.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ServiceQuery {
    /// Those whose serviceId follows this one: `next` of the listing before.
    #[param(value_type = Option<String>)]
    after: Option<ServiceId>,
    /// At most so many, 1 to 100; all unless given.
    limit: Option<u32>,
}

/// Services by serviceId.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ServiceList {
    services: Vec<ServiceView>,
    /// How many there are in all.
    total: usize,
    /// Where the listing goes on; absent at its end. Services that come and go meanwhile move no other one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Lists services by serviceId, the disabled ones included.
#[utoipa::path(
    get, path = "/admin/services", tag = "admin", params(ServiceQuery), security(("operator" = [])),
    responses((status = 200, body = ServiceList), (status = 400, description = "invalid_request"))
)]
pub(super) async fn list_services(
    State(app): AppState,
    operator: Operator,
    Filter(query): Filter<ServiceQuery>,
) -> Result<Json<ServiceList>, Problem> {
    operator.require(&app, Permission::Read).await?;
    let limit = query.limit.map(|limit| page(None, Some(limit))).transpose()?;
    let all = app.durable.services().await?;
    let total = all.len();
    let mut rest = all;
    rest.retain(|service| {
        query
            .after
            .as_ref()
            .is_none_or(|after| service.service_id > *after)
    });
    let shown = limit.map_or(rest.len(), |page| page.limit as usize);
    let is_last = rest.len() <= shown;
    rest.truncate(shown);
    let next = rest
        .last()
        .filter(|_| !is_last)
        .map(|last| last.service_id.to_string());
    Ok(Json(ServiceList {
        services: rest.into_iter().map(ServiceView::from).collect(),
        total,
        next,
    }))
}

/// Shows one service.
#[utoipa::path(
    get, path = "/admin/services/{serviceId}", tag = "admin", security(("operator" = [])),
    params(("serviceId" = String, Path, description = "the service")),
    responses((status = 200, body = ServiceView), (status = 404, description = "service_not_found"))
)]
pub(super) async fn show_service(
    State(app): AppState,
    operator: Operator,
    conditions: Conditions,
    Segment(service_id): Segment<ServiceId>,
) -> Result<Response, Problem> {
    operator.require(&app, Permission::Read).await?;
    let found = app
        .durable
        .service(&service_id)
        .await?
        .ok_or(Code::ServiceNotFound)?;
    let (etag, view) = tagged(&found)?;
    conditions.read(etag, view)
}

/// A service as operators see it, and its tag.
fn tagged(service: &Versioned<Service>) -> Result<(Etag, ServiceView), Problem> {
    let view = ServiceView::from(service.value.clone());
    Ok((Etag::of(service.version, &view)?, view))
}

/// Holds a write to its conditions.
fn guard(conditions: &Conditions, found: Option<&Versioned<Service>>) -> Result<(), Problem> {
    let etag = found
        .map(|found| tagged(found).map(|(etag, _)| etag))
        .transpose()?;
    conditions.admit(etag.as_ref())
}

fn path_of(service_id: &ServiceId) -> String {
    format!("/admin/services/{service_id}")
}

/// A stored service, the disabled ones included.
pub(crate) async fn find(app: &App, service_id: &ServiceId) -> Result<Service, Problem> {
    let found = app
        .durable
        .service(service_id)
        .await?
        .ok_or(Code::ServiceNotFound)?;
    Ok(found.value.clone())
}
