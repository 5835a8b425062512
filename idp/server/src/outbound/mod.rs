//! Requests to addresses that clients supplied: key sets, sector documents, logout and notification endpoints (profile, Conventions).
//!
//! https alone, to a public address alone, and the connection goes to the very address that was checked, so that a name which changes
//! between the check and the connection (DNS rebinding) gains nothing. No redirects, no proxy of the environment, small answers, little
//! time. Tests and demonstrations may allow this machine (`[oidc] outbound_loopback`), over http as well.

mod address;
mod client;
mod document;
#[cfg(test)]
mod tests;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

pub use address::check_address;
pub use client::Outbound;
pub use document::Fetched;

use crate::app::App;

/// The most octets of an answer that are read where nothing else is said.
pub const ANSWER_LIMIT: usize = 64 * 1024;

/// Why there is no answer. Never has the address in it: addresses may carry secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutboundError {
    /// Not an absolute https URL, or it points into a network that is not the public one.
    #[error("the address is not one that may be called")]
    Address,
    /// The system's certificates cannot be read.
    #[error("outbound requests are not possible: the system's certificates cannot be read")]
    Unprepared,
    /// No name, no connection, no trusted certificate, or no whole answer.
    #[error("the address does not answer")]
    Unreachable,
    /// The time was over.
    #[error("the address did not answer in time")]
    TimedOut,
    /// The answer is longer than the limit.
    #[error("the answer is too long")]
    TooLarge,
    /// Another status than 200.
    #[error("the address answered with status {0}")]
    Status(u16),
    /// The answer is not JSON.
    #[error("the answer is not JSON")]
    NotJson,
}

/// Reads a JSON document of at most `limit` octets.
///
/// # Errors
/// [`OutboundError`].
pub(crate) async fn fetch_json(app: &App, url: &str, limit: usize) -> Result<Value, OutboundError> {
    app.oidc.outbound.fetch_json(url, limit).await
}

/// Posts a body and reads an answer of status 200, of at most `limit` octets.
///
/// # Errors
/// [`OutboundError`]; every other status is one.
pub(crate) async fn post_and_read(
    app: &App,
    url: &str,
    body: bytes::Bytes,
    headers: HeaderMap,
    limit: usize,
) -> Result<Vec<u8>, OutboundError> {
    app.oidc.outbound.post_and_read(url, body, headers, limit).await
}

/// Posts a body; `headers` say its type. The answer's body is dropped unread.
///
/// # Errors
/// [`OutboundError`]; a status that says no is not one of them.
pub(crate) async fn post(
    app: &App,
    url: &str,
    body: impl Into<bytes::Bytes>,
    headers: HeaderMap,
) -> Result<StatusCode, OutboundError> {
    app.oidc.outbound.post(url, body.into(), headers).await
}
