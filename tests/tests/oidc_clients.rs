//! Issue 3, points 1, 3, 4 and 10: clients (RFC 7591, RFC 7592, presets), discovery (OIDC Discovery 4, RFC 8414 3), views of the issuer.

mod addresses;
mod admin;
mod command;
mod discovery;
mod registration;

use http::Method;
use serde_json::Value;
use tests::{Answer, Call, TestServer};

/// A token request that authenticates by HTTP Basic (RFC 6749 2.3.1).
pub(crate) async fn client_credentials(
    server: &TestServer,
    prefix: &str,
    (client_id, secret): (&str, &str),
) -> Answer {
    let pair = data_encoding::BASE64.encode(format!("{client_id}:{secret}").as_bytes());
    let call = Call::new(Method::POST, format!("{prefix}/oidc/token"))
        .header("authorization", &format!("Basic {pair}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .raw("grant_type=client_credentials");
    server.send(call).await
}

/// The claims of a JWT, unverified.
pub(crate) fn claims_of(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    let payload = data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

/// A member that is text.
#[track_caller]
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name} in {value}"))
}
