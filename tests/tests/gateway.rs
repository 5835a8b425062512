//! The gateway (issue 5): a real Envoy with our filter, in front of an upstream, with our identity provider behind the cluster `idp`.

mod answers;
mod command;
mod demo;
mod deny;
mod forward_auth;
mod hostile;
mod identity;
mod nginx;
mod numbers;
mod outages;
mod phone;
mod recipes;
mod reload;
mod rsa;
mod senders;

use idp_jose::Algorithm;
use idp_jose::jws::Header;
use idp_server::clock::{Clock as _, ShiftedClock};
use serde_json::{Value, json};
use tests::client_key::merged;
use tests::{Answer, ClientKey, fresh};

/// An issuer that a test signs for itself.
struct Issuer {
    key: ClientKey,
}

const ISSUER: &str = "https://idp.example";
const AUDIENCE: &str = "https://api.example";

fn now() -> i64 {
    ShiftedClock::default().now().unix_seconds()
}

impl Issuer {
    fn new() -> Self {
        Self {
            key: ClientKey::generate(),
        }
    }

    fn header(&self) -> Header {
        Header::new(Algorithm::Es256)
            .with_typ("at+jwt")
            .with_kid(self.key.jwk().kid.expect("a kid"))
    }

    fn claims(more: Value) -> Value {
        let usual = json!({
            "iss": ISSUER, "aud": [AUDIENCE, "other"], "sub": "somebody", "iat": now(), "exp": now() + 300, "jti": fresh("jti"),
            "scope": "orders:read profile",
        });
        merged(usual, more)
    }

    /// An access token with these claims beside the usual ones; null removes.
    fn token(&self, more: Value) -> String {
        self.key.sign(&self.header(), &Self::claims(more))
    }

    /// A policy with this key in it, these rules and more members.
    #[expect(clippy::needless_pass_by_value, reason = "callers write their rules in place")]
    fn policy(&self, rules: Value, more: Value) -> Value {
        let usual = json!({
            "issuers": {"idp": {"issuer": ISSUER, "audiences": [AUDIENCE], "keys": self.key.jwks(), "leeway_seconds": 0}},
            "rules": rules,
        });
        merged(usual, more)
    }
}

/// One rule for everything.
fn everything() -> Value {
    json!([{"name": "all", "match": {"path": "/**"}}])
}

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, code: &str) {
    answer.expect_problem(status, code);
    assert_eq!(answer.header("cache-control"), "no-store");
}
