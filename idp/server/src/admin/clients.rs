//! `/admin/clients`: OpenID Connect clients, in the members of RFC 7591 and those that only an operator may write. Secrets are answered
//! once.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use idp_types::{ClientId, ServiceId};
use oidc::client::Preset;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::extract::{Filter, Segment, page};
use super::operator::Operator;
use super::permission::Permission;
use crate::app::App;
use crate::http::{AppState, JsonBody, parse_json};
use crate::oidc::clients::{
    IssuedClient, NewClient, client_view, create_client, find_client, other_side, patch_client,
    remove_client, rotate_client_secret,
};
use crate::oidc::initial_token::issue_initial_token;
use crate::problem::{Code, Problem};
use crate::services::ServiceInput;

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
            ..Self::of(app, &issued.client)
        }
    }
}

/// A new client.
#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct ClientInput {
    /// Its identifier; never changes.
    #[schema(value_type = String)]
    client_id: ClientId,
    /// A preset that writes members for a well-known relying party; members given here outweigh it.
    preset: Option<String>,
    /// The preset's parameters.
    #[serde(default)]
    preset_values: BTreeMap<String, String>,
    /// The service to make where there is none yet: the members of `POST /admin/services`, without `serviceId`.
    #[schema(value_type = Option<Object>)]
    service: Option<Map<String, Value>>,
    /// Members of RFC 7591 and of operators.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    members: Map<String, Value>,
}

impl ClientInput {
    fn check(self) -> Result<NewClient, Problem> {
        let wrong = |member: &'static str| Problem::new(Code::InvalidRequest).with("member", member);
        let preset = match &self.preset {
            Some(name) => Some(Preset::parse(name).ok_or_else(|| wrong("preset"))?),
            None => None,
        };
        let mut description = match preset {
            Some(preset) => preset
                .write(&self.preset_values)
                .map_err(|error| wrong("preset_values").detail(error.to_string()))?,
            None => Map::new(),
        };
        description.extend(self.members);
        Ok(NewClient {
            service: self
                .service
                .map(|members| service(members, &self.client_id))
                .transpose()?,
            client_id: self.client_id,
            preset,
            description,
        })
    }
}

/// The service's members; its name and its scopes follow from the client unless they are said.
fn service(mut members: Map<String, Value>, client_id: &ClientId) -> Result<ServiceInput, Problem> {
    // Replaced by the client's service_id when the service is made.
    members.insert("serviceId".to_owned(), json!("client"));
    members.entry("name").or_insert_with(|| json!(client_id));
    members.entry("allowedScopes").or_insert_with(|| json!([]));
    let text = serde_json::to_vec(&members).map_err(|_| Problem::new(Code::Internal))?;
    parse_json(&text)
}

/// Which page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientQuery {
    page: Option<u32>,
    limit: Option<u32>,
}

/// A page of clients.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct ClientList {
    clients: Vec<ClientView>,
    /// How many there are in all.
    total: u64,
}

/// Lists clients by client_id.
#[utoipa::path(
    get, path = "/admin/clients", tag = "admin", security(("operator" = [])),
    params(("page" = Option<u32>, Query, description = "from 1"), ("limit" = Option<u32>, Query, description = "1 to 100")),
    responses((status = 200, body = ClientList), (status = 401, description = "invalid_token"),
        (status = 403, description = "insufficient_scope"), (status = 429, description = "rate_limited"))
)]
pub(super) async fn list_clients(
    State(app): AppState,
    operator: Operator,
    Filter(query): Filter<ClientQuery>,
) -> Result<Json<ClientList>, Problem> {
    operator.require(&app, Permission::Read).await?;
    let listing = app.durable.clients(page(query.page, query.limit)?).await?;
    let view = |client: &oidc::Client| ClientView::of(&app, client);
    Ok(Json(ClientList {
        clients: listing.rows.iter().map(view).collect(),
        total: listing.total,
    }))
}

/// Registers a client, from a preset or not; its secret is shown in this answer alone.
#[utoipa::path(
    post, path = "/admin/clients", tag = "admin", request_body = ClientInput, security(("operator" = [])),
    responses((status = 201, body = ClientView), (status = 400, description = "invalid_request, with the member"),
        (status = 401, description = "invalid_token"), (status = 403, description = "insufficient_scope"),
        (status = 404, description = "service_not_found"), (status = 409, description = "conflict: the client_id is taken"),
        (status = 429, description = "rate_limited"))
)]
pub(super) async fn add_client(
    State(app): AppState,
    operator: Operator,
    JsonBody(input): JsonBody<ClientInput>,
) -> Result<(StatusCode, Json<ClientView>), Problem> {
    operator.require(&app, Permission::Configure).await?;
    let issued = create_client(&app, input.check()?, operator.actor()).await?;
    Ok((StatusCode::CREATED, Json(ClientView::issued(&app, issued))))
}

/// Shows one client, with what to enter at the relying party.
#[utoipa::path(
    get, path = "/admin/clients/{clientId}", tag = "admin", security(("operator" = [])),
    params(("clientId" = String, Path, description = "the client")),
    responses((status = 200, body = ClientView), (status = 401, description = "invalid_token"),
        (status = 403, description = "insufficient_scope"), (status = 404, description = "not_found"),
        (status = 429, description = "rate_limited"))
)]
pub(super) async fn show_client(
    State(app): AppState,
    operator: Operator,
    Segment(client_id): Segment<ClientId>,
) -> Result<Json<ClientView>, Problem> {
    operator.require(&app, Permission::Read).await?;
    let client = find_client(&app, &client_id).await?;
    Ok(Json(ClientView::of(&app, &client)))
}

/// Changes a client: a JSON merge patch (RFC 7396) of its members, `enabled` among them. A method that needs a secret for the first time
/// makes one.
#[utoipa::path(
    patch, path = "/admin/clients/{clientId}", tag = "admin", request_body = Object, security(("operator" = [])),
    params(("clientId" = String, Path, description = "the client")),
    responses((status = 200, body = ClientView), (status = 400, description = "invalid_request, with the member"),
        (status = 401, description = "invalid_token"), (status = 403, description = "insufficient_scope"),
        (status = 404, description = "not_found"), (status = 429, description = "rate_limited"))
)]
pub(super) async fn update_client(
    State(app): AppState,
    operator: Operator,
    Segment(client_id): Segment<ClientId>,
    JsonBody(patch): JsonBody<Map<String, Value>>,
) -> Result<Json<ClientView>, Problem> {
    operator.require(&app, Permission::Configure).await?;
    let issued = patch_client(&app, &client_id, &patch, operator.actor()).await?;
    Ok(Json(ClientView::issued(&app, issued)))
}

/// Removes a client with its grants and account links; its tokens are revoked. Its service stays.
#[utoipa::path(
    delete, path = "/admin/clients/{clientId}", tag = "admin", security(("operator" = [])),
    params(("clientId" = String, Path, description = "the client")),
    responses((status = 204, description = "removed"), (status = 401, description = "invalid_token"),
        (status = 403, description = "insufficient_scope"), (status = 404, description = "not_found"),
        (status = 429, description = "rate_limited"))
)]
pub(super) async fn delete_client(
    State(app): AppState,
    operator: Operator,
    Segment(client_id): Segment<ClientId>,
) -> Result<StatusCode, Problem> {
    operator.require(&app, Permission::Configure).await?;
    remove_client(&app, &client_id, operator.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a new secret, which is shown in this answer alone. The one before stays valid until the next rotation.
#[utoipa::path(
    post, path = "/admin/clients/{clientId}/rotate-secret", tag = "admin", security(("operator" = [])),
    params(("clientId" = String, Path, description = "the client")),
    responses((status = 200, body = ClientView), (status = 401, description = "invalid_token"),
        (status = 403, description = "insufficient_scope"), (status = 404, description = "not_found"),
        (status = 409, description = "conflict: it authenticates without a secret"),
        (status = 429, description = "rate_limited"))
)]
pub(super) async fn rotate_secret_of_client(
    State(app): AppState,
    operator: Operator,
    Segment(client_id): Segment<ClientId>,
) -> Result<Json<ClientView>, Problem> {
    operator.require(&app, Permission::Configure).await?;
    let issued = rotate_client_secret(&app, &client_id, operator.actor()).await?;
    Ok(Json(ClientView::issued(&app, issued)))
}

/// For which service, and for how long.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RegistrationTokenInput {
    /// The service that the clients will belong to.
    #[schema(value_type = String)]
    service_id: ServiceId,
    /// Seconds that the token is valid, at most 30 days.
    seconds: i64,
}

/// An initial access token (RFC 7591 1.2).
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RegistrationTokenView {
    /// The bearer token for `POST /oidc/register`.
    token: String,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: idp_types::Timestamp,
}

/// Makes a token with which clients may register themselves for one service, where `[oidc] dynamic_registration` is on.
#[utoipa::path(
    post, path = "/admin/client-registration-tokens", tag = "admin", request_body = RegistrationTokenInput,
    security(("operator" = [])),
    responses((status = 201, body = RegistrationTokenView), (status = 400, description = "invalid_request"),
        (status = 401, description = "invalid_token"), (status = 403, description = "insufficient_scope"),
        (status = 404, description = "service_not_found"), (status = 429, description = "rate_limited"))
)]
pub(super) async fn create_registration_token(
    State(app): AppState,
    operator: Operator,
    JsonBody(input): JsonBody<RegistrationTokenInput>,
) -> Result<(StatusCode, Json<RegistrationTokenView>), Problem> {
    operator.require(&app, Permission::Configure).await?;
    let made = issue_initial_token(&app, operator.name(), &input.service_id, input.seconds).await?;
    let (token, expires_at) = made;
    Ok((
        StatusCode::CREATED,
        Json(RegistrationTokenView { token, expires_at }),
    ))
}

pub(super) fn fuzz(data: &[u8]) {
    if let Ok(input) = serde_json::from_slice::<ClientInput>(data) {
        let _ = input.check();
    }
}
