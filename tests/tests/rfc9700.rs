//! RFC 9700, "Best Current Practice for OAuth 2.0 Security", with nothing to switch on: the configuration is the default one, the
//! clients are as an operator registers them who names an address and nothing else. One test a clause that binds an authorization
//! server.
//!
//! | clause | test |
//! |---|---|
//! | 2.1, 4.1.3 redirect URIs are compared exactly | `redirects::rfc9700_2_1_redirect_uris_are_*` |
//! | 2.1, 4.1.3 but for the port of a native client (RFC 8252 7.3) | `redirects::rfc9700_2_1_of_a_native_*` |
//! | 2.1, 4.11.2 no open redirector | `redirects::rfc9700_2_1_nobody_is_*`, `redirects::rfc9700_4_11_2_*` |
//! | 2.1, 4.7 CSRF | `pages::rfc9700_4_7_1_*`; PKCE as below |
//! | 2.1, 4.4.2 mix-up, `iss` | `server::rfc9700_4_4_2_*` |
//! | 2.1, 4.12 credentials are not forwarded: 303 | `redirects::rfc9700_4_12_*` |
//! | 2.1.1 PKCE: supported, enforced, advertised, S256 | `codes::rfc9700_2_1_1_*` |
//! | 2.1.1, 4.8.2 PKCE downgrade | `codes::rfc9700_4_8_2_*` |
//! | 2.1.2 no access token from the authorization endpoint | `codes::rfc9700_2_1_2_*` |
//! | 2.2.1, 4.10.1 sender-constrained access tokens | `tokens::rfc9700_2_2_1_*` |
//! | 2.2.2, 4.14.2 refresh tokens of public clients | `refresh::rfc9700_2_2_2_*`, `refresh::rfc9700_4_14_2_*` |
//! | 2.3, 4.9.2, 4.10.2 privileges and audience | `tokens::rfc9700_2_3_*`, `tokens::rfc9700_4_10_2_*` |
//! | 2.4 no password grant | `tokens::rfc9700_2_4_*` |
//! | 2.5 client authentication, asymmetric | `tokens::rfc9700_2_5_*` |
//! | 2.6 metadata | `server::rfc9700_2_6_metadata_*` |
//! | 2.6 no answer over an unencrypted connection | `redirects::rfc9700_2_6_*`, `server::rfc9700_2_6_the_*` |
//! | 2.6 CORS, but not at the authorization endpoint | `pages::rfc9700_2_6_*` |
//! | 2.6, 4.15.1 who a client is it does not say itself | `server::rfc9700_4_15_1_*` |
//! | 4.1.2 fragments that browsers attach again | not applicable: no token travels in an address, see 2.1.2 |
//! | 4.2.4 Referer: pages, codes used once | `pages::rfc9700_4_2_4_*`, `codes::rfc9700_4_2_4_*` |
//! | 4.3.1 codes in the history | `pages::rfc9700_4_3_1_*`, `codes::rfc9700_4_2_4_*` |
//! | 4.3.2 access tokens in the history | `pages::rfc9700_4_3_2_*` |
//! | 4.5.3 code injection | `codes::rfc9700_4_5_3_*` |
//! | 4.6.1 access token injection | `codes::rfc9700_4_6_1_*`; OAuth has no countermeasure of a server, OpenID Connect has `at_hash` |
//! | 4.9.1 counterfeit resource servers | not applicable: binds clients; what helps is 2.2.1 and 4.10.2 |
//! | 4.11.1 clients as open redirectors | not applicable: binds clients |
//! | 4.13 reverse proxies | `server::rfc9700_4_13_*` |
//! | 4.16 clickjacking | `pages::rfc9700_4_16_*` |
//! | 4.17 in-browser communication | `pages::rfc9700_4_17_*` |
//!
//! 4.11.2 also says that a server "MUST always authenticate the user first" before it redirects. No code leaves before a phone has
//! approved; a refusal may, to an address that an operator registered and thereby trusts. Clients that register themselves are off.

mod codes;
mod pages;
mod redirects;
mod refresh;
mod server;
mod tokens;

use std::collections::BTreeMap;

use idp_server::config::{Config, load};
use serde_json::{Value, json};
use tests::relying_party::VERIFIER;
use tests::web::{location, parameters};
use tests::{Answer, Call, Invented, Phone, RelyingParty, TestServer, Web};

const ISSUER: &str = "https://login.example.com";

/// What an operator gets who writes an issuer into the configuration and nothing else.
fn default_configuration() -> Config {
    let issuer = ("IDP_ISSUER".to_owned(), ISSUER.to_owned());
    load(None, std::iter::once(issuer)).unwrap()
}

/// A default server behind the proxy that ends TLS.
async fn default_server() -> TestServer {
    TestServer::start_behind_proxy(ISSUER, |config| {
        config.demo = false;
        config.oidc = default_configuration().oidc;
    })
    .await
}

/// A default server with a client, somebody with a phone, and their browser.
struct Scene {
    server: TestServer,
    party: RelyingParty,
    phone: Phone,
    web: Web,
}

impl Scene {
    /// A client with a secret.
    async fn confidential() -> Self {
        Self::with(json!({})).await
    }

    /// A client without one.
    async fn public() -> Self {
        Self::with(json!({"token_endpoint_auth_method": "none"})).await
    }

    async fn with(members: Value) -> Self {
        let server = default_server().await;
        let party = RelyingParty::register_with(&server, members).await;
        let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
        let web = Web::new(&server);
        Self {
            server,
            party,
            phone,
            web,
        }
    }

    /// Another client of the same kind.
    async fn other(&self) -> RelyingParty {
        let public = json!({"token_endpoint_auth_method": "none"});
        let members = if self.party.secret.is_some() {
            json!({})
        } else {
            public
        };
        RelyingParty::register_with(&self.server, members).await
    }

    /// What an authorization request is answered, at once or after an approval of everything.
    async fn authorize(&mut self, changes: &[(&str, &str)]) -> BTreeMap<String, String> {
        let path = self.party.authorize(changes);
        let answer = self.web.open(&path).await;
        if location(&answer).starts_with("/oidc/login/") {
            return parameters(&location(&self.web.login(&path, &self.phone).await));
        }
        parameters(&location(&answer))
    }

    /// The code of a login.
    async fn code(&mut self, changes: &[(&str, &str)]) -> String {
        let answered = self.authorize(changes).await;
        let code = answered.get("code");
        code.unwrap_or_else(|| panic!("{answered:?}")).clone()
    }

    /// A redemption with some parameters changed; an empty value removes one.
    async fn redeem(&self, party: &RelyingParty, code: &str, changes: &[(&str, &str)]) -> Answer {
        let usual = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", party.redirect_uri.as_str()),
            ("code_verifier", VERIFIER),
        ];
        let is_changed = |name: &str| changes.iter().any(|(other, _)| *other == name);
        let kept = usual.into_iter().filter(|(name, _)| !is_changed(name));
        let pairs: Vec<(&str, &str)> = kept
            .chain(changes.iter().copied())
            .filter(|(_, value)| !value.is_empty())
            .collect();
        self.server.send(party.call("/oidc/token", &pairs)).await
    }

    /// A whole login; the tokens.
    async fn tokens(&mut self, scope: &str) -> Value {
        let code = self.code(&[("scope", scope)]).await;
        self.redeem(&self.party, &code, &[]).await.expect(200)
    }

    /// A refresh, with further parameters.
    async fn refresh(&self, party: &RelyingParty, token: &str, more: &[(&str, &str)]) -> Answer {
        let pairs = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let pairs = [&pairs[..], more].concat();
        self.server.send(party.call("/oidc/token", &pairs)).await
    }

    /// What userinfo says to a bearer.
    async fn userinfo(&self, token: &str) -> Answer {
        self.server.send(Call::get("/oidc/userinfo").bearer(token)).await
    }

    async fn metadata(&self) -> Value {
        let call = Call::get("/.well-known/openid-configuration");
        self.server.send(call).await.expect(200)
    }
}

/// The code of a refusal; empty where it is none.
fn error(answer: &Answer) -> String {
    text(&answer.json(), "error")
}

/// A member's text; empty where it is absent.
fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

/// A page that leads nowhere.
#[track_caller]
fn assert_page(answer: &Answer) {
    assert_eq!(
        (answer.status.as_u16(), location(answer)),
        (400, String::new()),
        "{}",
        answer.text()
    );
    let media_type = answer.header("content-type");
    assert!(media_type.starts_with("text/html"), "{media_type}");
    assert!(answer.header("refresh").is_empty());
    assert!(!answer.text().contains("http-equiv"));
}
