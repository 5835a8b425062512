//! Dynamic registration (RFC 7591, RFC 7592): `/oidc/register`, off unless `[oidc] dynamic_registration` says otherwise, and then with
//! an initial access token alone. A client belongs to the service that its token was made for, and asks for no more than it may.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use idp_core::audit::Actor;
use idp_store::{StoreError, Versioned};
use idp_types::secret::constant_time_equal;
use idp_types::{ClientId, Timestamp};
use oidc::client::{ClientMetadata, MetadataError, parse_object};
use oidc::registration::{Credentials, answer, check_update, refusal};
use oidc::{Client, ErrorCode, OAuthError};
use serde_json::{Map, Value};

use super::clients::{self, Authority, IssuedClient, described, digest_of, limit_scope};
use super::failure::OidcFailure;
use super::initial_token::{Leave, verify_initial_token};
use crate::app::App;
use crate::crypto::{CryptoError, random_id};
use crate::http::{AppState, Peer, body_bytes, enforce, network_of};
use crate::problem::{Code, Problem};

/// The routes.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/oidc/register", post(register))
        .route("/oidc/register/{client_id}", get(read).put(update).delete(remove))
}

/// Why a registration is refused.
enum Refused {
    /// The metadata is wrong (RFC 7591 3.2.2).
    Metadata(MetadataError),
    /// The token is, or the server is in trouble.
    Failure(OidcFailure),
    /// Registration is off.
    Off,
}

impl From<MetadataError> for Refused {
    fn from(error: MetadataError) -> Self {
        Self::Metadata(error)
    }
}

impl From<OAuthError> for Refused {
    fn from(error: OAuthError) -> Self {
        Self::Failure(OidcFailure::OAuth(error))
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Failure(OidcFailure::Problem(problem))
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}

impl From<CryptoError> for Refused {
    fn from(error: CryptoError) -> Self {
        Problem::from(error).into()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Metadata(error) => json(StatusCode::BAD_REQUEST, &refusal(error)),
            Self::Failure(failure) => challenged(failure),
            Self::Off => Problem::new(Code::NotFound).into_response(),
        }
    }
}

/// RFC 6750 3: a wrong token is answered with a challenge.
fn challenged(failure: OidcFailure) -> Response {
    let is_token = failure.oauth().code == ErrorCode::InvalidToken;
    let mut response = failure.into_response();
    if is_token {
        let challenge = HeaderValue::from_static("Bearer realm=\"registration\", error=\"invalid_token\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

fn json(status: StatusCode, value: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::PRAGMA, "no-cache"),
    ];
    (status, headers, value.to_string()).into_response()
}

const INVALID_TOKEN: OAuthError = OAuthError::new(ErrorCode::InvalidToken, "the token is not valid here");

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Counts an attempt, where registration is on.
async fn admit(app: &App, peer: IpAddr) -> Result<(), Refused> {
    if !app.config.oidc.dynamic_registration {
        return Err(Refused::Off);
    }
    let bucket = format!("register:{}", network_of(peer));
    Ok(enforce(app, &bucket, app.config.limits.register_per_minute, 60).await?)
}

/// Counts a wrong token.
async fn wrong_token(app: &App, peer: IpAddr) -> Refused {
    let bucket = format!("register-fail:{}", network_of(peer));
    match enforce(app, &bucket, app.config.limits.register_failures_per_minute, 60).await {
        Ok(()) => INVALID_TOKEN.into(),
        Err(problem) => problem.into(),
    }
}

/// RFC 7591 3.1: the body is a JSON object, and says so.
async fn description(app: &App, headers: &HeaderMap, body: Body) -> Result<Map<String, Value>, Refused> {
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = media_type
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    if !media_type.trim().eq_ignore_ascii_case("application/json") {
        return Err(MetadataError::Document.into());
    }
    Ok(parse_object(&body_bytes(app, body).await?)?)
}

/// RFC 7591 3.1 and 3.2.
async fn register(
    State(app): AppState,
    Peer(peer): Peer,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    admit(&app, peer).await?;
    let leave = bearer(&headers).and_then(|token| verify_initial_token(&app, token));
    let Some(leave) = leave else {
        return Err(wrong_token(&app, peer).await);
    };
    let description = description(&app, &headers, body).await?;
    let client = self_described(&app, &leave, description).await?;
    let issued = clients::add_client(&app, client, Actor::Operator(leave.operator)).await?;
    let token = issued.registration_token.clone().unwrap_or_default();
    Ok(answered(&app, StatusCode::CREATED, &issued, &token))
}

/// A client from its own description, within what its service may ask for.
async fn self_described(
    app: &App,
    leave: &Leave,
    mut description: Map<String, Value>,
) -> Result<Client, Refused> {
    let service = app.durable.service(&leave.service_id).await?;
    let Some(service) = service.filter(|service| service.value.enabled) else {
        return Err(INVALID_TOKEN.into());
    };
    let client_id = ClientId::parse(random_id("")?).map_err(|_| Problem::new(Code::Internal))?;
    let base = Client::new(client_id, leave.service_id.clone(), app.now());
    let said = ClientMetadata::parse(&description)?;
    let grants = said.grant_types.unwrap_or_else(|| base.grant_types.clone());
    limit_scope(&mut description, &service.value, &grants);
    Ok(described(app, base, &description, Authority::Client).await?)
}

/// The client that manages itself (RFC 7592 2): its registration access token says which one it is.
async fn own_client(
    app: &App,
    peer: IpAddr,
    client_id: &str,
    headers: &HeaderMap,
) -> Result<(Versioned<Client>, String), Refused> {
    admit(app, peer).await?;
    let token = bearer(headers).unwrap_or_default();
    let found = match ClientId::parse(client_id) {
        Ok(client_id) => clients::load(app, &client_id).await?,
        Err(_) => None,
    };
    let given = digest_of(token);
    let is_own = |client: &Client| {
        let expected = client.registration_token.as_ref();
        expected.is_some_and(|expected| constant_time_equal(expected.0.as_bytes(), given.0.as_bytes()))
    };
    match found.filter(|found| is_own(&found.value)) {
        Some(found) => Ok(((*found).clone(), token.to_owned())),
        None => Err(wrong_token(app, peer).await),
    }
}

/// RFC 7592 2.1. The secret is not known any more, so it is not in the answer.
async fn read(
    State(app): AppState,
    Peer(peer): Peer,
    Path(client_id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let (client, token) = own_client(&app, peer, &client_id, &headers).await?;
    let issued = IssuedClient {
        client,
        secret: None,
        registration_token: None,
    };
    Ok(answered(&app, StatusCode::OK, &issued, &token))
}

/// RFC 7592 2.2: every member is replaced; one that is left out takes its default again.
async fn update(
    State(app): AppState,
    Peer(peer): Peer,
    Path(client_id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let (Versioned { value: client, .. }, token) = own_client(&app, peer, &client_id, &headers).await?;
    let mut description = description(&app, &headers, body).await?;
    check_update(&description, &client, |secret| {
        let given = digest_of(secret);
        client.secrets.contains(&given)
    })?;
    let service = app
        .durable
        .service(&client.service_id)
        .await?
        .ok_or_else(|| Problem::new(Code::ServiceNotFound))?;
    let grants = ClientMetadata::parse(&description)?.grant_types;
    limit_scope(&mut description, &service.value, &grants.unwrap_or_default());
    // The metadata's own errors are said in RFC 7591's words, before anything is stored.
    described(&app, replaced(&client), &description, Authority::Client).await?;
    let issued = clients::put_client(&app, &client.client_id, &description, Actor::Anonymous).await?;
    Ok(answered(&app, StatusCode::OK, &issued, &token))
}

fn replaced(client: &Client) -> Client {
    Client::new(
        client.client_id.clone(),
        client.service_id.clone(),
        Timestamp::default(),
    )
}

/// RFC 7592 2.3.
async fn remove(
    State(app): AppState,
    Peer(peer): Peer,
    Path(client_id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let (Versioned { value: client, .. }, _) = own_client(&app, peer, &client_id, &headers).await?;
    clients::remove_client(&app, &client.client_id, Actor::Anonymous).await?;
    let no_store = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    Ok((StatusCode::NO_CONTENT, no_store).into_response())
}

fn answered(app: &App, status: StatusCode, issued: &IssuedClient, token: &str) -> Response {
    let uri = format!(
        "{}/oidc/register/{}",
        app.config.issuer, issued.client.value.client_id
    );
    let credentials = Credentials {
        secret: issued.secret.as_deref().map(String::as_str),
        registration_token: token,
        registration_uri: &uri,
    };
    json(status, &Value::Object(answer(&issued.client.value, credentials)))
}
