//! `POST /oidc/token` (RFC 6749 3.2): who asks, with which proof, for which grant; each grant is a file.

mod client_credentials;
mod code;
mod exchange;
mod refresh;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::{HeaderMap, HeaderValue, Uri, header};
use idp_types::Timestamp;
use oidc::client::GrantType;
use oidc::token::{Presenter, TokenResponse, check_grant_allowed, grant_type, narrowed_resources};
use oidc::{Client, OAuthError, Parameters};

use super::client_authentication::{AuthenticatedClient, authenticate};
use super::failure::OidcFailure;
use super::{ciba, device, dpop, form, issuer};
use crate::app::App;
use crate::http::{AppState, Peer};

/// The route of the token endpoint.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/oidc/token", post(token))
}

/// A request for tokens whose client and keys are proved.
pub(crate) struct GrantRequest<'a> {
    /// Who asks.
    pub(crate) client: &'a AuthenticatedClient,
    /// What it says.
    pub(crate) parameters: &'a Parameters,
    /// Thumbprint of the key of its DPoP proof.
    pub(crate) dpop: Option<String>,
    /// Now.
    pub(crate) now: Timestamp,
    /// From where.
    pub(crate) address: IpAddr,
}

impl GrantRequest<'_> {
    /// The client.
    pub(crate) fn client(&self) -> &Client {
        &self.client.client.value
    }

    /// The resources of the first tokens (RFC 8707 2.2): of what the authorization request named, or of the client's first one where it
    /// named none.
    ///
    /// # Errors
    /// `invalid_target`.
    pub(crate) fn resources(&self, granted: &[String]) -> Result<Vec<String>, OAuthError> {
        match (granted, self.client().resources.first()) {
            ([], Some(usual)) if self.parameters.has("resource") => {
                narrowed_resources(std::slice::from_ref(usual), self.parameters)
            }
            _ => narrowed_resources(granted, self.parameters),
        }
    }

    /// The keys that the request proves.
    pub(crate) fn presenter(&self) -> Presenter<'_> {
        Presenter {
            jkt: self.dpop.as_deref(),
            certificate: self.client.certificate.as_deref(),
        }
    }
}

/// The token endpoint.
async fn token(
    State(app): AppState,
    Peer(address): Peer,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let outcome = answer(&app, address, &uri, &headers, body).await;
    dpop::answer(&app, &headers, outcome.map(|tokens| success(&tokens)))
}

async fn answer(
    app: &App,
    address: IpAddr,
    uri: &Uri,
    headers: &HeaderMap,
    body: Body,
) -> Result<TokenResponse, OidcFailure> {
    let parameters = form::read(app, headers, body).await?;
    let grant = grant_type(&parameters)?;
    let client = authenticate(app, headers, &parameters, address).await?;
    check_grant_allowed(&client.client.value, grant)?;
    let asked = dpop::Asked {
        method: "POST",
        uri: &issuer::address_of(app, uri),
        access_token: None,
        client: Some(&client.client.value),
    };
    let request = GrantRequest {
        dpop: dpop::prove(app, headers, &asked).await?,
        client: &client,
        parameters: &parameters,
        now: app.now(),
        address,
    };
    let redeemed = match grant {
        GrantType::AuthorizationCode => code::redeem(app, &request).await,
        GrantType::RefreshToken => refresh::redeem(app, &request).await,
        GrantType::ClientCredentials => client_credentials::redeem(app, &request).await,
        GrantType::TokenExchange => exchange::redeem(app, &request).await,
        GrantType::Ciba => ciba::redeem(app, &request).await,
        GrantType::DeviceCode => device::redeem(app, &request).await,
    };
    app.metrics.granted(grant.as_str(), redeemed.is_ok());
    redeemed
}

/// RFC 6749 5.1: never cached.
fn success(tokens: &TokenResponse) -> Response {
    let mut response = serde_json::to_vec(tokens).unwrap_or_default().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
