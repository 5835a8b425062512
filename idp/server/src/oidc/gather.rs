//! From parameters to a checked request: request objects are opened, the service's ceiling is applied. Shared with pushed requests.

use std::sync::Arc;

use idp_core::service::Service;
use idp_store::Versioned;
use oidc::authorize::request::Arrival;
use oidc::authorize::request_object::{self, Circumstances};
use oidc::authorize::{AuthorizationRequest, BadDestination, destination};
use oidc::response::Destination;
use oidc::{Client, ErrorCode, OAuthError, Parameters};

use super::{issuer, keysets};
use crate::app::App;
use crate::pages::oidc::Failure;
use crate::problem::Problem;

/// Why a request is not answered, and who is told.
#[derive(Debug)]
pub(super) enum Refused {
    /// The person, on a page: there is nowhere to redirect to.
    Page(Failure, Option<&'static str>),
    /// The person, on a page, for the same reason; a client that asked in the back channel learns the error.
    Unaddressed(OAuthError),
    /// The client.
    Back(Arc<Versioned<Client>>, Box<Destination>, OAuthError),
    /// The person: the server cannot.
    Problem(Problem),
}

impl Refused {
    pub(super) fn back(
        client: &Arc<Versioned<Client>>,
        destination: &Destination,
        error: OAuthError,
    ) -> Self {
        Self::Back(client.clone(), Box::new(destination.clone()), error)
    }

    /// The same for a client that asked in the back channel.
    pub(super) fn into_direct(self) -> Result<OAuthError, Problem> {
        match self {
            Self::Page(Failure::RedirectUri, description) => Ok(OAuthError::invalid_request(
                description.unwrap_or("redirect_uri is not registered for this client"),
            )),
            Self::Page(_, description) => Ok(OAuthError::invalid_request(
                description.unwrap_or("the request is malformed"),
            )),
            Self::Back(_, _, error) | Self::Unaddressed(error) => Ok(error),
            Self::Problem(problem) => Err(problem),
        }
    }
}

/// RFC 6749 4.1.2.1: a redirect URI that is missing or not the client's is told to the person.
pub(super) fn page(reason: BadDestination) -> Refused {
    let description = match reason {
        BadDestination::Missing => "redirect_uri is missing",
        BadDestination::Unregistered => "redirect_uri is not registered for this client",
        BadDestination::Insecure => "redirect_uri must be https",
    };
    Refused::Page(Failure::RedirectUri, Some(description))
}

/// Reads a request, `pushed` or from a browser.
pub(super) async fn read(
    app: &App,
    client: &Arc<Versioned<Client>>,
    parameters: &Parameters,
    pushed: bool,
) -> Result<AuthorizationRequest, Refused> {
    let opened = match parameters.text("request") {
        Some(object) => Some(open(app, client, parameters, object).await?),
        None => None,
    };
    let arrival = Arrival {
        pushed,
        signed: opened.is_some(),
    };
    let parameters = opened.as_ref().unwrap_or(parameters);
    let destination = destination::of(parameters, &client.value).map_err(page)?;
    AuthorizationRequest::read(parameters, &client.value, destination.clone(), arrival)
        .map_err(|error| Refused::back(client, &destination, error))
}

/// Opens a request object (RFC 9101). What is wrong with it goes to the redirect URI beside it, if there is a good one.
async fn open(
    app: &App,
    client: &Arc<Versioned<Client>>,
    beside: &Parameters,
    object: &str,
) -> Result<Parameters, Refused> {
    let kid = kid_of(object);
    let keys = keysets::of_client_with(app, &client.value, kid.as_deref()).await;
    let issuer = issuer::of(app, &client.value);
    let circumstances = Circumstances {
        verifier: &app.verifier,
        keys: &keys,
        issuer: &issuer,
        now: app.now(),
    };
    request_object::merge(beside, object, &client.value, circumstances).map_err(
        |error| match destination::of(beside, &client.value) {
            Ok(destination) => Refused::back(client, &destination, error),
            Err(_) => Refused::Unaddressed(error),
        },
    )
}

fn kid_of(object: &str) -> Option<String> {
    let parsed = idp_jose::jws::parse(object, request_object::LIMIT).ok()?;
    parsed.header().kid.clone()
}

/// The service in whose name the phone is asked; what is asked for stays within its ceiling, too (profile 4).
pub(super) async fn ceiling(
    app: &App,
    client: &Arc<Versioned<Client>>,
    request: &mut AuthorizationRequest,
) -> Result<Arc<Versioned<Service>>, Refused> {
    let back = |request: &AuthorizationRequest, code, description| {
        Refused::back(client, &request.destination, OAuthError::new(code, description))
    };
    let service = app
        .durable
        .service(&client.value.service_id)
        .await
        .map_err(Problem::from)?;
    let service = service.filter(|service| service.value.enabled).ok_or_else(|| {
        back(
            request,
            ErrorCode::UnauthorizedClient,
            "the client's service is switched off",
        )
    })?;
    let scopes = request.scope.identity();
    let named = service.value.requested(Some(&scopes)).map_err(|_| {
        back(
            request,
            ErrorCode::InvalidScope,
            "a scope is beyond what the service may ask for",
        )
    })?;
    let own = request.asked;
    request.asked = own.intersection(request.claims.scopes_within(service.value.ceiling(), named));
    Ok(service)
}
