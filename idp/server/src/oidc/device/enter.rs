//! `GET` and `POST /oidc/device` (RFC 8628 3.3): the person types the code that the device shows, and the login begins.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, header};
use idp_types::encoding::base64url;
use oidc::Parameters;
use oidc::device::{DeviceTransaction, Standing, UserCode};

use super::Entered;
use super::transactions::{key_of_user_code, load};
use crate::app::App;
use crate::crypto::random;
use crate::http::{AppState, Peer, body_bytes, enforce, network_of};
use crate::oidc::authorize::Visitor;
use crate::oidc::cookies::Cookie;
use crate::oidc::failure::OidcFailure;
use crate::oidc::interaction::{self, Ending, NewInteraction, Unavailable, same_origin};
use crate::oidc::{clients, form, polled};
use crate::pages::oidc::{DeviceEnter, DeviceRefusal, Failure, Locale, device_enter};
use crate::problem::{Code, Problem};

/// Where the form goes, whatever view of the issuer the device was given.
const PLACE: &str = "/oidc/device";

/// RFC 8628 5.1: how many codes are tried from everywhere, in shares of what one network may try. With 20^8 codes, a thousand devices
/// waiting and the default limit, forty minutes of guessing at full speed succeed once in a thousand times.
const SHARE: u32 = 20;

/// As much of a wrong code as is shown again.
const SHOWN: usize = 32;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route(PLACE, get(show).post(enter))
}

/// The form. A code in the address fills it and does no more: RFC 8628 3.3.1 wants it compared, and 5.4 the person to go on.
async fn show(State(app): AppState, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let parameters = Parameters::parse(query.as_bytes()).unwrap_or_default();
    let user_code = parameters.text("user_code").and_then(UserCode::parse);
    let user_code = user_code.map(|code| code.to_string());
    let mut response = page(&headers, &parameters, user_code.as_deref(), None);
    if Cookie::Browser.read(&app, &headers).is_none() {
        let Ok(bytes) = random::<32>() else {
            return Problem::new(Code::Internal).into_response();
        };
        if let Some(cookie) = Cookie::Browser.set(&app, &base64url(&bytes), None) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

fn page(
    headers: &HeaderMap,
    parameters: &Parameters,
    user_code: Option<&str>,
    refusal: Option<DeviceRefusal>,
) -> Response {
    let ui_locales = parameters.text("ui_locales");
    let fields: Vec<(&str, &str)> = ui_locales.map(|text| ("ui_locales", text)).into_iter().collect();
    let view = DeviceEnter {
        action: PLACE,
        fields: &fields,
        user_code,
        refusal,
    };
    device_enter(Locale::of(ui_locales, headers), view)
}

/// The form, sent.
async fn enter(State(app): AppState, Peer(address): Peer, headers: HeaderMap, body: Body) -> Response {
    let visitor = Visitor {
        headers: &headers,
        address,
    };
    match typed(&app, &headers, body).await {
        Ok(parameters) => answer(&app, visitor, &parameters).await,
        Err(unavailable) => unavailable.into_page(Locale::of(None, &headers)),
    }
}

/// What our own page sent, from a browser that keeps cookies: another website's form carries none.
async fn typed(app: &App, headers: &HeaderMap, body: Body) -> Result<Parameters, Unavailable> {
    same_origin(app, headers)?;
    Cookie::Browser
        .read(app, headers)
        .ok_or(Unavailable::OtherBrowser)?;
    let malformed = || Problem::new(Code::InvalidRequest);
    if !form::is_form(headers) {
        return Err(malformed().into());
    }
    let bytes = body_bytes(app, body).await?;
    Ok(Parameters::parse(&bytes).map_err(|_| malformed())?)
}

async fn answer(app: &App, visitor: Visitor<'_>, parameters: &Parameters) -> Response {
    let text = parameters.text("user_code").unwrap_or_default();
    let shown: String = text.chars().take(SHOWN).collect();
    let refuse = |refusal| page(visitor.headers, parameters, Some(&shown), Some(refusal));
    match begin(app, visitor, (text, parameters)).await {
        Ok(Some(response)) => response,
        Ok(None) => refuse(DeviceRefusal::Unknown),
        Err(problem) => {
            let locale = Locale::of(parameters.text("ui_locales"), visitor.headers);
            let is_limited = problem.code() == Code::RateLimited;
            let plain = Failure::of_problem(locale, problem);
            if !is_limited {
                return plain;
            }
            let mut response = refuse(DeviceRefusal::TooMany);
            if let Some(after) = plain.headers().get(header::RETRY_AFTER) {
                response.headers_mut().insert(header::RETRY_AFTER, after.clone());
            }
            response
        }
    }
}

/// Begins the login for the device whose code it is. `None`: there is none, or there was.
async fn begin(
    app: &App,
    visitor: Visitor<'_>,
    (text, parameters): (&str, &Parameters),
) -> Result<Option<Response>, Problem> {
    limit(app, visitor).await?;
    let Some((key, transaction)) = find(app, text).await? else {
        return Ok(None);
    };
    let asked = &transaction.request;
    let Some(client) = clients::load(app, &asked.client_id).await? else {
        return Ok(None);
    };
    let (service, requested) = match polled::service_of(app, &client.value, &asked.scope).await {
        Ok(found) => found,
        Err(OidcFailure::OAuth(_)) => return Ok(None),
        Err(OidcFailure::Problem(problem)) => return Err(problem),
    };
    let entered = Entered {
        key,
        ui_locales: parameters.text("ui_locales").unwrap_or_default().to_owned(),
    };
    let new = NewInteraction {
        client_id: &client.value.client_id,
        service: &service.value,
        asked: requested,
        mode: asked.requirements.mode(),
        ending: Ending::Device(Box::new(entered)),
    };
    interaction::begin(app, visitor, new).await.map(Some)
}

/// RFC 8628 5.1: every try counts, the right one as well: otherwise a limit would only hide the wrong ones.
async fn limit(app: &App, visitor: Visitor<'_>) -> Result<(), Problem> {
    let count = app.config.limits.verify_failures_per_minute;
    let network = format!("oidc-user-code:{}", network_of(visitor.address));
    enforce(app, &network, count, 60).await?;
    enforce(app, "oidc-user-code", count.saturating_mul(SHARE), 60).await
}

/// The request of a code that was typed, while nobody decided.
async fn find(app: &App, text: &str) -> Result<Option<(String, DeviceTransaction)>, Problem> {
    let Some(code) = UserCode::parse(text) else {
        return Ok(None);
    };
    let Some(key) = key_of_user_code(app, &code).await? else {
        return Ok(None);
    };
    let found = load(app, &key).await?;
    let open = found.filter(|transaction| transaction.standing(app.now()) == Standing::Open);
    Ok(open.map(|transaction| (key, transaction)))
}
