//! Form bodies of the endpoints that clients call themselves (RFC 6749 3.2, appendix B).

use axum::body::Body;
use http::{HeaderMap, header};
use oidc::{OAuthError, Parameters};

use super::failure::OidcFailure;
use crate::app::App;
use crate::http::body_bytes;

const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// The parameters of a request body: bounded in size and time, of the one media type that OAuth knows.
///
/// # Errors
/// `invalid_request`.
pub(crate) async fn read(app: &App, headers: &HeaderMap, body: Body) -> Result<Parameters, OidcFailure> {
    if !is_form(headers) {
        return Err(OAuthError::invalid_request("the body must be application/x-www-form-urlencoded").into());
    }
    let unreadable = OAuthError::invalid_request("the body is too long, or did not arrive");
    let bytes = body_bytes(app, body).await.map_err(|_| unreadable)?;
    Ok(Parameters::parse(&bytes)?)
}

/// Whether a body is said to be a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).into_iter();
    let named = values.next().and_then(|value| value.to_str().ok());
    let media_type = named.and_then(|value| value.split(';').next()).map(str::trim);
    values.next().is_none() && media_type.is_some_and(|value| value.eq_ignore_ascii_case(MEDIA_TYPE))
}
