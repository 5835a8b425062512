//! Writing service providers: registered, written whole, changed by a merge patch, refreshed, removed.

use axum::extract::State;
use http::StatusCode;
use idp_store::Versioned;
use saml::EntityId;
use saml::metadata::segment;
use saml::provider::ServiceProvider;
use serde_json::{Map, Value};

use super::{ProviderView, guard, tagged};
use crate::admin::extract::Segment;
use crate::admin::operator::Operator;
use crate::admin::permission::Permission;
use crate::app::App;
use crate::conditional::{Conditions, Effect, Tagged, Writer};
use crate::http::{AppState, JsonBody};
use crate::problem::{Code, Problem};
use crate::saml::providers::{
    NewProvider, ProviderInput, READ_ONLY, create_provider, parsed, patch_provider, refresh_provider,
    remove_provider, write_provider,
};

/// Registers a service provider from its metadata: a document, its address, an entry of a metadata query service, or a description.
#[utoipa::path(
    post, path = "/admin/service-providers", tag = "admin", request_body = ProviderInput, security(("operator" = [])),
    responses((status = 201, body = ProviderView), (status = 400, description = "invalid_request, with the member"),
        (status = 409, description = "conflict: the entityID is taken"))
)]
pub(in crate::admin) async fn add_service_provider(
    State(app): AppState,
    operator: Operator,
    JsonBody(input): JsonBody<ProviderInput>,
) -> Result<Tagged<ProviderView>, Problem> {
    operator.require(&app, Permission::Configure).await?;
    let made = create_provider(&app, &input.check()?, operator.actor()).await?;
    created(&app, &made)
}

/// Writes a service provider whole: registers it, or replaces what an operator says of it. Metadata that is not given stays, and metadata at
/// the same address is not read again. What is absent is as the preset has it. Writing what is so already changes nothing and records
/// nothing.
#[utoipa::path(
    put, path = "/admin/service-providers/{entityId}", tag = "admin", request_body(content = Object),
    security(("operator" = [])), params(("entityId" = String, Path, description = "the entityID, percent-encoded")),
    responses((status = 200, body = ProviderView, description = "replaced, or so already"),
        (status = 201, body = ProviderView, description = "registered"),
        (status = 400, description = "invalid_request, with the member"))
)]
pub(in crate::admin) async fn put_service_provider(
    State(app): AppState,
    operator: Operator,
    conditions: Conditions,
    Segment(entity_id): Segment<EntityId>,
    JsonBody(members): JsonBody<Map<String, Value>>,
) -> Result<Tagged<ProviderView>, Problem> {
    operator.require(&app, Permission::Configure).await?;
    conditions.demand(&app)?;
    let new = document(&entity_id, members)?;
    let writer = Writer {
        actor: operator.actor(),
        guard: &|found| guard(&app, &conditions, found),
        is_plan: false,
    };
    let (written, effect) = write_provider(&app, (&entity_id, &new), writer).await?;
    if effect == Effect::Created {
        return created(&app, &written);
    }
    answer(&app, &written)
}

fn created(app: &App, made: &Versioned<ServiceProvider>) -> Result<Tagged<ProviderView>, Problem> {
    let location = format!("/admin/service-providers/{}", segment(&made.value.entity_id));
    let (etag, view) = tagged(app, made)?;
    Ok(Tagged::created(etag, location, view))
}

fn answer(app: &App, found: &Versioned<ServiceProvider>) -> Result<Tagged<ProviderView>, Problem> {
    let (etag, view) = tagged(app, found)?;
    Ok(Tagged::ok(etag, view))
}

/// The provider that a document describes.
pub(crate) fn document(
    entity_id: &EntityId,
    mut members: Map<String, Value>,
) -> Result<NewProvider, Problem> {
    for name in READ_ONLY {
        members.remove(name);
    }
    let named = members
        .entry("entityId")
        .or_insert_with(|| entity_id.as_str().into());
    if *named != *entity_id.as_str() {
        return Err(Problem::new(Code::InvalidRequest)
            .detail("the document is of another service provider")
            .with("member", "entityId"));
    }
    parsed(&members)
}

/// Changes a service provider: a JSON merge patch (RFC 7396) of its document.
#[utoipa::path(
    patch, path = "/admin/service-providers/{entityId}", tag = "admin", request_body = Object, security(("operator" = [])),
    params(("entityId" = String, Path, description = "the entityID, percent-encoded")),
    responses((status = 200, body = ProviderView), (status = 400, description = "invalid_request, with the member"),
        (status = 404, description = "not_found"))
)]
pub(in crate::admin) async fn update_service_provider(
    State(app): AppState,
    operator: Operator,
    conditions: Conditions,
    Segment(entity_id): Segment<EntityId>,
    JsonBody(patch): JsonBody<Map<String, Value>>,
) -> Result<Tagged<ProviderView>, Problem> {
    operator.require(&app, Permission::Configure).await?;
    conditions.demand(&app)?;
    let writer = Writer {
        actor: operator.actor(),
        guard: &|found| guard(&app, &conditions, found),
        is_plan: false,
    };
    let written = patch_provider(&app, (&entity_id, &patch), writer).await?;
    answer(&app, &written)
}

/// Removes a service provider with its account links. Its service stays.
#[utoipa::path(
    delete, path = "/admin/service-providers/{entityId}", tag = "admin", security(("operator" = [])),
    params(("entityId" = String, Path, description = "the entityID, percent-encoded")),
    responses((status = 204, description = "removed"), (status = 404, description = "not_found"))
)]
pub(in crate::admin) async fn delete_service_provider(
    State(app): AppState,
    operator: Operator,
    conditions: Conditions,
    Segment(entity_id): Segment<EntityId>,
) -> Result<StatusCode, Problem> {
    operator.require(&app, Permission::Configure).await?;
    conditions.demand(&app)?;
    let writer = Writer {
        actor: operator.actor(),
        guard: &|found| guard(&app, &conditions, found),
        is_plan: false,
    };
    remove_provider(&app, &entity_id, writer).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads the metadata again now. What the operator decided stays; a change is recorded.
#[utoipa::path(
    post, path = "/admin/service-providers/{entityId}/refresh", tag = "admin", security(("operator" = [])),
    params(("entityId" = String, Path, description = "the entityID, percent-encoded")),
    responses((status = 200, body = ProviderView), (status = 400, description = "invalid_request: it cannot be taken, and why"),
        (status = 404, description = "not_found"), (status = 409, description = "conflict: its metadata has no address"))
)]
pub(in crate::admin) async fn refresh_service_provider(
    State(app): AppState,
    operator: Operator,
    Segment(entity_id): Segment<EntityId>,
) -> Result<Tagged<ProviderView>, Problem> {
    operator.require(&app, Permission::Configure).await?;
    let (refreshed, _) = refresh_provider(&app, &entity_id, operator.actor()).await?;
    answer(&app, &refreshed)
}
