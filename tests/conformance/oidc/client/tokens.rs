//! The token endpoint (RFC 6749 3.2, 5.1, 5.2; OIDC Core 3.1.3).

use http::Method;
use serde_json::Value;
use tests::web::encode;
use tests::{Answer, Call, Site};

use super::provider::{Provider, media_type};
use super::registration::{Client, Secret};

/// A successful answer.
#[derive(Debug, Clone)]
pub(crate) struct Tokens(Value);

impl Tokens {
    /// Checks a successful answer (RFC 6749 5.1).
    pub(crate) fn of(answer: &Answer) -> Self {
        let body = answer.expect(200);
        assert_eq!(media_type(answer), "application/json");
        assert!(
            answer.header("cache-control").contains("no-store"),
            "{:?}",
            answer.headers
        );
        assert_eq!(answer.header("pragma"), "no-cache");
        let kind = body["token_type"].as_str().unwrap_or_default();
        assert!(kind.eq_ignore_ascii_case("bearer"), "token_type is {kind}");
        let lives = body.get("expires_in").map(Value::as_i64);
        assert!(
            lives.is_none_or(|seconds| seconds > Some(0)),
            "expires_in is {lives:?}"
        );
        let tokens = Self(body);
        // RFC 6749 A.12 and A.17: visible characters.
        for name in ["access_token", "refresh_token"] {
            let text = tokens.0[name].as_str().unwrap_or_default();
            let is_allowed = |byte| matches!(byte, 0x20..=0x7e);
            assert!(text.bytes().all(is_allowed), "{name} has odd characters");
        }
        assert!(!tokens.access().is_empty());
        tokens
    }

    /// `access_token`.
    pub(crate) fn access(&self) -> &str {
        self.0["access_token"].as_str().expect("an access token")
    }

    /// `id_token`.
    pub(crate) fn id(&self) -> &str {
        self.0["id_token"].as_str().expect("an ID token")
    }

    /// `refresh_token`, where there is one.
    pub(crate) fn refresh(&self) -> Option<&str> {
        self.0["refresh_token"].as_str()
    }
}

impl Client {
    /// Asks the token endpoint, authenticated.
    pub(crate) async fn ask(&self, site: &Site, provider: &Provider, pairs: &[(&str, &str)]) -> Answer {
        let mut pairs = pairs.to_vec();
        if self.method == Secret::Post {
            pairs.extend([("client_id", self.id.as_str()), ("client_secret", &self.secret)]);
        }
        let call = Call::new(Method::POST, provider.path("token_endpoint"))
            .header("content-type", "application/x-www-form-urlencoded")
            .raw(encode(&pairs));
        let call = match self.method {
            Secret::Basic => call.header("authorization", &self.basic()),
            Secret::Post => call,
        };
        site.send(call).await
    }
}

/// The error of a refusal (RFC 6749 5.2).
pub(crate) fn refused(answer: &Answer) -> String {
    let body = answer.json();
    assert!(matches!(answer.status.as_u16(), 400 | 401), "{}", answer.text());
    assert_eq!(media_type(answer), "application/json");
    assert!(answer.header("cache-control").contains("no-store"));
    let error = body["error"].as_str().unwrap_or_default();
    assert!(!error.is_empty(), "{body}");
    error.to_owned()
}
