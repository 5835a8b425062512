//! How an answer leaves: 303, a form that posts itself, or either with one signed token (RFC 9207, Form Post, JARM).

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use oidc::Client;
use oidc::response::{Answer, Delivery, Destination, Fields, deliver, fields, signed_claims};

use super::failure::OidcFailure;
use super::issuer;
use super::tokens::sign;
use crate::app::App;
use crate::pages::oidc::{Failure, FormPost, Locale, failure, form_post};
use crate::problem::{Code, Problem};

/// Sends an answer to where it belongs.
///
/// # Errors
/// A problem of the signing key.
pub(crate) async fn send(
    app: &App,
    client: &Client,
    (destination, answer): (&Destination, Answer<'_>),
    locale: Locale,
) -> Result<Response, Problem> {
    let issuer = issuer::of(app, client);
    let fields = if destination.response_mode.is_signed() {
        vec![(
            "response",
            signed(app, client, (destination, answer), &issuer).await?,
        )]
    } else {
        fields(destination, &issuer, answer)
    };
    match deliver(destination, fields) {
        Delivery::Redirect(address) => see_other(&address),
        Delivery::Form { action, fields } => Ok(form(locale, &action, &fields)),
    }
}

/// A page that posts fields to an address that was checked.
pub(crate) fn form(locale: Locale, action: &str, fields: &Fields) -> Response {
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    form_post(
        locale,
        FormPost {
            action,
            fields: &fields,
        },
    )
}

/// JARM 2.1.
async fn signed(
    app: &App,
    client: &Client,
    (destination, answer): (&Destination, Answer<'_>),
    issuer: &str,
) -> Result<String, Problem> {
    let claims = signed_claims(destination, issuer, answer, app.now());
    let with = client.authorization_signed_response_alg;
    sign(app, with, "JWT", &claims)
        .await
        .map_err(|failure| match failure {
            OidcFailure::Problem(problem) => problem,
            OidcFailure::OAuth(_) => Code::Internal.into(),
        })
}

/// 303 (RFC 9700 4.12: a 307 would repeat a form with what was typed into it). Never kept.
///
/// # Errors
/// `internal` when the address is none that a header can carry; addresses are checked before.
pub(crate) fn see_other(address: &str) -> Result<Response, Problem> {
    let location = HeaderValue::from_str(address).map_err(|_| Problem::new(Code::Internal))?;
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, location);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// The page of a refusal that goes to nobody else.
pub(crate) fn page(locale: Locale, reason: Failure, description: Option<&'static str>) -> Response {
    failure(locale, reason, description, None)
}
