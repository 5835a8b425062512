//! `/admin/service-providers`: SAML service providers, registered from their metadata.

pub(super) mod write;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use idp_store::Versioned;
use saml::EntityId;
use saml::provider::ServiceProvider;
use serde::{Deserialize, Serialize};

pub(crate) use write::document;

use super::extract::{Filter, Segment, page};
use super::operator::Operator;
use super::permission::Permission;
use crate::app::App;
use crate::conditional::{Conditions, Etag};
use crate::http::AppState;
use crate::problem::Problem;
use crate::saml::providers::{ProviderView, find_provider};

/// Which part of the listing.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ProviderQuery {
    /// From 1.
    page: Option<u32>,
    /// Rows a page, 1 to 100; 20 unless given.
    limit: Option<u32>,
}

/// A page of service providers.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProviderList {
    service_providers: Vec<ProviderView>,
    /// How many there are in all.
    total: u64,
}

/// Lists service providers by entityID.
#[utoipa::path(
    get, path = "/admin/service-providers", tag = "admin", security(("operator" = [])),
    params(ProviderQuery),
    responses((status = 200, body = ProviderList), (status = 400, description = "invalid_request"))
)]
pub(super) async fn list_service_providers(
    State(app): AppState,
    operator: Operator,
    Filter(query): Filter<ProviderQuery>,
) -> Result<Json<ProviderList>, Problem> {
    operator.require(&app, Permission::Read).await?;
    let page = page(query.page, query.limit)?;
    let listing = app.durable.service_providers(page).await?;
    let views = listing
        .rows
        .iter()
        .map(|provider| ProviderView::of(&app, provider));
    Ok(Json(ProviderList {
        service_providers: views.collect(),
        total: listing.total,
    }))
}

/// Shows one service provider: its certificates with their expiry, and what to enter at the other side.
#[utoipa::path(
    get, path = "/admin/service-providers/{entityId}", tag = "admin", security(("operator" = [])),
    params(("entityId" = String, Path, description = "the entityID, percent-encoded")),
    responses((status = 200, body = ProviderView), (status = 404, description = "not_found"))
)]
pub(super) async fn show_service_provider(
    State(app): AppState,
    operator: Operator,
    conditions: Conditions,
    Segment(entity_id): Segment<EntityId>,
) -> Result<Response, Problem> {
    operator.require(&app, Permission::Read).await?;
    let found = find_provider(&app, &entity_id).await?;
    let (etag, view) = tagged(&app, &found)?;
    conditions.read(etag, view)
}

/// A provider as operators see it, and its tag.
fn tagged(app: &App, provider: &Versioned<ServiceProvider>) -> Result<(Etag, ProviderView), Problem> {
    let view = ProviderView::of(app, &provider.value);
    Ok((Etag::of(provider.version, &view)?, view))
}

/// Holds a write to its conditions.
fn guard(
    app: &App,
    conditions: &Conditions,
    found: Option<&Versioned<ServiceProvider>>,
) -> Result<(), Problem> {
    let etag = found
        .map(|found| tagged(app, found).map(|(etag, _)| etag))
        .transpose()?;
    conditions.admit(etag.as_ref())
}
