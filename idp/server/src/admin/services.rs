//! `/admin/services` (profile 4; `product.md` 8): the services that may ask for logins. Secrets are answered once.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use idp_core::audit::Actor;
use idp_core::service::Service;
use idp_types::{ServiceId, Timestamp};
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::extract::Segment;
use super::operator::Operator;
use super::permission::Permission;
use crate::app::App;
use crate::http::{AppState, JsonBody, parse_json};
use crate::problem::{Code, Problem};
use crate::services::{
    IssuedService, ServiceInput, create_service as create, set_enabled, update_service as update,
};

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
            service: issued.service.into(),
            secret: issued.secret,
            response_secret: issued.response_secret,
        }
    }
}

/// Every service.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ServiceList {
    services: Vec<ServiceView>,
    /// How many there are.
    total: usize,
}

/// Lists every service.
#[utoipa::path(
    get, path = "/admin/services", tag = "admin", security(("operator" = [])),
    responses((status = 200, body = ServiceList), (status = 401, description = "invalid_token"),
        (status = 403, description = "insufficient_scope"), (status = 429, description = "rate_limited"))
)]
pub(super) async fn list_services(
    State(app): AppState,
    operator: Operator,
) -> Result<Json<ServiceList>, Problem> {
    operator.require(&app, Permission::Read).await?;
    let services: Vec<ServiceView> = app
        .durable
        .services()
        .await?
        .into_iter()
        .map(ServiceView::from)
        .collect();
    Ok(Json(ServiceList {
        total: services.len(),
        services,
    }))
}

/// Shows one service.
#[utoipa::path(
    get, path = "/admin/services/{serviceId}", tag = "admin", security(("operator" = [])),
    params(("serviceId" = String, Path, description = "the service")),
    responses((status = 200, body = ServiceView), (status = 401, description = "invalid_token"),
        (status = 403, description = "insufficient_scope"), (status = 404, description = "service_not_found"),
        (status = 429, description = "rate_limited"))
)]
pub(super) async fn show_service(
    State(app): AppState,
    operator: Operator,
    Segment(service_id): Segment<ServiceId>,
) -> Result<Json<ServiceView>, Problem> {
    operator.require(&app, Permission::Read).await?;
    find(&app, &service_id).await.map(|service| Json(service.into()))
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

/// Registers a service and makes its secrets, which are shown in this answer alone.
#[utoipa::path(
    post, path = "/admin/services", tag = "admin", request_body = ServiceInput, security(("operator" = [])),
    responses((status = 201, body = IssuedView), (status = 400, description = "invalid_request"),
        (status = 401, description = "invalid_token"), (status = 403, description = "insufficient_scope"),
        (status = 409, description = "conflict: the serviceId is taken"), (status = 429, description = "rate_limited"))
)]
pub(super) async fn create_service(
    State(app): AppState,
    operator: Operator,
    JsonBody(input): JsonBody<ServiceInput>,
) -> Result<(StatusCode, Json<IssuedView>), Problem> {
    operator.require(&app, Permission::Configure).await?;
    let issued = create(&app, &input, operator.actor()).await?;
    Ok((StatusCode::CREATED, Json(issued.into())))
}

/// Changes a service: a JSON merge patch (RFC 7396) of its members, `enabled` among them. The serviceId and the secrets stay.
#[utoipa::path(
    patch, path = "/admin/services/{serviceId}", tag = "admin", request_body = Object, security(("operator" = [])),
    params(("serviceId" = String, Path, description = "the service")),
    responses((status = 200, body = ServiceView), (status = 400, description = "invalid_request"),
        (status = 401, description = "invalid_token"), (status = 403, description = "insufficient_scope"),
        (status = 404, description = "service_not_found"), (status = 429, description = "rate_limited"))
)]
pub(super) async fn update_service(
    State(app): AppState,
    operator: Operator,
    Segment(service_id): Segment<ServiceId>,
    JsonBody(patch): JsonBody<serde_json::Map<String, Value>>,
) -> Result<Json<ServiceView>, Problem> {
    operator.require(&app, Permission::Configure).await?;
    let service = patched(&app, &service_id, patch, operator.actor()).await?;
    Ok(Json(service.into()))
}

async fn patched(
    app: &App,
    service_id: &ServiceId,
    mut patch: serde_json::Map<String, Value>,
    actor: Actor,
) -> Result<Service, Problem> {
    let enabled = patch
        .remove("enabled")
        .map(|value| value.as_bool().ok_or_else(|| wrong("enabled")))
        .transpose()?;
    let mut service = find(app, service_id).await?;
    if !patch.is_empty() {
        let input = merge(written(service), patch)?;
        if input.service_id != *service_id {
            return Err(wrong("serviceId"));
        }
        service = update(app, &input, actor.clone()).await?.service;
    }
    match enabled {
        Some(enabled) if enabled != service.enabled => set_enabled(app, service_id, enabled, actor).await,
        _ => Ok(service),
    }
}

fn wrong(member: &'static str) -> Problem {
    Problem::new(Code::InvalidRequest)
        .detail("a member has a value that it cannot have")
        .with("member", member)
}

/// RFC 7396 section 2, one level deep: members of a service are replaced whole.
fn merge(service: ServiceInput, patch: serde_json::Map<String, Value>) -> Result<ServiceInput, Problem> {
    let Ok(Value::Object(mut members)) = serde_json::to_value(service) else {
        return Err(Code::Internal.into());
    };
    for (name, value) in patch {
        match value {
            Value::Null => members.remove(&name),
            value => members.insert(name, value),
        };
    }
    let text = serde_json::to_vec(&members).map_err(|_| Problem::new(Code::Internal))?;
    parse_json(&text)
}

/// Disables a service: it is unknown to every route until it is enabled again. Nothing is deleted, because the audit log names it.
#[utoipa::path(
    delete, path = "/admin/services/{serviceId}", tag = "admin", security(("operator" = [])),
    params(("serviceId" = String, Path, description = "the service")),
    responses((status = 200, body = ServiceView), (status = 401, description = "invalid_token"),
        (status = 403, description = "insufficient_scope"), (status = 404, description = "service_not_found"),
        (status = 429, description = "rate_limited"))
)]
pub(super) async fn disable_service(
    State(app): AppState,
    operator: Operator,
    Segment(service_id): Segment<ServiceId>,
) -> Result<Json<ServiceView>, Problem> {
    operator.require(&app, Permission::Configure).await?;
    let found = find(&app, &service_id).await?;
    let service = if found.enabled {
        set_enabled(&app, &service_id, false, operator.actor()).await?
    } else {
        found
    };
    Ok(Json(service.into()))
}

pub(super) fn fuzz(data: &[u8]) {
    let Ok(Value::Object(members)) = serde_json::from_slice(data) else {
        return;
    };
    if let Ok(input) = serde_json::from_value::<ServiceInput>(Value::Object(members.clone())) {
        let _ = merge(input, members);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bar() -> ServiceInput {
        let input = json!({
            "serviceId": "bar", "name": "Bar", "url": "https://bar.example", "allowedScopes": ["identity:name"],
            "logo": "https://bar.example/logo.png",
        });
        serde_json::from_value(input).unwrap()
    }

    fn patch(value: Value) -> Result<ServiceInput, Problem> {
        let Value::Object(members) = value else {
            panic!("an object")
        };
        merge(bar(), members)
    }

    #[test]
    fn a_patch_replaces_removes_and_leaves() {
        let patched = patch(json!({"name": "Le Bar", "logo": null})).unwrap();
        assert_eq!(
            (patched.name.as_str(), patched.logo, patched.url),
            ("Le Bar", None, bar().url)
        );
        assert!(patch(json!({"name": null})).is_err(), "a name is needed");
        assert!(patch(json!({"shoeSize": 42})).is_err());
        assert!(patch(json!({"allowedScopes": ["identity:shoe_size"]})).is_err());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(data: Vec<u8>, text in "\\PC{0,80}") {
            super::super::fuzz(&data);
            super::super::fuzz(text.as_bytes());
            crate::cli::fuzz(&data);
            crate::cli::fuzz(text.as_bytes());
        }
    }
}
