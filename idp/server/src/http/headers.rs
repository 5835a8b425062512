//! Headers that every answer carries, and CORS for the registered origins of public services.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use idp_store::durable::Page;
use idp_types::Timestamp;
use tracing::Instrument as _;

use crate::app::App;
use crate::problem::{Code, Problem};
use crate::telemetry::exchange::Exchange;
use crate::telemetry::identity;

/// For answers that are data: nothing in them may run or be framed.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

const SECURITY: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    ),
];

/// What goes around every answer: its id, CORS, problems, the security headers. One layer, because each costs every request a copy of its route.
pub(crate) async fn around(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let exchange = Exchange::begin(&request);
    let answering = identity::under(exchange.id(), cors(&app, request, next));
    let mut response = answering.instrument(exchange.span()).await;
    secure(&app, response.headers_mut());
    exchange.end(&app.metrics, &mut response);
    response
}

/// Adds the security headers.
fn secure(app: &App, headers: &mut HeaderMap) {
    for (name, value) in SECURITY {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A page that a sign-in in a pop-up passes through says so itself.
    headers
        .entry(HeaderName::from_static("cross-origin-opener-policy"))
        .or_insert(HeaderValue::from_static("same-origin"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(DATA_POLICY));
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if app.config.issuer.starts_with("https:") {
        let value = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
}

/// Seconds for which the registered origins are remembered: strangers must not make the server read all its services.
const REMEMBERED_SECONDS: i64 = 1;

/// The most that the store lists at once.
const CLIENTS_A_PAGE: u32 = 100;

/// The origins of all enabled services and clients.
#[derive(Default)]
pub struct Origins(Mutex<Option<(Timestamp, Arc<HashSet<String>>)>>);

impl Origins {
    async fn contain(&self, app: &App, origin: &str) -> bool {
        let now = app.now();
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, origins)) = remembered.filter(|(until, _)| now < *until) {
            return origins.contains(origin);
        }
        let services = app.durable.services().await.unwrap_or_default();
        let enabled = services.into_iter().filter(|service| service.enabled);
        let mut origins: HashSet<String> = enabled.flat_map(|service| service.origins).collect();
        origins.extend(clients_origins(app).await);
        let origins = Arc::new(origins);
        let found = origins.contains(origin);
        let until = now.plus_seconds(REMEMBERED_SECONDS);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((until, origins));
        found
    }

    /// Reads them anew on the next request: a service or client changed.
    pub(crate) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Turns the framework's own refusals (a path, query or upgrade that it cannot read) into problems like all others.
fn problems_alone(response: Response) -> Response {
    let media_type = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let is_plain = media_type.is_none_or(|media_type| media_type.starts_with("text/plain"));
    if !(is_plain && response.status().is_client_error()) {
        return response;
    }
    let code = match response.status() {
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
        _ => Code::InvalidRequest,
    };
    let mut problem = Problem::new(code).into_response();
    if let Some(allowed) = response.headers().get(header::ALLOW) {
        problem.headers_mut().insert(header::ALLOW, allowed.clone());
    }
    problem
}

/// The origins of all enabled clients; none when the store does not answer.
async fn clients_origins(app: &App) -> Vec<String> {
    let mut origins = Vec::new();
    for number in 1.. {
        let page = Page {
            number,
            limit: CLIENTS_A_PAGE,
        };
        let Ok(listing) = app.durable.clients(None, page).await else {
            break;
        };
        let is_last = u64::from(number) * u64::from(CLIENTS_A_PAGE) >= listing.total;
        let enabled = listing.rows.into_iter().filter(|client| client.enabled);
        origins.extend(enabled.flat_map(|client| client.origins));
        if is_last {
            break;
        }
    }
    origins
}

/// Whether any enabled service or client registered this origin.
async fn is_registered(app: &App, origin: &str) -> bool {
    app.origins.contain(app, origin).await
}

fn allow(response: &mut Response, origin: &HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let exposed = HeaderValue::from_static("retry-after, dpop-nonce, www-authenticate, x-request-id");
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}

/// What pages of other origins call.
const FOR_BROWSERS: [&str; 4] = [
    "/auth/initiate",
    "/auth/result/",
    "/identity/initiate",
    "/services/",
];

/// What clients in browsers call, at the root and below every view of the issuer.
const FOR_CLIENTS: [&str; 4] = [
    "/oidc/token",
    "/oidc/userinfo",
    "/oidc/revoke",
    "/oidc/device_authorization",
];

/// Whether pages of registered origins call a path.
fn is_for_browsers(path: &str) -> bool {
    let is_view = |before: &str| before.is_empty() || before.starts_with("/t/");
    FOR_BROWSERS.iter().any(|prefix| path.starts_with(prefix))
        || FOR_CLIENTS
            .iter()
            .any(|end| path.strip_suffix(end).is_some_and(is_view))
}

/// CORS for the routes that pages of services and clients call. Never with credentials.
async fn cors(app: &App, request: Request, next: Next) -> Response {
    let for_browsers = is_for_browsers(request.uri().path());
    let origin = request.headers().get(header::ORIGIN).cloned();
    let Some(origin) = origin.filter(|_| for_browsers) else {
        return problems_alone(next.run(request).await);
    };
    let registered = is_registered(app, origin.to_str().unwrap_or_default()).await;
    if request.method() == Method::OPTIONS && registered {
        return preflight(&origin);
    }
    let mut response = problems_alone(next.run(request).await);
    if registered {
        allow(&mut response, &origin);
    }
    response
}

/// The answer to a preflight of a registered origin.
fn preflight(origin: &HeaderValue) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    allow(&mut response, origin);
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST"),
    );
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("content-type, authorization, dpop"),
    );
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}
