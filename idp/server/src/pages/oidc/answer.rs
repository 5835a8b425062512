//! From a template to an answer.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};

use super::policy::Policy;
use super::words::Words;
use crate::problem::{Code, Problem};

/// A page as an answer that nobody keeps. `Cross-Origin-Opener-Policy` is off: applications sign in by a window of their own and
/// hear of the result through its opener.
pub(super) fn answer(
    words: Words,
    (status, policy): (StatusCode, &Policy),
    template: &impl Template,
) -> Response {
    let Ok(body) = template.render() else {
        return Problem::new(Code::Internal).into_response();
    };
    let mut response = (status, body).into_response();
    let fields = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_LANGUAGE, words.tag()),
        (header::CACHE_CONTROL, "no-store"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "unsafe-none",
        ),
    ];
    let headers = response.headers_mut();
    for (name, value) in fields {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(&policy.header()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, value);
    }
    response
}
