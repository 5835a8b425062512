//! `/admin/links` (profile 8): enterprise addresses that an operator asserts of a tokenId for one client, and the accounts of foreign
//! directories that people linked with an approval.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use idp_core::audit::AuditEvent;
use idp_types::{ClientId, TokenId};
use oidc::link::LinkKind;
use serde::{Deserialize, Serialize};

use super::extract::{Filter, page};
use super::operator::Operator;
use super::permission::Permission;
use super::record::record;
use crate::http::{AppState, JsonBody};
use crate::oidc::links::{LinkView, list, put_address, remove_links};
use crate::problem::Problem;

/// An address to assert.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LinkInput {
    /// For which client.
    #[schema(value_type = String)]
    client_id: ClientId,
    /// Of whom.
    #[schema(value_type = String)]
    token_id: TokenId,
    /// The address. Clients read it as `email` with `email_verified: true`: the word is the operator's.
    email: String,
}

/// Which links.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LinkQuery {
    client_id: Option<ClientId>,
    token_id: Option<TokenId>,
    page: Option<u32>,
    limit: Option<u32>,
}

/// A page of links.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct LinkList {
    links: Vec<LinkView>,
    /// How many there are in all.
    total: u64,
}

/// Which kind of link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// An asserted address.
    Address,
    /// An account of a foreign directory.
    Foreign,
}

impl From<Kind> for LinkKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Address => Self::Address,
            Kind::Foreign => Self::Foreign,
        }
    }
}

/// Which links go.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LinkRemoval {
    client_id: ClientId,
    token_id: TokenId,
    kind: Option<Kind>,
}

/// Lists links, oldest first. Looking is recorded: they say who somebody is.
#[utoipa::path(
    get, path = "/admin/links", tag = "admin", security(("operator" = [])),
    params(("clientId" = Option<String>, Query, description = "for this client"),
        ("tokenId" = Option<String>, Query, description = "of this holder"),
        ("page" = Option<u32>, Query, description = "from 1"), ("limit" = Option<u32>, Query, description = "1 to 100")),
    responses((status = 200, body = LinkList), (status = 400, description = "invalid_request"))
)]
pub(super) async fn list_links(
    State(app): AppState,
    operator: Operator,
    Filter(query): Filter<LinkQuery>,
) -> Result<Json<LinkList>, Problem> {
    operator.require(&app, Permission::Act).await?;
    let page = page(query.page, query.limit)?;
    let mut fact = operator.fact(AuditEvent::AdminRead).with("what", "links");
    if let Some(token_id) = &query.token_id {
        fact = fact.about(token_id);
    }
    if let Some(client_id) = &query.client_id {
        fact = fact.with("client", client_id.as_str());
    }
    record(&app, fact).await?;
    let (links, total) = list(&app, query.client_id, query.token_id.as_ref(), page).await?;
    let links = links.into_iter().map(LinkView::from).collect();
    Ok(Json(LinkList { links, total }))
}

/// Asserts an address of a tokenId for one client, in place of the one before. It is sealed at rest.
#[utoipa::path(
    put, path = "/admin/links", tag = "admin", request_body = LinkInput, security(("operator" = [])),
    responses((status = 200, body = LinkView), (status = 400, description = "invalid_request, with the member"),
        (status = 404, description = "not_found: there is no such client"))
)]
pub(super) async fn put_link(
    State(app): AppState,
    operator: Operator,
    JsonBody(input): JsonBody<LinkInput>,
) -> Result<Json<LinkView>, Problem> {
    operator.require(&app, Permission::Configure).await?;
    let whose = (&input.client_id, &input.token_id);
    let (link, _) = put_address(&app, whose, &input.email, operator.actor()).await?;
    Ok(Json(link.into()))
}

/// Deletes what links a tokenId to a client: the address, the foreign accounts, or both.
#[utoipa::path(
    delete, path = "/admin/links", tag = "admin", security(("operator" = [])),
    params(("clientId" = String, Query, description = "the client"), ("tokenId" = String, Query, description = "the holder"),
        ("kind" = Option<String>, Query, description = "address or foreign; both unless given")),
    responses((status = 204, description = "deleted"), (status = 400, description = "invalid_request"),
        (status = 404, description = "not_found"))
)]
pub(super) async fn delete_link(
    State(app): AppState,
    operator: Operator,
    Filter(removal): Filter<LinkRemoval>,
) -> Result<StatusCode, Problem> {
    operator.require(&app, Permission::Configure).await?;
    let whose = (&removal.client_id, &removal.token_id);
    remove_links(&app, whose, removal.kind.map(LinkKind::from), operator.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn fuzz(data: &[u8]) {
    drop(serde_json::from_slice::<LinkInput>(data));
}
