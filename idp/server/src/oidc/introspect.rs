//! `POST /oidc/introspect` (RFC 7662, RFC 9701).

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::{HeaderMap, header};
use oidc::Client;
use oidc::client_authentication::REFUSED;
use oidc::introspection::{
    MEDIA_TYPE, TYPE, inactive, may_see, of_access_token, of_refresh_token, signed_claims, token,
};
use oidc::token::{RefreshUse, use_of};
use serde_json::Value;

use super::client_authentication::authenticate;
use super::failure::OidcFailure;
use super::tokens::{is_revoked, limits, parse_refresh_token, place_of, sign, verified};
use super::{form, issuer};
use crate::app::App;
use crate::crypto::sha256_hex;
use crate::http::{AppState, Peer};
use crate::problem::Problem;

/// The route of introspection.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/oidc/introspect", post(introspect))
}

async fn introspect(
    State(app): AppState,
    Peer(address): Peer,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, OidcFailure> {
    answer(&app, address, &headers, body).await
}

async fn answer(
    app: &App,
    address: IpAddr,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, OidcFailure> {
    let parameters = form::read(app, headers, body).await?;
    let caller = authenticate(app, headers, &parameters, address).await?;
    let client = &caller.client.value;
    // RFC 7662 2.1: who asks has to authenticate, or anybody could try tokens out.
    if client.is_public() {
        return Err(REFUSED.into());
    }
    let described = describe(app, client, token(&parameters)?).await?;
    if !wants_jwt(headers) {
        let headers = [
            (header::CONTENT_TYPE, "application/json"),
            (header::CACHE_CONTROL, "no-store"),
        ];
        let body = serde_json::to_vec(&described).unwrap_or_default();
        return Ok((headers, body).into_response());
    }
    let claims = signed_claims(described, &issuer::of(app, client), client, app.now());
    let signed = sign(app, client.introspection_signed_response_alg, TYPE, &claims).await?;
    let headers = [
        (header::CONTENT_TYPE, MEDIA_TYPE),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, signed).into_response())
}

/// RFC 9701 4: the caller asks for a signed answer by its media type.
fn wants_jwt(headers: &HeaderMap) -> bool {
    let mut fields = headers.get_all(header::ACCEPT).into_iter();
    fields.any(|field| {
        let mut types = field.to_str().unwrap_or_default().split(',');
        types.any(|accepted| {
            let name = accepted.split(';').next().unwrap_or_default().trim();
            name.eq_ignore_ascii_case(MEDIA_TYPE)
        })
    })
}

async fn describe(app: &App, client: &Client, text: &str) -> Result<Value, Problem> {
    if let Some(refresh) = parse_refresh_token(app, text) {
        let found = app.durable.grant(&refresh.grant_id()).await?;
        let found = found.filter(|found| {
            let is_current = use_of(&found.value, &sha256_hex(text.as_bytes()), limits(app), app.now());
            found.value.client_id == client.client_id && is_current == RefreshUse::Current
        });
        let issuer = issuer::of(app, client);
        return Ok(found.map_or_else(inactive, |found| of_refresh_token(&found.value, &issuer)));
    }
    let Some(token) = verified(app, text) else {
        return Ok(inactive());
    };
    let Some(place) = place_of(app, &token) else {
        return Ok(inactive());
    };
    let is_seen = may_see(client, &token.client_id, token.aud.names());
    if !is_seen || is_revoked(app, place).await? {
        return Ok(inactive());
    }
    Ok(of_access_token(&token))
}
