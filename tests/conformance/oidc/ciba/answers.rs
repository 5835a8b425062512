//! What every answer of the two endpoints must be.

use serde_json::Value;
use tests::Answer;

/// Characters of 160 bits in base64url: what CIBA 7.3 recommends.
const CHARACTERS: usize = 27;

/// Members of an error (CIBA 13, RFC 6749 5.2).
const OF_AN_ERROR: [&str; 3] = ["error", "error_description", "error_uri"];

/// A request that was taken (CIBA 7.3).
pub(super) struct Acknowledged {
    /// `auth_req_id`.
    pub(super) auth_req_id: String,
    /// `expires_in`.
    pub(super) expires_in: i64,
}

#[track_caller]
fn is_json(answer: &Answer) {
    let media_type = answer.header("content-type");
    assert!(
        media_type.starts_with("application/json"),
        "{media_type} {}",
        answer.text()
    );
    assert!(
        answer.header("cache-control").contains("no-store"),
        "{:?}",
        answer.headers
    );
}

/// CIBA 7.3.
#[track_caller]
pub(super) fn acknowledged(answer: &Answer) -> Acknowledged {
    let body = answer.expect(200);
    is_json(answer);
    let auth_req_id = body["auth_req_id"].as_str().expect("an auth_req_id");
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    assert!(auth_req_id.bytes().all(is_allowed), "{auth_req_id}");
    assert!(auth_req_id.len() >= CHARACTERS, "{auth_req_id}");
    let expires_in = body["expires_in"].as_i64().expect("expires_in");
    assert!(expires_in > 0, "{body}");
    let interval = body.get("interval").map(Value::as_i64);
    assert!(interval.is_none_or(|seconds| seconds > Some(0)), "{body}");
    Acknowledged {
        auth_req_id: auth_req_id.to_owned(),
        expires_in,
    }
}

/// The code of an error whose form is right: 401 goes with `invalid_client`, 400 with all others.
#[track_caller]
pub(super) fn error_of(answer: &Answer) -> String {
    let body = answer.json();
    is_json(answer);
    let error = body["error"].as_str().unwrap_or_default();
    let expected = if error == "invalid_client" { 401 } else { 400 };
    assert_eq!(answer.status, expected, "{body}");
    for (name, value) in body.as_object().expect("an object") {
        assert!(OF_AN_ERROR.contains(&name.as_str()), "{name} is unexpected");
        // RFC 6749 A.7 to A.9.
        let text = value.as_str().expect("a text");
        let is_allowed = |byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        assert!(!text.is_empty() && text.bytes().all(is_allowed), "{body}");
    }
    error.to_owned()
}
