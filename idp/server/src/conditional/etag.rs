//! Strong entity tags: a digest of the record's version and of what it looks like, so that two states never share one.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use idp_store::Version;
use serde::Serialize;

use super::write::Effect;
use crate::crypto::sha256_hex;
use crate::problem::{Code, Problem};

/// Hexadecimal characters of a tag: 128 bits.
const LENGTH: usize = 32;

/// A strong entity tag (RFC 9110 8.8.3), without its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Etag(String);

impl Etag {
    /// The tag of a representation at a version.
    ///
    /// # Errors
    /// `internal` when it cannot be written as JSON.
    pub(crate) fn of(version: Version, representation: &impl Serialize) -> Result<Self, Problem> {
        let mut text = version.0.to_be_bytes().to_vec();
        serde_json::to_writer(&mut text, representation).map_err(|_| Problem::new(Code::Internal))?;
        Ok(Self(sha256_hex(&text).chars().take(LENGTH).collect()))
    }

    /// The text between the quotes.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&format!("\"{}\"", self.0)).ok()
    }
}

/// A representation with its tag, and where it is when it was made or written.
pub(crate) struct Tagged<T> {
    pub(crate) status: StatusCode,
    pub(crate) etag: Etag,
    pub(crate) location: Option<String>,
    pub(crate) body: T,
}

impl<T> Tagged<T> {
    /// 200 with the representation.
    pub(crate) const fn ok(etag: Etag, body: T) -> Self {
        Self {
            status: StatusCode::OK,
            etag,
            location: None,
            body,
        }
    }

    /// 201 with `Location` where it was made, 200 where it was there.
    pub(crate) fn written(effect: Effect, etag: Etag, location: String, body: T) -> Self {
        match effect {
            Effect::Created => Self::created(etag, location, body),
            Effect::Changed | Effect::Unchanged => Self::ok(etag, body),
        }
    }

    /// 201 with `Location` (RFC 9110 15.3.2).
    pub(crate) const fn created(etag: Etag, location: String, body: T) -> Self {
        Self {
            status: StatusCode::CREATED,
            etag,
            location: Some(location),
            body,
        }
    }
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let mut headers = HeaderMap::new();
        headers.extend(self.etag.header().map(|value| (header::ETAG, value)));
        let location = self.location.and_then(|path| HeaderValue::from_str(&path).ok());
        headers.extend(location.map(|value| (header::LOCATION, value)));
        (self.status, headers, Json(self.body)).into_response()
    }
}

/// 304 (RFC 9110 15.4.5).
pub(super) fn not_modified(etag: &Etag) -> Response {
    let mut headers = HeaderMap::new();
    headers.extend(etag.header().map(|value| (header::ETAG, value)));
    (StatusCode::NOT_MODIFIED, headers).into_response()
}
