//! `GET /gateway/forward-auth`: may this request pass?

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use verdict::{Answer, Pass};

use super::decider::Decision;
use super::facts::Facts;
use crate::app::App;
use crate::edge::PeerAddress;
use crate::http::AppState;
use crate::problem::{Code, Problem};

/// The code of the refusal, for gateways that do not pass the body of the answer on.
const CODE: HeaderName = HeaderName::from_static("x-gateway-code");

/// The routes.
pub(crate) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(forward_auth))
}

/// Whether a request may pass the gateway that asks, by the policy of `gateway.policy_file`.
///
/// The gateway describes the request in `X-Forwarded-Method`, `X-Forwarded-Proto`, `X-Forwarded-Host` and `X-Forwarded-Uri` and sends its headers
/// along. It has to be one of `proxies.trusted`. What may pass is answered with 200 and headers for the upstream; anything else is the
/// answer for the caller.
#[utoipa::path(
    get, path = "/gateway/forward-auth", tag = "gateway",
    params(
        ("X-Forwarded-Method" = String, Header, description = "the method"),
        ("X-Forwarded-Host" = String, Header, description = "host and port"),
        ("X-Forwarded-Uri" = String, Header, description = "the path with its query"),
        ("X-Forwarded-Proto" = Option<String>, Header, description = "`https` where it is absent"),
    ),
    responses(
        (status = 200, description = "it may pass; the headers whose names begin with the policy's prefix are for the upstream"),
        (status = 400, description = "invalid_request: the gateway does not describe the request; ambiguous_path, token_unclear: it cannot be read in one way"),
        (status = 401, description = "no token, or none that is good: RFC 6750, RFC 9449 and RFC 9470 challenges"),
        (status = 403, description = "untrusted_proxy; insufficient_scope, insufficient_claims, no_rule"),
        (status = 404, description = "not_found: there is no policy"),
        (status = 503, description = "status_unavailable, keys_unavailable"),
    )
)]
pub(crate) async fn forward_auth(
    State(app): AppState,
    Extension(PeerAddress(peer)): Extension<PeerAddress>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let decider = app.gateway.as_ref().ok_or(Code::NotFound)?;
    if !app.config.proxies.trusts(peer.ip()) {
        return Err(Code::UntrustedProxy.into());
    }
    let facts = Facts::read(&app, &decider.policy(), &headers)?;
    match decider.decide(&app, &facts.request()).await {
        Decision::Pass(pass) => passed(&pass),
        Decision::Refuse(code, answer) => refused(code, answer),
    }
}

/// Headers for the upstream. What is only to be removed the proxy removes by its own configuration.
fn passed(pass: &Pass) -> Result<Response, Problem> {
    let mut response = Response::new(Body::empty());
    let told = pass.access.iter().flat_map(|access| &access.headers);
    let moved = pass.changes.iter().filter(|(name, _)| !name.starts_with(':'));
    let moved = moved.filter_map(|(name, value)| Some((name, value.as_ref()?)));
    for (name, value) in told.map(|(name, value)| (name, value)).chain(moved) {
        let (name, value) = header(name, value)?;
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

fn refused(code: &'static str, answer: Answer) -> Result<Response, Problem> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).map_err(|_| Problem::new(Code::Internal))?;
    for (name, value) in &answer.headers {
        let (name, value) = header(name, value)?;
        response.headers_mut().insert(name, value);
    }
    response
        .headers_mut()
        .insert(CODE, HeaderValue::from_static(code));
    Ok(response)
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Problem> {
    let name = HeaderName::try_from(name).map_err(|_| Problem::new(Code::Internal))?;
    let value = HeaderValue::try_from(value).map_err(|_| Problem::new(Code::Internal))?;
    Ok((name, value))
}
