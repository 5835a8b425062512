//! `POST /oidc/par` (RFC 9126): a request that its client hands in itself.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode, Uri, header};
use idp_store::Versioned;
use idp_store::ephemeral::Kind;
use oidc::authorize::{AuthorizationRequest, destination};
use oidc::{Client, ErrorCode, OAuthError, Parameters};
use serde::Serialize;

use super::client_authentication::authenticate;
use super::failure::OidcFailure;
use super::gather::{self, Refused};
use super::{dpop, form, issuer};
use crate::app::App;
use crate::crypto::random;
use crate::http::{AppState, Peer};
use crate::pages::oidc::Failure;
use crate::problem::{Code, Problem};

/// What our request URIs begin with (RFC 9126 2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// The route of pushed requests.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/oidc/par", post(push))
}

/// Where a pushed request is found (RFC 9126 2.2).
#[derive(Serialize)]
struct Pushed {
    request_uri: String,
    expires_in: i64,
}

async fn push(
    State(app): AppState,
    Peer(address): Peer,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let outcome = answer(&app, address, &uri, &headers, body).await;
    let created = outcome.map(|pushed| {
        let no_store = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
        (StatusCode::CREATED, no_store, Json(pushed)).into_response()
    });
    dpop::answer(&app, &headers, created)
}

async fn answer(
    app: &App,
    address: IpAddr,
    uri: &Uri,
    headers: &HeaderMap,
    body: Body,
) -> Result<Pushed, OidcFailure> {
    let parameters = form::read(app, headers, body).await?;
    let authenticated = authenticate(app, headers, &parameters, address).await?;
    let client = &authenticated.client;
    check(&parameters, client)?;
    let read = gather::read(app, client, &parameters, true).await;
    let mut request = refused_directly(read)?;
    refused_directly(gather::ceiling(app, client, &mut request).await)?;
    let asked = dpop::Asked {
        method: "POST",
        uri: &issuer::address_of(app, uri),
        access_token: None,
        client: Some(&client.value),
    };
    bind(&mut request, dpop::prove(app, headers, &asked).await?)?;
    Ok(Pushed {
        request_uri: store(app, &request).await?,
        expires_in: app.config.oidc.par_seconds,
    })
}

/// RFC 9126 2.1: a pushed request names no other one, and the client that authenticated.
fn check(parameters: &Parameters, client: &Versioned<Client>) -> Result<(), OAuthError> {
    if parameters.has("request_uri") {
        return Err(OAuthError::invalid_request(
            "a pushed request must not have request_uri",
        ));
    }
    let named = parameters.text("client_id");
    if named.is_some_and(|named| named != client.value.client_id.as_str()) {
        return Err(OAuthError::invalid_request(
            "client_id is not the client that authenticated",
        ));
    }
    Ok(())
}

/// RFC 9126 2.3: every refusal is told to the client at once.
fn refused_directly<T>(outcome: Result<T, Refused>) -> Result<T, OidcFailure> {
    match outcome.map_err(Refused::into_direct) {
        Ok(value) => Ok(value),
        Err(Ok(error)) => Err(error.into()),
        Err(Err(problem)) => Err(problem.into()),
    }
}

/// RFC 9449 10.1: a proof at this endpoint binds the code, as `dpop_jkt` would; both agree.
fn bind(request: &mut AuthorizationRequest, proved: Option<String>) -> Result<(), OAuthError> {
    match (&request.dpop_jkt, proved) {
        (Some(named), Some(proved)) if *named != proved => Err(OAuthError::new(
            ErrorCode::InvalidDpopProof,
            "dpop_jkt is not the key of the DPoP proof",
        )),
        (None, Some(proved)) => {
            request.dpop_jkt = Some(proved);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Whether a request URI can be one of ours.
pub(super) fn is_ours(uri: &str) -> bool {
    uri.starts_with(PREFIX)
}

/// Keeps a checked request; its request URI.
async fn store(app: &App, request: &AuthorizationRequest) -> Result<String, Problem> {
    let key = idp_types::encoding::base64url(&random::<32>()?);
    let plain = serde_json::to_vec(request).map_err(|_| Problem::new(Code::Internal))?;
    let until = app.now().plus_seconds(app.config.oidc.par_seconds);
    app.ephemeral.put(Kind::PushedRequest, &key, plain, until).await?;
    Ok(format!("{PREFIX}{key}"))
}

/// A pushed request, for the client that pushed it. It may be looked at again until it is answered: a reload is no mistake.
pub(super) async fn load(app: &App, client: &Client, uri: &str) -> Result<AuthorizationRequest, Refused> {
    let gone = || {
        Refused::Page(
            Failure::Request,
            Some("request_uri is unknown, used, expired or another client's"),
        )
    };
    let key = uri
        .strip_prefix(PREFIX)
        .filter(|key| key.len() <= 64)
        .ok_or_else(gone)?;
    let found = app.ephemeral.read(Kind::PushedRequest, key, app.now()).await;
    let stored = found.map_err(Problem::from)?.ok_or_else(gone)?;
    let mut request: AuthorizationRequest = serde_json::from_slice(&stored).map_err(|_| gone())?;
    if *request.client_id() != client.client_id {
        return Err(gone());
    }
    destination::check(&request.destination.redirect_uri, client).map_err(gather::page)?;
    request.pushed = Some(key.to_owned());
    Ok(request)
}

/// Uses a pushed request up (RFC 9126 4): the first answer takes it.
pub(super) async fn use_up(
    app: &App,
    client: &Arc<Versioned<Client>>,
    request: &AuthorizationRequest,
) -> Result<(), Refused> {
    let Some(key) = &request.pushed else {
        return Ok(());
    };
    let taken = app.ephemeral.take(Kind::PushedRequest, key, app.now()).await;
    if taken.map_err(Problem::from)?.is_some() {
        return Ok(());
    }
    let error = OAuthError::new(ErrorCode::InvalidRequestUri, "request_uri was used");
    Err(Refused::back(client, &request.destination, error))
}
