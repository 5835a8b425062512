//! `POST /oidc/ciba`: the authentication request (CIBA 7). Whether anybody is behind a tokenId shows in nothing (profile 4).

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::{HeaderMap, header};
use idp_core::approval::Caller;
use idp_types::{MatchingMode, TokenId};
use oidc::ciba::{BackchannelRequest, Hint, Transaction, UNKNOWN_USER, must_sign};
use oidc::client::{GrantType, SubjectType};
use oidc::polled::PolledRequest;
use oidc::polling::Pace;
use oidc::token::check_grant_allowed;
use oidc::{Client, OAuthError, Parameters};
use serde::Serialize;

use super::{ping, signed, transactions};
use crate::app::App;
use crate::approval::protocol::{Asked, ProtocolAsk, ask};
use crate::http::{AppState, Pad, Peer, enforce};
use crate::oidc::client_authentication::authenticate;
use crate::oidc::failure::OidcFailure;
use crate::oidc::{form, hint, polled};

/// The route of authentication requests.
pub(in crate::oidc) fn router() -> Router<Arc<App>> {
    Router::new().route("/oidc/ciba", post(request))
}

/// CIBA 7.3, and the code to show.
#[derive(Serialize)]
struct Acknowledgement {
    auth_req_id: String,
    expires_in: i64,
    interval: i64,
    verification_code: String,
    verification_mode: MatchingMode,
}

async fn request(State(app): AppState, Peer(address): Peer, headers: HeaderMap, body: Body) -> Response {
    let pad = Pad::begin();
    let outcome = answer(&app, address, &headers, body).await;
    pad.hold().await;
    match outcome {
        Ok(acknowledgement) => {
            let no_store = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
            (no_store, Json(acknowledgement)).into_response()
        }
        Err(failure) => failure.into_response(),
    }
}

async fn answer(
    app: &Arc<App>,
    address: IpAddr,
    headers: &HeaderMap,
    body: Body,
) -> Result<Acknowledgement, OidcFailure> {
    let parameters = form::read(app, headers, body).await?;
    let authenticated = authenticate(app, headers, &parameters, address).await?;
    let client = &authenticated.client.value;
    check_grant_allowed(client, GrantType::Ciba)?;
    let request = read(app, client, &parameters).await?;
    let token_id = token_id_of(app, client, &request.hint)?;
    let (service, requested) = polled::service_of(app, client, &request.scope).await?;
    let service = &service.value;
    limit(app, client, &token_id).await?;
    let mode = request.requirements.mode();
    let mode = mode.map_or(service.matching_mode, |mode| mode.at_least(service.matching_mode));
    let asking = ProtocolAsk {
        token_id,
        requested,
        mode: Some(mode),
        message: request.binding_message.clone(),
        caller: Caller {
            authenticated: true,
            handle: client.client_id.to_string(),
        },
        address: Some(address),
    };
    let asked = ask(app, service, asking).await?;
    begin(app, client, request, (asked, mode)).await
}

/// The request, out of its signature where there is one (CIBA 7.1.1).
async fn read(
    app: &App,
    client: &Client,
    parameters: &Parameters,
) -> Result<BackchannelRequest, OidcFailure> {
    let opened = match parameters.text("request") {
        Some(object) => Some(signed::open(app, client, parameters, object).await?),
        None if must_sign(client) => {
            return Err(OAuthError::invalid_request("the client must sign its requests").into());
        }
        None => None,
    };
    Ok(BackchannelRequest::read(
        opened.as_ref().unwrap_or(parameters),
        client,
    )?)
}

/// CIBA 7.2, item 4. A pairwise subject cannot be traced back to a tokenId: that is what it is for.
fn token_id_of(app: &App, client: &Client, hint: &Hint) -> Result<TokenId, OAuthError> {
    let token = match hint {
        Hint::TokenId(token_id) => return Ok(token_id.clone()),
        Hint::IdToken(token) => token,
    };
    let subject = hint::subject_of(app, client, token)?;
    match client.subject_type {
        SubjectType::Public => TokenId::parse(&subject).map_err(|_| UNKNOWN_USER),
        SubjectType::Pairwise => Err(UNKNOWN_USER),
    }
}

/// A client has its service's quota, and no tokenId, known or not, is asked by it again and again (profile 4).
async fn limit(app: &App, client: &Client, token_id: &TokenId) -> Result<(), OidcFailure> {
    let limits = &app.config.limits;
    let service = format!("service:{}", client.service_id);
    enforce(app, &service, limits.service_per_minute, 60).await?;
    let person = format!("oidc-ciba:{}:{token_id}", client.client_id);
    enforce(app, &person, limits.initiate_per_minute, 60).await?;
    Ok(())
}

/// Keeps what the client will come back for, and tells it where to come.
async fn begin(
    app: &Arc<App>,
    client: &Client,
    request: BackchannelRequest,
    (asked, mode): (Asked, MatchingMode),
) -> Result<Acknowledgement, OidcFailure> {
    let now = app.now();
    let whole = (asked.expires_at.millis_since(now) + 999) / 1000;
    let expires_in = request.expires_in(whole);
    let pace = Pace::default();
    let notice = request.notification_token.clone();
    let transaction = Transaction {
        request: PolledRequest {
            client_id: client.client_id.clone(),
            service_id: client.service_id.clone(),
            scope: request.scope,
            requirements: request.requirements,
            resources: request.resources,
            expires_at: now.plus_seconds(expires_in),
            pace,
        },
        session_id: asked.session_id.clone(),
    };
    let auth_req_id = transactions::create(app, &transaction).await?;
    if let Some((token, endpoint)) = notice.zip(client.ciba_notification_endpoint.clone()) {
        let notice = ping::Notice {
            endpoint,
            token,
            auth_req_id: auth_req_id.clone(),
            session_id: asked.session_id,
            expires_at: transaction.request.expires_at,
        };
        tokio::spawn(ping::tell_when_answered(app.clone(), notice));
    }
    Ok(Acknowledgement {
        auth_req_id,
        expires_in,
        interval: pace.interval_seconds(),
        verification_code: asked.code,
        verification_mode: mode,
    })
}
