//! Writing clients: registered, written whole, changed by a merge patch, removed.

use std::collections::BTreeMap;

use axum::extract::State;
use http::StatusCode;
use idp_types::ClientId;
use oidc::client::Preset;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{ClientView, guard, tagged};
use crate::admin::extract::Segment;
use crate::admin::operator::Operator;
use crate::admin::permission::Permission;
use crate::admin::writing::Writing;
use crate::app::App;
use crate::conditional::{Effect, Tagged};
use crate::http::{AppState, JsonBody, parse_json};
use crate::oidc::clients::{
    IssuedClient, NewClient, create_client, patch_client, remove_client, rotate_client_secret, write_client,
};
use crate::problem::{Code, Problem};
use crate::services::ServiceInput;

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

/// Registers a client, from a preset or not; its secret is shown in this answer alone.
#[utoipa::path(
    post, path = "/admin/clients", tag = "admin", request_body = ClientInput, security(("operator" = [])),
    responses((status = 201, body = ClientView), (status = 400, description = "invalid_request, with the member"),
        (status = 404, description = "service_not_found"), (status = 409, description = "conflict: the client_id is taken"))
)]
pub(in crate::admin) async fn add_client(
    State(app): AppState,
    operator: Operator,
    JsonBody(input): JsonBody<ClientInput>,
) -> Result<Tagged<ClientView>, Problem> {
    operator.require(&app, Permission::Configure).await?;
    let issued = create_client(&app, input.check()?, operator.actor()).await?;
    answer(&app, Effect::Created, issued)
}

/// Writes a client whole: registers it, with a secret that is shown in this answer alone, or replaces everything of it but its secrets.
/// What is absent takes its default; a preset writes its members anew. Writing what is so already changes nothing and records nothing.
#[utoipa::path(
    put, path = "/admin/clients/{clientId}", tag = "admin", request_body(content = Object), security(("operator" = [])),
    params(("clientId" = String, Path, description = "the client")),
    responses((status = 200, body = ClientView, description = "replaced, or so already"),
        (status = 201, body = ClientView, description = "registered"),
        (status = 400, description = "invalid_request, with the member"), (status = 404, description = "service_not_found"))
)]
pub(in crate::admin) async fn put_client(
    State(app): AppState,
    writing: Writing,
    Segment(client_id): Segment<ClientId>,
    JsonBody(members): JsonBody<Map<String, Value>>,
) -> Result<Tagged<ClientView>, Problem> {
    let new = document(&client_id, members)?;
    let (issued, effect) = write_client(
        &app,
        &new,
        writing.writer(&|found| guard(&app, &writing.conditions, found)),
    )
    .await?;
    answer(&app, effect, issued)
}

fn answer(app: &App, effect: Effect, issued: IssuedClient) -> Result<Tagged<ClientView>, Problem> {
    let location = path_of(&issued.client.value.client_id);
    let (etag, _) = tagged(app, &issued.client)?;
    Ok(Tagged::written(
        effect,
        etag,
        location,
        ClientView::issued(app, issued),
    ))
}

/// Where a client is: its name may have slashes and colons, which a path segment has not.
fn path_of(client_id: &ClientId) -> String {
    format!("/admin/clients/{}", client_id.as_str().replace('/', "%2F"))
}

/// What an answer shows beside what may be written; a document that was read may be written back.
const READ_ONLY: [&str; 7] = [
    "issuer",
    "sector",
    "secrets",
    "self_registered",
    "created_at",
    "updated_at",
    "enter",
];

/// The client that a document describes.
pub(crate) fn document(client_id: &ClientId, mut members: Map<String, Value>) -> Result<NewClient, Problem> {
    for name in READ_ONLY {
        members.remove(name);
    }
    let named = members
        .entry("client_id")
        .or_insert_with(|| client_id.as_str().into());
    if *named != *client_id.as_str() {
        return Err(Problem::new(Code::InvalidRequest)
            .detail("the document is of another client")
            .with("member", "client_id"));
    }
    let text = serde_json::to_vec(&members).map_err(|_| Problem::new(Code::Internal))?;
    parse_json::<ClientInput>(&text)?.check()
}

/// Changes a client: a JSON merge patch (RFC 7396) of its members, `enabled` among them. A method that needs a secret for the first time
/// makes one.
#[utoipa::path(
    patch, path = "/admin/clients/{clientId}", tag = "admin", request_body = Object, security(("operator" = [])),
    params(("clientId" = String, Path, description = "the client")),
    responses((status = 200, body = ClientView), (status = 400, description = "invalid_request, with the member"),
        (status = 404, description = "not_found"))
)]
pub(in crate::admin) async fn update_client(
    State(app): AppState,
    writing: Writing,
    Segment(client_id): Segment<ClientId>,
    JsonBody(patch): JsonBody<Map<String, Value>>,
) -> Result<Tagged<ClientView>, Problem> {
    let issued = patch_client(
        &app,
        &client_id,
        &patch,
        writing.writer(&|found| guard(&app, &writing.conditions, found)),
    )
    .await?;
    answer(&app, Effect::Changed, issued)
}

/// Removes a client with its grants and account links; its tokens are revoked. Its service stays.
#[utoipa::path(
    delete, path = "/admin/clients/{clientId}", tag = "admin", security(("operator" = [])),
    params(("clientId" = String, Path, description = "the client")),
    responses((status = 204, description = "removed"), (status = 404, description = "not_found"))
)]
pub(in crate::admin) async fn delete_client(
    State(app): AppState,
    writing: Writing,
    Segment(client_id): Segment<ClientId>,
) -> Result<StatusCode, Problem> {
    remove_client(
        &app,
        &client_id,
        writing.writer(&|found| guard(&app, &writing.conditions, found)),
    )
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a new secret, which is shown in this answer alone. The one before stays valid until the next rotation.
#[utoipa::path(
    post, path = "/admin/clients/{clientId}/rotate-secret", tag = "admin", security(("operator" = [])),
    params(("clientId" = String, Path, description = "the client")),
    responses((status = 200, body = ClientView), (status = 404, description = "not_found"),
        (status = 409, description = "conflict: it authenticates without a secret"))
)]
pub(in crate::admin) async fn rotate_secret_of_client(
    State(app): AppState,
    operator: Operator,
    Segment(client_id): Segment<ClientId>,
) -> Result<Tagged<ClientView>, Problem> {
    operator.require(&app, Permission::Configure).await?;
    let issued = rotate_client_secret(&app, &client_id, operator.actor()).await?;
    answer(&app, Effect::Changed, issued)
}

pub(in crate::admin) fn fuzz(data: &[u8]) {
    if let Ok(input) = serde_json::from_slice::<ClientInput>(data) {
        let _ = input.check();
    }
}
