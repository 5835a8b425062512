//! `/admin/links/{clientId}/{tokenId}`: the address of one person for one client, as a resource of its own.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use idp_core::audit::AuditEvent;
use idp_store::Versioned;
use idp_types::{ClientId, TokenId};
use serde::Deserialize;

use super::extract::Segments;
use super::operator::Operator;
use super::permission::Permission;
use super::record::record;
use super::writing::Writing;
use crate::conditional::{Conditions, Etag, Tagged};
use crate::http::{AppState, JsonBody};
use crate::oidc::links::{LinkView, OpenLink, find_address, put_address, remove_address};
use crate::problem::{Code, Problem};

/// The address to assert.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddressInput {
    /// The address. Clients read it as `email` with `email_verified: true`: the word is the operator's.
    email: String,
}

fn tagged(found: &Versioned<OpenLink>) -> Result<(Etag, LinkView), Problem> {
    let view = LinkView::from(found.value.clone());
    Ok((Etag::of(found.version, &(&view, &found.value.link.sealed))?, view))
}

fn guard(conditions: &Conditions, found: Option<&Versioned<OpenLink>>) -> Result<(), Problem> {
    let etag = found
        .map(|found| tagged(found).map(|(etag, _)| etag))
        .transpose()?;
    conditions.admit(etag.as_ref())
}

/// Shows the address that is asserted of a tokenId for a client. Looking is recorded: it says who somebody is.
#[utoipa::path(
    get, path = "/admin/links/{clientId}/{tokenId}", tag = "admin", security(("operator" = [])),
    params(("clientId" = String, Path, description = "the client"), ("tokenId" = String, Path, description = "the holder")),
    responses((status = 200, body = LinkView), (status = 404, description = "not_found"))
)]
pub(super) async fn show_address(
    State(app): AppState,
    operator: Operator,
    conditions: Conditions,
    Segments(client_id, token_id): Segments<ClientId, TokenId>,
) -> Result<Response, Problem> {
    operator.require(&app, Permission::Act).await?;
    let fact = operator.fact(AuditEvent::AdminRead).with("what", "link");
    record(&app, fact.about(&token_id).with("client", client_id.as_str())).await?;
    let found = find_address(&app, (&client_id, &token_id)).await?;
    let (etag, view) = tagged(&found.ok_or(Code::NotFound)?)?;
    conditions.read(etag, view)
}

/// Asserts an address of a tokenId for a client, in place of the one before. It is sealed at rest. Asserting what is so already changes
/// nothing and records nothing.
#[utoipa::path(
    put, path = "/admin/links/{clientId}/{tokenId}", tag = "admin", request_body = AddressInput, security(("operator" = [])),
    params(("clientId" = String, Path, description = "the client"), ("tokenId" = String, Path, description = "the holder")),
    responses((status = 200, body = LinkView, description = "replaced, or so already"),
        (status = 201, body = LinkView, description = "made"), (status = 400, description = "invalid_request, with the member"),
        (status = 404, description = "not_found: there is no such client"))
)]
pub(super) async fn put_one_address(
    State(app): AppState,
    writing: Writing,
    Segments(client_id, token_id): Segments<ClientId, TokenId>,
    JsonBody(input): JsonBody<AddressInput>,
) -> Result<Tagged<LinkView>, Problem> {
    let (link, effect) = put_address(
        &app,
        (&client_id, &token_id),
        &input.email,
        writing.writer(&|found| guard(&writing.conditions, found)),
    )
    .await?;
    let stored = Versioned {
        value: link,
        version: idp_store::Version(1),
    };
    let (etag, view) = tagged(&stored)?;
    let client = client_id.as_str().replace('/', "%2F");
    let location = format!("/admin/links/{client}/{token_id}");
    Ok(Tagged::written(effect, etag, location, view))
}

/// Takes the address back. Accounts that the person linked stay.
#[utoipa::path(
    delete, path = "/admin/links/{clientId}/{tokenId}", tag = "admin", security(("operator" = [])),
    params(("clientId" = String, Path, description = "the client"), ("tokenId" = String, Path, description = "the holder")),
    responses((status = 204, description = "deleted"), (status = 404, description = "not_found"))
)]
pub(super) async fn delete_one_address(
    State(app): AppState,
    writing: Writing,
    Segments(client_id, token_id): Segments<ClientId, TokenId>,
) -> Result<StatusCode, Problem> {
    remove_address(
        &app,
        (&client_id, &token_id),
        writing.writer(&|found| guard(&writing.conditions, found)),
    )
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
