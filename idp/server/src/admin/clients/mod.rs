//! `/admin/clients`: OpenID Connect clients, in the members of RFC 7591 and those that only an operator may write. Secrets are answered
//! once.

pub(super) mod registration_token;
pub(super) mod write;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use idp_store::Versioned;
use idp_types::ClientId;
use oidc::Client;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

pub(crate) use write::document;

use super::extract::{Filter, Segment, page};
use super::operator::Operator;
use super::permission::Permission;
use crate::app::App;
use crate::conditional::{Conditions, Etag};
use crate::http::AppState;
use crate::oidc::clients::{IssuedClient, client_view, find_client, other_side};
use crate::problem::Problem;

/// A client: the members of RFC 7591 with those of an operator, and what is known of it beside them.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ClientView {
    #[serde(flatten)]
    #[schema(value_type = Object)]
    members: Map<String, Value>,
    /// What to enter at the relying party: its label there, and the value.
    #[schema(value_type = Vec<Object>)]
    enter: Vec<Value>,
    /// The new secret, 32 random bytes in base64url; this is the only time that it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) client_secret: Option<Zeroizing<String>>,
}

impl ClientView {
    /// What operators see of a client.
    pub(crate) fn of(app: &App, client: &oidc::Client) -> Self {
        let enter = other_side(app, client).into_iter();
        Self {
            members: client_view(app, client),
            enter: enter
                .map(|(label, value)| json!({"label": label, "value": value}))
                .collect(),
            client_secret: None,
        }
    }

    /// The same, with the secret that was just made.
    pub(crate) fn issued(app: &App, issued: IssuedClient) -> Self {
        Self {
            client_secret: issued.secret,
            ..Self::of(app, &issued.client.value)
        }
    }
}

/// Which part of the listing.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ClientQuery {
    /// Those whose client_id follows this one: `next` of the listing before.
    #[param(value_type = Option<String>)]
    after: Option<ClientId>,
    /// From 1, counted from `after`.
    page: Option<u32>,
    /// Rows a page, 1 to 100; 20 unless given.
    limit: Option<u32>,
}

/// A page of clients.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct ClientList {
    clients: Vec<ClientView>,
    /// How many there are in all, from `after` on.
    total: u64,
    /// Where the listing goes on; absent at its end. Clients that come and go meanwhile move no other one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Lists clients by client_id.
#[utoipa::path(
    get, path = "/admin/clients", tag = "admin", security(("operator" = [])),
    params(ClientQuery),
    responses((status = 200, body = ClientList), (status = 400, description = "invalid_request"))
)]
pub(super) async fn list_clients(
    State(app): AppState,
    operator: Operator,
    Filter(query): Filter<ClientQuery>,
) -> Result<Json<ClientList>, Problem> {
    operator.require(&app, Permission::Read).await?;
    let page = page(query.page, query.limit)?;
    let listing = app.durable.clients(query.after.as_ref(), page).await?;
    let is_last = u64::from(page.number) * u64::from(page.limit) >= listing.total;
    let next = listing.rows.last().filter(|_| !is_last);
    Ok(Json(ClientList {
        next: next.map(|last| last.client_id.to_string()),
        clients: listing
            .rows
            .iter()
            .map(|client| ClientView::of(&app, client))
            .collect(),
        total: listing.total,
    }))
}

/// Shows one client, with what to enter at the relying party.
#[utoipa::path(
    get, path = "/admin/clients/{clientId}", tag = "admin", security(("operator" = [])),
    params(("clientId" = String, Path, description = "the client")),
    responses((status = 200, body = ClientView), (status = 404, description = "not_found"))
)]
pub(super) async fn show_client(
    State(app): AppState,
    operator: Operator,
    conditions: Conditions,
    Segment(client_id): Segment<ClientId>,
) -> Result<Response, Problem> {
    operator.require(&app, Permission::Read).await?;
    let found = find_client(&app, &client_id).await?;
    let (etag, view) = tagged(&app, &found)?;
    conditions.read(etag, view)
}

/// A client as operators see it, and its tag.
fn tagged(app: &App, client: &Versioned<Client>) -> Result<(Etag, ClientView), Problem> {
    let view = ClientView::of(app, &client.value);
    Ok((Etag::of(client.version, &view)?, view))
}

/// Holds a write to its conditions.
fn guard(app: &App, conditions: &Conditions, found: Option<&Versioned<Client>>) -> Result<(), Problem> {
    let etag = found
        .map(|found| tagged(app, found).map(|(etag, _)| etag))
        .transpose()?;
    conditions.admit(etag.as_ref())
}
