//! `GET` and `POST /oidc/authorize` (OIDC Core 3.1.2; profile 1.6 and 8): answered from the browser's session where that suffices, else
//! on the login page.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use http::HeaderMap;
use idp_store::Versioned;
use idp_types::ClientId;
use oidc::authorize::silent::{self, HeldApproval};
use oidc::authorize::{AuthorizationRequest, destination};
use oidc::response::Answer;
use oidc::{Client, ErrorCode, OAuthError, Parameters};

use super::gather::{self, Refused};
use super::interaction::{self, Ending, NewInteraction};
use super::sessions::{self, Visit};
use super::{clients, codes, hint, par, response, resume};
use crate::app::App;
use crate::http::{AppState, Peer};
use crate::pages::oidc::{Failure, Locale};
use crate::problem::Problem;

/// The routes of the authorization endpoint.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/oidc/authorize", get(by_query).post(resume::park))
        .route("/oidc/authorize/resume/{id}", get(resume::resume))
}

async fn by_query(
    State(app): AppState,
    Peer(address): Peer,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let visitor = Visitor {
        headers: &headers,
        address,
    };
    authorize(&app, visitor, query.unwrap_or_default().as_bytes()).await
}

/// A browser that came by itself: its cookies are those of its person.
#[derive(Clone, Copy)]
pub(crate) struct Visitor<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) address: IpAddr,
}

/// Answers an encoded request.
pub(super) async fn authorize(app: &App, visitor: Visitor<'_>, encoded: &[u8]) -> Response {
    let locale = Locale::of(None, visitor.headers);
    let parameters = match Parameters::parse(encoded) {
        Ok(parameters) => parameters,
        Err(error) => return response::page(locale, Failure::Request, Some(error.description)),
    };
    let locale = Locale::of(parameters.text("ui_locales"), visitor.headers);
    match answer(app, visitor, (&parameters, locale)).await {
        Ok(response) => response,
        Err(refused) => refuse(app, locale, refused).await,
    }
}

/// Tells whoever may be told.
async fn refuse(app: &App, locale: Locale, refused: Refused) -> Response {
    match refused {
        Refused::Page(failure, description) => response::page(locale, failure, description),
        Refused::Unaddressed(error) => response::page(locale, Failure::Request, Some(error.description)),
        Refused::Back(client, destination, error) => {
            let answer = (&*destination, Answer::Error(error));
            let sent = response::send(app, &client.value, answer, locale).await;
            sent.unwrap_or_else(|problem| Failure::of_problem(locale, problem))
        }
        Refused::Problem(problem) => Failure::of_problem(locale, problem),
    }
}

/// RFC 6749 4.1.2.1: without a client that answers nobody is redirected.
async fn client_of(app: &App, parameters: &Parameters) -> Result<Arc<Versioned<Client>>, Refused> {
    let unknown = || Refused::Page(Failure::UnknownClient, None);
    let id = parameters
        .text("client_id")
        .and_then(|id| ClientId::parse(id).ok());
    clients::load(app, &id.ok_or_else(unknown)?)
        .await?
        .ok_or_else(unknown)
}

async fn answer(
    app: &App,
    visitor: Visitor<'_>,
    (parameters, locale): (&Parameters, Locale),
) -> Result<Response, Refused> {
    let client = client_of(app, parameters).await?;
    let mut request = request_of(app, &client, parameters).await?;
    let back = |request: &AuthorizationRequest, error| Refused::back(&client, &request.destination, error);
    let service = gather::ceiling(app, &client, &mut request).await?;
    if let Some(token) = request.id_token_hint.take() {
        let named = hint::subject_of(app, &client.value, &token);
        let expected = named.and_then(|subject| request.expect_subject(subject));
        expected.map_err(|error| back(&request, error))?;
    }
    let visit = sessions::load(app, visitor.headers).await?;
    let held = match &visit {
        Some(visit) if !request.prompts.demands_asking() => sessions::held(app, visit, &client.value).await?,
        _ => None,
    };
    match (silent::decide(&request, held.as_ref(), app.now()), held, &visit) {
        (Ok(acr), Some(held), Some(visit)) => {
            answer_silently(app, &client, (&request, locale), (held, visit, acr)).await
        }
        (Err(ask), ..) if request.prompts.forbids_asking() => Err(back(&request, ask.refusal())),
        _ => {
            let begun = NewInteraction {
                client_id: &client.value.client_id,
                service: &service.value,
                asked: request.asked,
                mode: request.requirements.mode(),
                ending: Ending::Code(Box::new(request)),
            };
            Ok(interaction::begin(app, visitor, begun).await?)
        }
    }
}

/// The request behind the parameters: pushed before, in a request object, or as it stands.
async fn request_of(
    app: &App,
    client: &Arc<Versioned<Client>>,
    parameters: &Parameters,
) -> Result<AuthorizationRequest, Refused> {
    match parameters.text("request_uri") {
        None => gather::read(app, client, parameters, false).await,
        Some(uri) if par::is_ours(uri) => par::load(app, &client.value, uri).await,
        // OIDC Core 3.1.2.6: request objects are not fetched (RFC 9101 10.4 says what may come of it).
        Some(_) => {
            let destination = destination::of(parameters, &client.value).map_err(gather::page)?;
            let error = OAuthError::new(
                ErrorCode::RequestUriNotSupported,
                "request objects are not fetched",
            );
            Err(Refused::back(client, &destination, error))
        }
    }
}

/// Profile 1.6: the same client, within what it was granted, with the claims that are still held.
async fn answer_silently(
    app: &App,
    client: &Arc<Versioned<Client>>,
    (request, locale): (&AuthorizationRequest, Locale),
    (held, visit, acr): (HeldApproval, &Visit, String),
) -> Result<Response, Refused> {
    par::use_up(app, client, request).await?;
    let released = sessions::released(app, visit, (&held, request.asked), &client.value).await?;
    let approved = codes::Approved {
        released,
        subject: held.subject,
        sid: Some(held.sid),
        acr,
        claims_until: held.claims_until,
    };
    let code = codes::issue(app, request, &client.value, approved).await?;
    let answer = (&request.destination, Answer::Code(&code));
    Ok(response::send(app, &client.value, answer, locale).await?)
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}
