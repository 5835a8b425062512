//! `GET` and `POST /saml/sso` (Profiles 4.1): answered from the browser's session where that suffices, else on the login page. A POST of
//! another site carries no Lax cookie: it is parked, and the browser comes back by itself (profile 8).

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use http::HeaderMap;
use saml::binding::{BindingError, Received};
use saml::message::{Body as Message, Message as Opened, Required};
use saml::provider::ServiceProvider;
use saml::request::{Circumstances, ConsumerError, Refusal, check};

use super::addresses::{SSO, address};
use super::attempt::attempt;
use super::receive::{authenticate, receive};
use super::refusal::{No, Refused, tell};
use crate::app::App;
use crate::http::{AppState, Peer};
use crate::oidc::authorize::Visitor;
use crate::oidc::resume;
use crate::pages::oidc::Failure;

const RESUME: &str = "/saml/sso/resume";

/// The routes of single sign-on.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route(SSO, get(by_query).post(park))
        .route("/saml/sso/resume/{id}", get(resumed))
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
    let received = Received::from_query(&query.unwrap_or_default());
    serve(&app, visitor, received).await
}

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
    match form_of(&app, &id).await {
        Ok(received) => serve(&app, visitor, received).await,
        Err(refused) => refused.into_page(&app, visitor, None).await,
    }
}

/// The message of a form that was parked.
///
/// # Errors
/// [`Refused`] when it is gone.
pub(super) async fn form_of(app: &App, id: &str) -> Result<Result<Received, BindingError>, Refused> {
    let parked = resume::parked(app, id).await?;
    let form = parked.ok_or(Refused::Page(
        Failure::Gone,
        "the posted message was not taken up in time",
    ))?;
    let text = String::from_utf8(form).map_err(|_| BindingError::Malformed);
    Ok(text.and_then(|text| Received::from_form(&text)))
}

async fn serve(app: &App, visitor: Visitor<'_>, received: Result<Received, BindingError>) -> Response {
    let (message, provider) = match receive(app, visitor, received).await {
        Ok(known) => known,
        Err(refused) => return refused.into_page(app, visitor, None).await,
    };
    match answer(app, visitor, message, &provider.value).await {
        Ok(response) => response,
        Err(refused) => refused.into_page(app, visitor, Some(&provider.value)).await,
    }
}

async fn answer(
    app: &App,
    visitor: Visitor<'_>,
    message: Opened,
    provider: &ServiceProvider,
) -> Result<Response, Refused> {
    let message = authenticate(message, provider, Required::for_authentication(provider))?;
    let Message::Authn(request) = message.body().map_err(Refused::unreadable)? else {
        let words = "the SAML message is no authentication request";
        return Err(Refused::Page(Failure::Request, words));
    };
    let own = address(app, SSO);
    let circumstances = Circumstances {
        now: app.now(),
        own: &[&own],
        binding: message.binding(),
        is_signed: message.is_signed(),
        relay_state: message.relay_state(),
    };
    match check(&request, provider, circumstances) {
        Ok(checked) => Ok(attempt(app, visitor, provider, checked).await?),
        Err(Refusal::Page(error)) => Err(Refused::Page(Failure::RedirectUri, words(error))),
        Err(Refusal::Answer(answer)) => Ok(tell(app, visitor, provider, &No::answering(&answer)).await?),
    }
}

/// For developers, on the page.
pub(super) const fn words(error: ConsumerError) -> &'static str {
    match error {
        ConsumerError::Contradiction => {
            "the request names an assertion consumer service by index and by address"
        }
        ConsumerError::Index => "no assertion consumer service has this index",
        ConsumerError::Location => "the assertion consumer service is not registered",
        ConsumerError::Binding => "the assertion consumer service does not take this binding",
        ConsumerError::None => "the service provider has no assertion consumer service",
    }
}
