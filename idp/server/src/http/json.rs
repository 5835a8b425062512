//! Reading JSON: bounded in size and time; an error names the member, never the text.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;

use crate::app::App;
use crate::edge::body::{BodyError, read};
use crate::problem::{Code, Problem};

/// A JSON body, parsed.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

/// The octets of a body, at most the configured number, within the configured time.
///
/// # Errors
/// `too_large`, `timed_out` or `invalid_request`.
pub async fn body_bytes(app: &App, body: Body) -> Result<Bytes, Problem> {
    let limits = (
        app.config.limits.body_bytes,
        Duration::from_secs(app.config.timeouts.body_seconds),
    );
    read(body, limits.0, limits.1).await.map_err(|error| match error {
        BodyError::TooLarge => Problem::new(Code::TooLarge),
        BodyError::TimedOut => Problem::new(Code::TimedOut),
        BodyError::Broken => Problem::new(Code::InvalidRequest).detail("the body ended early"),
    })
}

/// Parses a JSON object into `T`. A list is none, although its items could be read as members in their order.
///
/// # Errors
/// `invalid_request` with the path of the member that is wrong.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::new(Code::InvalidRequest).detail("the body is not a JSON object"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut deserializer);
    let value = parsed.map_err(|error| {
        let path = error.path().to_string();
        let path: String = path
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || "._[]".contains(*c))
            .take(64)
            .collect();
        Problem::new(Code::InvalidRequest)
            .detail("a member is missing, malformed or of the wrong type")
            .with("member", path)
    })?;
    deserializer
        .end()
        .map_err(|_| Problem::new(Code::InvalidRequest).detail("the body is not one JSON value"))?;
    Ok(value)
}

fn check_media_type(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Err(Code::UnsupportedMediaType.into());
    };
    let media_type = value
        .to_str()
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    let accepted = ["application/json", "application/merge-patch+json"];
    if accepted.iter().any(|name| media_type.eq_ignore_ascii_case(name)) {
        Ok(())
    } else {
        Err(Code::UnsupportedMediaType.into())
    }
}

/// The octets and the value of a JSON request. An empty body is an empty object where that suffices.
///
/// # Errors
/// As [`body_bytes`] and [`parse_json`], and `unsupported_media_type`.
pub async fn read_json<T: DeserializeOwned>(
    app: &App,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Bytes, T), Problem> {
    let bytes = body_bytes(app, body).await?;
    if bytes.is_empty() {
        return parse_json(b"{}").map(|value| (bytes, value));
    }
    check_media_type(headers)?;
    let value = parse_json(&bytes)?;
    Ok((bytes, value))
}

impl<T: DeserializeOwned> FromRequest<Arc<App>> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let (_, value) = read_json(app, &parts.headers, body).await?;
        Ok(Self(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Asked {
        code: Option<String>,
    }

    #[test]
    fn an_object_is_asked_for_and_a_list_is_none() {
        let asked = |text: &str| parse_json::<Asked>(text.as_bytes());
        assert_eq!(asked(" {\"code\": \"a\"}").unwrap().code.as_deref(), Some("a"));
        assert_eq!(asked("{}").unwrap().code, None);
        for text in ["[\"a\"]", "[null]", "[]", "null", "\"a\"", "1", "", "{} {}"] {
            assert!(asked(text).is_err(), "{text}");
        }
    }
}
