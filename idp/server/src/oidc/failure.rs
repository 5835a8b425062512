//! What went wrong at an endpoint that answers clients: OAuth's JSON (RFC 6749 5.2).

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use oidc::{ErrorCode, OAuthError};

use crate::problem::{Code, Problem};

/// A refusal of the protocol, or a trouble of the server.
#[derive(Debug)]
pub(crate) enum OidcFailure {
    /// The protocol refuses.
    OAuth(OAuthError),
    /// The server cannot.
    Problem(Problem),
}

impl From<OAuthError> for OidcFailure {
    fn from(error: OAuthError) -> Self {
        Self::OAuth(error)
    }
}

impl<E: Into<Problem>> From<E> for OidcFailure {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

impl OidcFailure {
    /// The OAuth error that stands for it on the wire.
    pub(crate) fn oauth(&self) -> OAuthError {
        match self {
            Self::OAuth(error) => *error,
            Self::Problem(problem) => match problem.code() {
                Code::RateLimited => OAuthError::new(
                    ErrorCode::TemporarilyUnavailable,
                    "too many requests; see Retry-After",
                ),
                Code::Unavailable | Code::Conflict => {
                    OAuthError::new(ErrorCode::TemporarilyUnavailable, "try again in a moment")
                }
                _ => OAuthError::new(ErrorCode::ServerError, "the server could not answer"),
            },
        }
    }
}

impl IntoResponse for OidcFailure {
    fn into_response(self) -> Response {
        let error = self.oauth();
        let mut response = error_response(error);
        if let Self::Problem(problem) = self {
            let is_limited = problem.code() == Code::RateLimited;
            let original = problem.into_response();
            if is_limited {
                *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            }
            if let Some(after) = original.headers().get(header::RETRY_AFTER) {
                response.headers_mut().insert(header::RETRY_AFTER, after.clone());
            }
        }
        response
    }
}

/// An OAuth error as JSON, never cached. `invalid_client` carries a challenge (RFC 6749 5.2).
pub(crate) fn error_response(error: OAuthError) -> Response {
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let body = serde_json::to_vec(&error).unwrap_or_default();
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    if error.code == ErrorCode::InvalidClient {
        headers.insert(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Basic realm=\"oidc\", charset=\"UTF-8\""),
        );
    }
    response
}
