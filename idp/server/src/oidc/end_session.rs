//! `/oidc/end-session` (RP-Initiated Logout 1.0, Front-Channel Logout 1.0): the person leaves.
//!
//! | request | answer |
//! |---|---|
//! | `GET` | the session ends, or the person is asked first |
//! | `POST` | the same; parked first, because a POST of another site carries no Lax cookie (profile 8) |
//! | `POST .../confirm`, the form of our own question | the session ends, or stays |
//!
//! The question's form carries a value that only this browser's session yields, so that no other page can answer for the person.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderMap, header};
use idp_store::Versioned;
use idp_types::encoding::base64url;
use idp_types::secret::constant_time_equal;
use oidc::logout::{Decision, EndSessionRequest, Hint, Mismatch, Present, decide, frame_address};
use oidc::session::SessionEnd;
use oidc::{Client, Parameters};

use super::authorize::Visitor;
use super::cookies::Cookie;
use super::interaction::{Unavailable, same_origin};
use super::sessions::{self, Visit};
use super::{clients, derived, hint, issuer, logout, response, resume, subject};
use crate::app::App;
use crate::http::{AppState, Peer, body_bytes};
use crate::pages::oidc::{
    Failure, Locale, LoggedOut, LogoutConfirm, logged_out, logout_confirm, still_signed_in,
};
use crate::problem::Problem;
use crate::saml;

const CONFIRM: &str = "/oidc/end-session/confirm";
const RESUME: &str = "/oidc/end-session/resume";

/// The routes of the logout endpoint.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/oidc/end-session", get(by_query).post(park))
        .route("/oidc/end-session/resume/{id}", get(resumed))
        .route(CONFIRM, post(confirm))
}

/// Why there is only a page.
enum Refused {
    /// The request is wrong.
    Page(Failure, Option<&'static str>),
    /// The server cannot.
    Problem(Problem),
}

impl<E: Into<Problem>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

impl Refused {
    fn into_page(self, locale: Locale) -> Response {
        match self {
            Self::Page(failure, description) => response::page(locale, failure, description),
            Self::Problem(problem) => Failure::of_problem(locale, problem),
        }
    }

    const fn of(mismatch: Mismatch) -> Self {
        match mismatch {
            Mismatch::Client => {
                let description = "client_id is not the client that id_token_hint was issued to";
                Self::Page(Failure::Request, Some(description))
            }
            Mismatch::Address => {
                let description = "post_logout_redirect_uri is not registered for this client";
                Self::Page(Failure::RedirectUri, Some(description))
            }
        }
    }
}

async fn by_query(
    State(app): AppState,
    Peer(address): Peer,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    _body: Body,
) -> Response {
    let visitor = Visitor {
        headers: &headers,
        address,
    };
    answer(&app, visitor, query.unwrap_or_default().as_bytes()).await
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
    match resume::parked(&app, &id).await {
        Ok(Some(encoded)) => answer(&app, visitor, &encoded).await,
        Ok(None) => response::page(Locale::of(None, &headers), Failure::Gone, None),
        Err(problem) => Failure::of_problem(Locale::of(None, &headers), problem),
    }
}

/// Answers an encoded request.
async fn answer(app: &App, visitor: Visitor<'_>, encoded: &[u8]) -> Response {
    let locale = Locale::of(None, visitor.headers);
    let read = Parameters::parse(encoded).and_then(|parameters| EndSessionRequest::read(&parameters));
    let request = match read {
        Ok(request) => request,
        Err(error) => return response::page(locale, Failure::Request, Some(error.description)),
    };
    let locale = Locale::of(request.ui_locales.as_deref(), visitor.headers);
    let answered = go_on(app, visitor, &request, locale).await;
    answered.unwrap_or_else(|refused| refused.into_page(locale))
}

async fn go_on(
    app: &App,
    visitor: Visitor<'_>,
    request: &EndSessionRequest,
    locale: Locale,
) -> Result<Response, Refused> {
    // A hint that was changed, or that somebody else signed, is as none: the person is asked.
    let named = request
        .id_token_hint
        .as_deref()
        .and_then(|token| hint::verify(app, token));
    let named = named.and_then(|claims| Hint::of(&claims));
    let client = client_of(app, request, named.as_ref()).await?;
    let visit = sessions::load(app, visitor.headers).await?;
    let known = client
        .as_ref()
        .map(|client| (&client.value, issuer::of(app, &client.value)));
    let session = visit.as_ref().map(|visit| &visit.session.value);
    let seen = session.zip(known.as_ref());
    let seen = seen.map(|(session, (client, _))| subject::of(app, client, &session.authentication));
    let present = Present {
        hint: named.as_ref(),
        client: known.as_ref().map(|(client, issuer)| (*client, issuer.as_str())),
        session: session.map(|session| (session, seen.as_deref())),
    };
    let name = known.as_ref().map(|(client, _)| client.name.as_str());
    match (decide(request, present).map_err(Refused::of)?, visit.as_ref()) {
        (Decision::Ask { return_to }, Some(visit)) => {
            let asked = Question {
                request,
                client: known.as_ref().map(|(client, _)| *client),
            };
            Ok(asked.page(app, visit, return_to.as_deref(), locale))
        }
        (Decision::Ask { return_to } | Decision::End { return_to }, _) => {
            end(app, visitor, visit, (return_to.as_deref(), name), locale).await
        }
    }
}

/// The client by its name, otherwise by the hint. One that is named must be known.
async fn client_of(
    app: &App,
    request: &EndSessionRequest,
    hint: Option<&Hint>,
) -> Result<Option<Arc<Versioned<Client>>>, Refused> {
    match (&request.client_id, hint) {
        (Some(client_id), _) => {
            let client = clients::load(app, client_id).await?;
            client
                .map(Some)
                .ok_or(Refused::Page(Failure::UnknownClient, None))
        }
        (None, Some(hint)) => Ok(clients::load(app, &hint.client_id).await?),
        (None, None) => Ok(None),
    }
}

/// The question before signing out.
struct Question<'a> {
    request: &'a EndSessionRequest,
    client: Option<&'a Client>,
}

impl Question<'_> {
    fn page(&self, app: &App, visit: &Visit, return_to: Option<&str>, locale: Locale) -> Response {
        let proof = proof(app, &visit.cookie);
        let mut fields = vec![("confirmation", proof.as_str())];
        if let Some(client) = self.client {
            fields.push(("client_id", client.client_id.as_str()));
        }
        let more = [
            (
                "post_logout_redirect_uri",
                self.request
                    .post_logout_redirect_uri
                    .as_deref()
                    .filter(|_| return_to.is_some()),
            ),
            ("state", self.request.state.as_deref()),
            ("ui_locales", self.request.ui_locales.as_deref()),
        ];
        fields.extend(more.into_iter().filter_map(|(name, value)| Some((name, value?))));
        let view = LogoutConfirm {
            action: CONFIRM,
            fields: &fields,
            client_name: self.client.map(|client| client.name.as_str()),
            return_to,
        };
        logout_confirm(locale, view)
    }
}

/// What only the server and this session's page know.
fn proof(app: &App, cookie: &str) -> String {
    base64url(&derived::tag::<32>(app, b"end-session", cookie.as_bytes()))
}

/// The person answered the question.
async fn confirm(State(app): AppState, Peer(address): Peer, headers: HeaderMap, body: Body) -> Response {
    let visitor = Visitor {
        headers: &headers,
        address,
    };
    let locale = Locale::of(None, &headers);
    if let Err(unavailable) = same_origin(&app, &headers) {
        return unavailable.into_page(locale);
    }
    let answered = async {
        let bytes = body_bytes(&app, body).await?;
        let malformed = |error: oidc::OAuthError| Refused::Page(Failure::Request, Some(error.description));
        let parameters = Parameters::parse(&bytes).map_err(malformed)?;
        let request = EndSessionRequest::read(&parameters).map_err(malformed)?;
        let locale = Locale::of(request.ui_locales.as_deref(), &headers);
        confirmed(&app, visitor, (&parameters, &request), locale).await
    };
    answered.await.unwrap_or_else(|refused| refused.into_page(locale))
}

async fn confirmed(
    app: &App,
    visitor: Visitor<'_>,
    (parameters, request): (&Parameters, &EndSessionRequest),
    locale: Locale,
) -> Result<Response, Refused> {
    if parameters.text("decision") != Some("logout") {
        return Ok(still_signed_in(locale));
    }
    let visit = sessions::load(app, visitor.headers).await?;
    if let Some(visit) = &visit {
        let shown = parameters.text("confirmation").unwrap_or_default();
        if !constant_time_equal(shown.as_bytes(), proof(app, &visit.cookie).as_bytes()) {
            return Ok(Unavailable::CrossSite.into_page(locale));
        }
    }
    let client = client_of(app, request, None).await?;
    let issuer = client.as_ref().map(|client| issuer::of(app, &client.value));
    let present = Present {
        hint: None,
        client: client.as_ref().map(|client| &client.value).zip(issuer.as_deref()),
        session: None,
    };
    let (Decision::End { return_to } | Decision::Ask { return_to }) =
        decide(request, present).map_err(Refused::of)?;
    let name = client.as_ref().map(|client| client.value.name.as_str());
    end(app, visitor, visit, (return_to.as_deref(), name), locale).await
}

/// Ends the session and brings the person where they wanted to go, by way of a page where clients have frames to be told.
async fn end(
    app: &App,
    visitor: Visitor<'_>,
    visit: Option<Visit>,
    (return_to, client_name): (Option<&str>, Option<&str>),
    locale: Locale,
) -> Result<Response, Refused> {
    let mut frames = Vec::new();
    let mut travelling = None;
    if let Some(Visit { session, cookie }) = visit {
        frames = frames_of(app, &session.value).await?;
        logout::end_session(app, session.clone(), SessionEnd::LoggedOut).await?;
        sessions::forget_claims(app, &cookie, &session.value).await?;
        let home = saml::Home {
            return_to: return_to.map(str::to_owned),
            client_name: client_name.map(str::to_owned),
            frames: frames.clone(),
        };
        travelling = saml::follow(app, visitor, &session.value, home).await?;
    }
    let mut response = match (travelling, return_to.filter(|_| frames.is_empty())) {
        (Some(response), _) => response,
        (None, Some(address)) => response::see_other(address)?,
        (None, None) => logged_out(
            locale,
            LoggedOut {
                client_name,
                return_to,
                frames: &frames,
                unreached: &[],
            },
        ),
    };
    if let Some(value) = Cookie::Session.clear(app) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// Front-Channel Logout 1.0, 2: a frame for every client of the session that has an address for it.
async fn frames_of(app: &App, session: &oidc::BrowserSession) -> Result<Vec<String>, Problem> {
    let mut frames = Vec::new();
    for part in &session.clients {
        let Some(client) = clients::load(app, &part.client_id).await? else {
            continue;
        };
        let issuer = issuer::of(app, &client.value);
        let registered = client.value.frontchannel_logout_uri.as_deref();
        frames.extend(registered.and_then(|address| frame_address(address, &issuer, part)));
    }
    Ok(frames)
}
