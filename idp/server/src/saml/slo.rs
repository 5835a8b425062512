//! `GET` and `POST /saml/slo`, `POST /saml/slo/soap` (Profiles 4.4): a service provider says that a person leaves, or answers that it let
//! one go. Both are signed, without exception.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode, header};
use saml::binding::{BindingError, Received, soap_envelope};
use saml::message::{Body as Message, Message as Opened, Required};
use saml::provider::ServiceProvider;

use super::addresses::{SLO, SLO_SOAP};
use super::leave::{self, Left};
use super::receive::{authenticate, receive};
use super::refusal::Refused;
use super::sso::form_of;
use super::{ecp, journey};
use crate::app::App;
use crate::http::{AppState, Peer, body_bytes};
use crate::oidc::authorize::Visitor;
use crate::oidc::cookies::Cookie;
use crate::oidc::{resume, sessions};
use crate::pages::oidc::Failure;

const RESUME: &str = "/saml/slo/resume";

/// The routes of single logout.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route(SLO, get(by_query).post(park))
        .route("/saml/slo/resume/{id}", get(resumed))
        .route(SLO_SOAP, post(by_soap))
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
    let message = authenticate(message, provider, Required::Yes)?;
    match message.body().map_err(Refused::unreadable)? {
        Message::Logout(request) => {
            let left = leave::leave(app, visitor, (provider, &message), &request).await?;
            travel(app, visitor, provider, left).await
        }
        Message::LoggedOut(response) => journey::go_on(app, visitor, provider, &response).await,
        _ => Err(not_logout()),
    }
}

/// The browser travels to whoever is told by it, and then home.
async fn travel(
    app: &App,
    visitor: Visitor<'_>,
    provider: &ServiceProvider,
    left: Left,
) -> Result<Response, Refused> {
    let visit = sessions::load(app, visitor.headers).await?;
    let is_signed_out = visit.is_none();
    let mut response = match left {
        Left::Refused(answer) => journey::send_answer(app, visitor, provider, &answer).await?,
        Left::Ended(journey) => journey::step(app, visitor, *journey).await?,
    };
    if let Some(value) = Cookie::Session.clear(app).filter(|_| is_signed_out) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// Without a browser: whoever can be told without one is, and the rest is reported as partial.
async fn by_soap(State(app): AppState, Peer(address): Peer, headers: HeaderMap, body: Body) -> Response {
    let visitor = Visitor {
        headers: &headers,
        address,
    };
    let answered = async {
        let bytes = body_bytes(&app, body).await?;
        let (message, provider) = receive(&app, visitor, Received::from_soap(&bytes)).await?;
        let provider = &provider.value;
        let message = authenticate(message, provider, Required::Yes)?;
        let Message::Logout(request) = message.body().map_err(Refused::unreadable)? else {
            return Err(not_logout());
        };
        let answer = match leave::leave(&app, visitor, (provider, &message), &request).await? {
            Left::Refused(answer) => Some(answer),
            Left::Ended(journey) => journey.answer(),
        };
        match answer {
            Some(answer) => Ok(Some(journey::signed_answer(&app, provider, &answer).await?)),
            None => Ok(None),
        }
    };
    match answered.await {
        Ok(Some(text)) => ecp::soap(&soap_envelope(&text)),
        // Asynchronous: nobody waits.
        Ok(None) => StatusCode::NO_CONTENT.into_response(),
        Err(refused) => ecp::fault(&app, visitor, refused).await,
    }
}

const fn not_logout() -> Refused {
    Refused::Page(Failure::Request, "the SAML message is no logout")
}
