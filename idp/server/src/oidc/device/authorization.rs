//! `POST /oidc/device_authorization` (RFC 8628 3.1, 3.2): a device asks for its codes.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::{HeaderMap, header};
use oidc::Client;
use oidc::client::GrantType;
use oidc::device::{DeviceRequest, DeviceTransaction};
use oidc::polled::PolledRequest;
use oidc::polling::Pace;
use oidc::token::check_grant_allowed;
use serde::Serialize;

use super::transactions;
use crate::app::App;
use crate::http::{AppState, Peer, enforce, network_of};
use crate::oidc::client_authentication::authenticate;
use crate::oidc::failure::OidcFailure;
use crate::oidc::{form, issuer, polled};
use crate::problem::Problem;

/// How many times the limit of logins a network may ask for codes.
const SHARE: u32 = 20;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/oidc/device_authorization", post(request))
}

/// RFC 8628 3.2.
#[derive(Serialize)]
struct DeviceAuthorization {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    expires_in: i64,
    interval: i64,
}

async fn request(State(app): AppState, Peer(address): Peer, headers: HeaderMap, body: Body) -> Response {
    match answer(&app, address, &headers, body).await {
        Ok(authorization) => {
            let no_store = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
            (no_store, Json(authorization)).into_response()
        }
        Err(failure) => failure.into_response(),
    }
}

async fn answer(
    app: &App,
    address: IpAddr,
    headers: &HeaderMap,
    body: Body,
) -> Result<DeviceAuthorization, OidcFailure> {
    let parameters = form::read(app, headers, body).await?;
    let authenticated = authenticate(app, headers, &parameters, address).await?;
    let client = &authenticated.client.value;
    check_grant_allowed(client, GrantType::DeviceCode)?;
    let request = DeviceRequest::read(&parameters, client)?;
    polled::service_of(app, client, &request.scope).await?;
    limit(app, client, address).await?;
    begin(app, client, request).await
}

/// Who only says who it is does not use up the service's quota.
async fn limit(app: &App, client: &Client, address: IpAddr) -> Result<(), Problem> {
    let limits = &app.config.limits;
    let network = format!("oidc-device:{}", network_of(address));
    enforce(
        app,
        &network,
        limits.initiate_per_minute.saturating_mul(SHARE),
        60,
    )
    .await?;
    if client.is_public() {
        return Ok(());
    }
    let service = format!("service:{}", client.service_id);
    enforce(app, &service, limits.service_per_minute, 60).await
}

async fn begin(
    app: &App,
    client: &Client,
    request: DeviceRequest,
) -> Result<DeviceAuthorization, OidcFailure> {
    let (expires_in, pace) = (app.config.oidc.device_seconds, Pace::default());
    let transaction = DeviceTransaction::new(PolledRequest {
        client_id: client.client_id.clone(),
        service_id: client.service_id.clone(),
        scope: request.scope,
        requirements: request.requirements,
        resources: request.resources,
        expires_at: app.now().plus_seconds(expires_in),
        pace,
    });
    let codes = transactions::create(app, &transaction).await?;
    let verification_uri = format!("{}/oidc/device", issuer::of(app, client));
    Ok(DeviceAuthorization {
        device_code: codes.device_code,
        user_code: codes.user_code.to_string(),
        verification_uri_complete: format!("{verification_uri}?user_code={}", codes.user_code),
        verification_uri,
        expires_in,
        interval: pace.interval_seconds(),
    })
}
