//! `POST /saml/ecp` (Profiles 4.2): enhanced clients, which speak SOAP. The session of their cookies answers them; nobody else can be asked
//! without a screen for the code.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use saml::binding::{EcpResponse, Received, ecp_response, soap_fault};
use saml::message::{Body as Message, Required};
use saml::provider::ServiceProvider;
use saml::request::{CheckedRequest, Circumstances, Consumer, Refusal, check};
use saml::{Detail, Status};

use super::addresses::{ECP, address};
use super::attempt::{Decision, decide};
use super::receive::{FromProvider, authenticate, receive};
use super::refusal::{No, Refused, document};
use super::sso::words;
use crate::app::App;
use crate::http::{AppState, Peer, body_bytes};
use crate::oidc::authorize::Visitor;
use crate::pages::oidc::Failure;
use crate::problem::{Code, Problem};

/// The route of enhanced clients.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route(ECP, post(serve))
}

async fn serve(State(app): AppState, Peer(address): Peer, headers: HeaderMap, body: Body) -> Response {
    let visitor = Visitor {
        headers: &headers,
        address,
    };
    let answered = async {
        let bytes = body_bytes(&app, body).await?;
        let known = receive(&app, visitor, Received::from_soap(&bytes)).await?;
        answer(&app, visitor, known).await
    };
    match answered.await {
        Ok(text) => soap(&text),
        Err(refused) => fault(&app, visitor, refused).await,
    }
}

async fn answer(app: &App, visitor: Visitor<'_>, known: FromProvider) -> Result<String, Refused> {
    let (message, provider) = known;
    let provider = &provider.value;
    let message = authenticate(message, provider, Required::for_authentication(provider))?;
    let Message::Authn(request) = message.body().map_err(Refused::unreadable)? else {
        let words = "the SAML message is no authentication request";
        return Err(Refused::Page(Failure::Request, words));
    };
    let own = address(app, ECP);
    let signed = message.is_signed();
    let circumstances = Circumstances {
        now: app.now(),
        own: &[&own],
        binding: message.binding(),
        is_signed: signed,
        relay_state: None,
    };
    match check(&request, provider, circumstances) {
        Ok(checked) => {
            let text = text_of(app, visitor, provider, &checked).await?;
            Ok(wrap(&text, &checked.consumer, signed)?)
        }
        Err(Refusal::Page(error)) => Err(Refused::Page(Failure::RedirectUri, words(error))),
        Err(Refusal::Answer(answer)) => {
            let text = document(app, visitor, provider, &No::answering(&answer)).await?;
            Ok(wrap(&text, &answer.consumer, signed)?)
        }
    }
}

/// The response to a checked request.
async fn text_of(
    app: &App,
    visitor: Visitor<'_>,
    provider: &ServiceProvider,
    request: &CheckedRequest,
) -> Result<String, Problem> {
    let status = match decide(app, visitor, provider, request).await? {
        Decision::Answer(document) => return Ok(document.text),
        Decision::Refuse(status) => status,
        Decision::Ask(..) => {
            let words = "the person would have to be asked, in a browser";
            Status::responder(Detail::NoPassive, words)
        }
    };
    let no = No {
        consumer: &request.consumer,
        in_response_to: request.in_response_to.as_ref(),
        relay_state: None,
        status: &status,
    };
    document(app, visitor, provider, &no).await
}

fn wrap(response: &str, consumer: &Consumer, request_authenticated: bool) -> Result<String, Problem> {
    let envelope = ecp_response(EcpResponse {
        response,
        consumer: &consumer.location,
        request_authenticated,
    });
    envelope.map_err(|_| Code::Internal.into())
}

/// A SOAP answer. Never kept.
pub(super) fn soap(text: &str) -> Response {
    let mut response = text.to_owned().into_response();
    let headers = response.headers_mut();
    let media_type = HeaderValue::from_static("text/xml; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, media_type);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// A SOAP fault, with a record of why (Bindings 3.2.3.3: status 500 for what is no message at all).
pub(super) async fn fault(app: &App, visitor: Visitor<'_>, refused: Refused) -> Response {
    let words = match refused {
        Refused::Page(failure, words) => {
            match super::refusal::record(app, visitor, None, (failure.code(), words)).await {
                Ok(()) => words,
                Err(problem) => return problem.into_response(),
            }
        }
        Refused::Problem(problem) => return problem.into_response(),
    };
    let mut response = soap(&soap_fault(words));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}
