//! `POST /oidc/entra/authorize` (`federation-oidc.md` 5a): Microsoft Entra asks for a second factor. Nothing else of the provider issues an
//! ID token without a code.
//!
//! Who the person is says Microsoft's ID token; which phone is asked says the account link, or, the first time, the person, whose
//! approval then makes the link. The first approval decides whose account it is, as with every second factor that is registered on first
//! use: an operator can look at links and delete them (`idp link`).

use std::path::Path as FilePath;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::HeaderMap;
use idp_jose::jws::{self, Expectation};
use idp_jose::jwt::Claims;
use idp_jose::{Algorithm, JwkSet};
use idp_store::Versioned;
use idp_types::{ClientId, ScopeSet};
use oidc::authorize::BadDestination;
use oidc::client::ClientProfile;
use oidc::external::{
    Cloud, ExternalDemand, ExternalDestination, ExternalRequest, ForeignHint, HINT_LIMIT, destination,
    error_fields,
};
use oidc::{Client, ErrorCode, OAuthError, Parameters};

use super::authorize::Visitor;
use super::failure::OidcFailure;
use super::interaction::{self, Ending, NewInteraction};
use super::{clients, keysets, response, resume};
use crate::app::App;
use crate::http::{AppState, Peer};
use crate::pages::oidc::{Failure, Locale};
use crate::problem::Problem;

const RESUME: &str = "/oidc/entra/authorize/resume";

/// The routes of the endpoint.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/oidc/entra/authorize", post(park))
        .route("/oidc/entra/authorize/resume/{id}", get(resumed))
}

/// Why there is only a page.
enum Refused {
    /// The request is wrong, and there is nowhere to answer to.
    Page(Failure, Option<&'static str>),
    /// The server cannot.
    Problem(Problem),
}

impl<E: Into<Problem>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

/// Profile 8: the POST of another site carries no Lax cookie.
async fn park(State(app): AppState, Peer(address): Peer, headers: HeaderMap, body: Body) -> Response {
    let visitor = Visitor {
        headers: &headers,
        address,
    };
    resume::park_for(&app, visitor, body, RESUME).await
}

async fn resumed(
    State(app): AppState,
    Peer(address): Peer,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let visitor = Visitor {
        headers: &headers,
        address,
    };
    let locale = Locale::of(None, &headers);
    let answered = match resume::parked(&app, &id).await {
        Ok(Some(encoded)) => answer(&app, visitor, &encoded, locale).await,
        Ok(None) => Err(Refused::Page(Failure::Gone, None)),
        Err(problem) => Err(Refused::Problem(problem)),
    };
    answered.unwrap_or_else(|refused| match refused {
        Refused::Page(failure, description) => response::page(locale, failure, description),
        Refused::Problem(problem) => Failure::of_problem(locale, problem),
    })
}

async fn answer(
    app: &App,
    visitor: Visitor<'_>,
    encoded: &[u8],
    locale: Locale,
) -> Result<Response, Refused> {
    let parameters = Parameters::parse(encoded)
        .map_err(|error| Refused::Page(Failure::Request, Some(error.description)))?;
    let client = client_of(app, &parameters).await?;
    let destination = destination(&parameters, &client.value).map_err(|reason| {
        let description = match reason {
            BadDestination::Missing => "redirect_uri is missing",
            BadDestination::Unregistered | BadDestination::Insecure => {
                "redirect_uri is not one of Entra's that is registered for this client"
            }
        };
        Refused::Page(Failure::RedirectUri, Some(description))
    })?;
    match begin(app, visitor, (&client.value, &destination), &parameters).await {
        Ok(response) => Ok(response),
        Err(failure) => Ok(refuse(locale, &destination, failure.oauth())),
    }
}

/// A client of this profile; others are unknown here.
async fn client_of(app: &App, parameters: &Parameters) -> Result<Arc<Versioned<Client>>, Refused> {
    let unknown = || Refused::Page(Failure::UnknownClient, None);
    let id = parameters
        .text("client_id")
        .and_then(|id| ClientId::parse(id).ok());
    let client = clients::load(app, &id.ok_or_else(unknown)?).await?;
    let client = client.filter(|client| client.value.profile == ClientProfile::EntraExternal);
    client.ok_or_else(unknown)
}

/// The form that says no.
pub(super) fn refuse(locale: Locale, destination: &ExternalDestination, error: OAuthError) -> Response {
    let fields = error_fields(error, destination.state.as_deref());
    response::form(locale, &destination.redirect_uri, &fields)
}

/// Checks the request and begins a login.
async fn begin(
    app: &App,
    visitor: Visitor<'_>,
    (client, destination): (&Client, &ExternalDestination),
    parameters: &Parameters,
) -> Result<Response, OidcFailure> {
    let (demand, hint) = ExternalDemand::read(parameters)?;
    let claims = verified(app, destination.cloud, hint).await.ok_or(INVALID_HINT)?;
    let hint = ForeignHint::check(&claims, destination.cloud, client, app.now())?;
    if !demand.is_possible() {
        let why = "no approval on a phone gives the requested acr";
        return Err(OAuthError::new(ErrorCode::AccessDenied, why).into());
    }
    let service = app.durable.service(&client.service_id).await?;
    let service = service.filter(|service| service.value.enabled);
    let service = service.ok_or(OAuthError::new(
        ErrorCode::AccessDenied,
        "the client's service is switched off",
    ))?;
    let request = ExternalRequest::new(client, destination.clone(), demand, hint);
    let begun = NewInteraction {
        client_id: &client.client_id,
        service: &service.value,
        asked: ScopeSet::EMPTY,
        mode: None,
        ending: Ending::External(Box::new(request)),
    };
    Ok(interaction::begin(app, visitor, begun).await?)
}

const INVALID_HINT: OAuthError =
    OAuthError::invalid_request("id_token_hint is not signed by Microsoft's keys");

/// The claims of a hint that is signed with a key of the cloud.
async fn verified(app: &App, cloud: Cloud, hint: &str) -> Option<Claims> {
    let parsed = jws::parse(hint, HINT_LIMIT).ok()?;
    let kid = parsed.header().kid.clone()?;
    let keys = keys_of(app, cloud, &kid).await;
    let key = keys.find(Some(&kid), Algorithm::Rs256)?;
    let expectation = Expectation {
        algorithms: &[Algorithm::Rs256],
        typ: "JWT",
    };
    let verified = parsed
        .verify_untyped(&app.verifier, &key.key, &expectation)
        .ok()?;
    Claims::from_verified(&verified).ok()
}

/// Microsoft's keys: of the configured file, or as they are published.
async fn keys_of(app: &App, cloud: Cloud, kid: &str) -> Arc<JwkSet> {
    match app.config.oidc.entra.file(cloud) {
        Some(file) => Arc::new(read_keys(file).await),
        None => keysets::of_cloud(app, cloud, kid).await,
    }
}

/// Read each time, so that a timer may replace the file.
async fn read_keys(file: &FilePath) -> JwkSet {
    let keys = tokio::fs::read(file).await.ok();
    let keys = keys.and_then(|bytes| JwkSet::parse(&bytes, JwkSet::LIMIT).ok());
    keys.unwrap_or_else(|| {
        tracing::error!(file = %file.display(), "the file of Microsoft's keys cannot be read");
        JwkSet::default()
    })
}
