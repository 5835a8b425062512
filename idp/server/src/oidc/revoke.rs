//! `POST /oidc/revoke` (RFC 7009): a client gives a token up. A refresh token takes its whole grant along; an access token goes alone.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::{HeaderMap, StatusCode, header};
use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::{Change, Commit};
use oidc::introspection::token;
use oidc::{Client, OAuthError};

use super::client_authentication::authenticate;
use super::failure::OidcFailure;
use super::form;
use super::tokens::{forget_record, parse_refresh_token, place_of, verified};
use crate::app::App;
use crate::http::{AppState, Peer};

/// RFC 7009 2.1: the token of another client is not this one's to give up.
const FOREIGN: OAuthError = OAuthError::invalid_grant("the token was given to another client");

/// The route of revocation.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/oidc/revoke", post(revoke))
}

async fn revoke(
    State(app): AppState,
    Peer(address): Peer,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, OidcFailure> {
    let parameters = form::read(&app, &headers, body).await?;
    let caller = authenticate(&app, &headers, &parameters, address).await?;
    let client = &caller.client.value;
    if let Some((change, fact)) = decide(&app, client, token(&parameters)?).await? {
        let fact = fact.from_address(Some(address));
        let audit = vec![app.audit.record(&*app.durable, fact, app.now()).await?];
        let changes = vec![change];
        app.durable.commit(Commit { changes, audit }).await?;
        app.status.revoked();
    }
    // RFC 7009 2.2: the same answer for a token that is no more, or never was.
    Ok((
        StatusCode::OK,
        [
            (header::CONTENT_TYPE, "application/json"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        "{}",
    )
        .into_response())
}

async fn decide(app: &App, client: &Client, text: &str) -> Result<Option<(Change, AuditFact)>, OidcFailure> {
    let fact = |kind| {
        AuditFact::new(AuditEvent::TokenRevoke, Actor::Service)
            .for_service(&client.service_id)
            .with("client", client.client_id.as_str())
            .with("what", kind)
    };
    if let Some(refresh) = parse_refresh_token(app, text) {
        let Some(found) = app.durable.grant(&refresh.grant_id()).await? else {
            return Ok(None);
        };
        let grant = &found.value;
        if grant.client_id != client.client_id {
            return Err(FOREIGN.into());
        }
        let change = Change::RevokeGrant {
            grant_id: grant.grant_id.clone(),
            at: app.now(),
        };
        let fact = fact("refresh_token").about(&grant.authentication.token_id);
        return Ok(Some((change, fact)));
    }
    let Some(token) = verified(app, text) else {
        return Ok(None);
    };
    if token.client_id != client.client_id {
        return Err(FOREIGN.into());
    }
    let Some((list, index)) = place_of(app, &token) else {
        return Ok(None);
    };
    forget_record(app, text).await?;
    Ok(Some((Change::RevokeToken { list, index }, fact("access_token"))))
}
