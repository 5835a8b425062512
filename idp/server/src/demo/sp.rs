//! `/demo/sp`: a small SAML service provider, which shows what it was told after a login. It registers itself when it is used first.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use data_encoding::BASE64;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use idp_core::audit::Actor;
use idp_core::keys::KeyPurpose;
use idp_types::Timestamp;
use idp_types::encoding::lowerhex;
use saml::binding::{Direction, RedirectDraft};
use saml::metadata::Description;
use saml::response::{ReceivedAssertion, ReceivedResponse, read};
use saml::signature::Certificate;
use saml::{EntityId, MessageId};
use serde_json::json;

use super::SERVICE;
use crate::app::App;
use crate::crypto::random;
use crate::http::AppState;
use crate::pages::PAGE_POLICY;
use crate::problem::{Code, Problem};
use crate::saml::PeerVerifier;
use crate::saml::addresses::{SSO, address};
use crate::saml::providers::{parsed, write_provider};

/// The name of the service provider, wherever the demo listens.
const ENTITY: &str = "urn:bar-le-central:sp";

/// The cookie that remembers the request.
const COOKIE: &str = "demo_sp";

/// Seconds that a request may wait for its answer.
const PATIENCE: u32 = 900;

/// The routes of the service provider.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/demo/sp",
            get(|| async { page(StatusCode::OK, &Page::default()) }),
        )
        .route("/demo/sp/login", get(login))
        .route("/demo/sp/acs", post(consume))
        .route("/demo/sp/metadata", get(metadata))
}

/// An attribute as the page shows it.
struct Shown {
    label: String,
    name: String,
    value: String,
}

/// What the page shows: the question, the person, or why there is none.
#[derive(Default, Template)]
#[template(path = "demo/sp.html")]
struct Page {
    name_id: Option<String>,
    class: String,
    attributes: Vec<Shown>,
    trouble: Option<&'static str>,
}

fn page(status: StatusCode, page: &Page) -> Response {
    let Ok(body) = page.render() else {
        return Problem::new(Code::Internal).into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, body).into_response()
}

fn consumer(app: &App) -> String {
    address(app, "/demo/sp/acs")
}

fn entity_id() -> Result<EntityId, Problem> {
    EntityId::parse(ENTITY).map_err(|_| Code::Internal.into())
}

fn description(app: &App) -> Result<String, Problem> {
    let description = Description {
        entity_id: &entity_id()?,
        consumers: &[consumer(app)],
        logout: None,
        certificate: None,
    };
    description.document().map_err(|_| Code::Internal.into())
}

async fn metadata(State(app): AppState) -> Result<Response, Problem> {
    let headers = [(header::CONTENT_TYPE, "application/samlmetadata+xml")];
    Ok((headers, description(&app)?).into_response())
}

/// Registers the service provider, or brings it up to date: the demo may listen elsewhere than before.
async fn register(app: &App) -> Result<(), Problem> {
    let document = json!({
        "metadata": description(app)?,
        "displayName": "Bar Le Central",
        "serviceId": SERVICE,
        // As the demo's own service is, where that is not there yet.
        "service": {"matchingMode": "compare"},
        // The response is the one thing that is read, so that its signature is about all of it.
        "sign": "response",
        "nameIdFormat": "persistent",
        "attributes": ["givenName", "familyName", "nationality", "ageOver18", "trustLevel"],
        "idpInitiated": true,
    });
    let new = parsed(document.as_object().ok_or(Code::Internal)?)?;
    write_provider(app, (&entity_id()?, &new), Actor::System).await?;
    Ok(())
}

/// Begins a login: an authentication request by the Redirect binding.
async fn login(State(app): AppState) -> Result<Response, Problem> {
    register(&app).await?;
    let id = format!("_{}", lowerhex(&random::<20>()?));
    let (sso, consumer, now) = (address(&app, SSO), consumer(&app), app.now().to_rfc3339());
    let request = format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{id}\" Version=\"2.0\" \
         IssueInstant=\"{now}\" Destination=\"{sso}\" AssertionConsumerServiceURL=\"{consumer}\" \
         ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\">\
         <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{ENTITY}</saml:Issuer></samlp:AuthnRequest>"
    );
    let to = RedirectDraft::new(&sso, Direction::Request, &request, None).unsigned();
    let cookie = format!("{COOKIE}={id}; Path=/demo/sp; Max-Age={PATIENCE}; HttpOnly; SameSite=Lax");
    let value = |text: String| HeaderValue::try_from(text).map_err(|_| Problem::new(Code::Internal));
    let mut headers = HeaderMap::new();
    headers.insert(header::LOCATION, value(to)?);
    headers.insert(header::SET_COOKIE, value(cookie)?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

/// The request that this browser waits for the answer of.
fn awaited(headers: &HeaderMap) -> Option<MessageId> {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split("; ").filter_map(|pair| pair.split_once('=')));
    let (_, value) = pairs.find(|(name, _)| *name == COOKIE)?;
    MessageId::parse(value).ok()
}

/// Takes a response: signed by us, for this address, and for the request that this browser made, if it made one.
async fn consume(State(app): AppState, headers: HeaderMap, body: Bytes) -> Response {
    match accepted(&app, awaited(&headers).as_ref(), &body) {
        Ok(shown) => page(StatusCode::OK, &shown),
        Err(trouble) => {
            let shown = Page {
                trouble: Some(trouble),
                ..Page::default()
            };
            page(StatusCode::BAD_REQUEST, &shown)
        }
    }
}

fn accepted(app: &App, awaited: Option<&MessageId>, body: &[u8]) -> Result<Page, &'static str> {
    const UNREADABLE: &str = "There is no response that can be read.";
    let parameters = oidc::Parameters::parse(body).map_err(|_| UNREADABLE)?;
    let encoded = parameters.text("SAMLResponse").ok_or(UNREADABLE)?;
    let octets = BASE64.decode(encoded.as_bytes()).map_err(|_| UNREADABLE)?;
    let text = String::from_utf8(octets).map_err(|_| UNREADABLE)?;
    let response = read(&text, &certificates(app), &PeerVerifier).map_err(|error| {
        tracing::debug!(%error, "the demo's service provider does not believe a response");
        "The response is not signed by the provider."
    })?;
    let assertion = checked(&response, (&consumer(app), awaited), app.now())?;
    Ok(shown(assertion))
}

fn certificates(app: &App) -> Vec<Certificate> {
    let keys = app.keys.signing(KeyPurpose::SamlRs256, app.now());
    let ders = keys.iter().filter_map(|key| key.certificate());
    ders.filter_map(|der| Certificate::from_der(der).ok()).collect()
}

/// Profiles 4.1.4.3.
fn checked<'a>(
    response: &'a ReceivedResponse,
    (consumer, awaited): (&str, Option<&MessageId>),
    now: Timestamp,
) -> Result<&'a ReceivedAssertion, &'static str> {
    if response.in_response_to.as_ref() != awaited {
        return Err("The response answers another request than this browser's.");
    }
    if !response.status.is_success() {
        return Err("Nobody was signed in: it was declined, or it took too long.");
    }
    let assertion = response
        .assertion
        .as_ref()
        .ok_or("The response has no assertion.")?;
    let is_here = response.head.destination.as_deref() == Some(consumer)
        && assertion.recipient.as_deref() == Some(consumer)
        && assertion.audiences.iter().any(|audience| audience == ENTITY);
    if !is_here {
        return Err("The response is meant for somebody else.");
    }
    let is_now = assertion.not_on_or_after.is_some_and(|end| now < end)
        && assertion.not_before.is_none_or(|begin| begin <= now);
    is_now
        .then_some(assertion)
        .ok_or("The response is not valid at this time.")
}

fn shown(assertion: &ReceivedAssertion) -> Page {
    let one = |attribute: &saml::response::Attribute| Shown {
        label: attribute
            .friendly_name
            .clone()
            .unwrap_or_else(|| attribute.name.clone()),
        name: attribute.name.clone(),
        value: attribute.values.join(", "),
    };
    Page {
        name_id: Some(
            assertion
                .name_id
                .as_ref()
                .map(|name| name.value.clone())
                .unwrap_or_default(),
        ),
        class: assertion.context_class.clone(),
        attributes: assertion.attributes.iter().map(one).collect(),
        trouble: None,
    }
}
