//! A relying party, and a person who logs in to it.

use serde_json::{Map, Value, json};
pub(super) use tests::client_key::ath;
use tests::{Answer, Call, ClientKey, Invented, Phone, TestServer, fresh};

/// RFC 7636 appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A server and a person with a phone.
pub(super) struct Scene {
    pub(super) server: TestServer,
    pub(super) phone: Phone,
}

impl Scene {
    pub(super) async fn open() -> Self {
        Self::on(TestServer::start().await).await
    }

    pub(super) async fn on(server: TestServer) -> Self {
        let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
        Self { server, phone }
    }

    pub(super) fn token_id(&self) -> String {
        self.phone.wallet.identity().token_id.to_string()
    }
}

/// A registered client with what it knows.
pub(super) struct Party {
    pub(super) client_id: String,
    pub(super) secret: Option<String>,
    pub(super) redirect_uri: String,
    pub(super) key: ClientKey,
}

/// A form body of pairs.
pub(super) fn form(pairs: &[(&str, &str)]) -> String {
    let encode = |text: &str| -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        text.bytes()
            .map(|byte| {
                if plain(byte) {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            })
            .collect()
    };
    let encoded = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    encoded.collect::<Vec<_>>().join("&")
}

/// A form POST.
pub(super) fn post(path: &str, pairs: &[(&str, &str)]) -> Call {
    Call::new(http::Method::POST, path)
        .header("content-type", "application/x-www-form-urlencoded")
        .raw(form(pairs))
}

/// The error code of an OAuth answer, whose form is checked (RFC 6749 5.2).
#[track_caller]
pub(super) fn refused(answer: &Answer) -> String {
    assert!(
        answer.status.is_client_error(),
        "{} {}",
        answer.status,
        answer.text()
    );
    assert_eq!(
        answer.header("content-type"),
        "application/json",
        "{}",
        answer.text()
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(
        answer.status == 401 && answer.json()["error"] == "invalid_client",
        answer.json()["error"] == "invalid_client"
    );
    answer.json()["error"].as_str().unwrap_or_default().to_owned()
}

pub(super) fn text(value: &Value, name: &str) -> String {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} in {value}"))
        .to_owned()
}

impl Party {
    /// A confidential client of every grant.
    pub(super) async fn register(server: &TestServer) -> Self {
        Self::with(server, json!({})).await
    }

    /// The same with other members.
    pub(super) async fn with(server: &TestServer, members: Value) -> Self {
        let client_id = fresh("rp");
        let redirect_uri = format!("https://{client_id}.example/cb");
        let key = ClientKey::generate();
        let mut body = json!({
            "client_id": client_id,
            "service": {
                "url": format!("https://{client_id}.example"), "matchingMode": "compare",
                "allowedScopes": ["identity:full_with_photo", "identity:photo", "identity:age_over_18"],
            },
            "redirect_uris": [redirect_uri],
            "grant_types": ["authorization_code", "refresh_token", "client_credentials",
                "urn:ietf:params:oauth:grant-type:token-exchange"],
            "scope": "openid profile email offline_access identity:full_with_photo identity:photo identity:age_over_18 read write",
            "resource_scopes": ["read", "write"],
        });
        let said = members.as_object().cloned().unwrap_or_default();
        if said.get("token_endpoint_auth_method") == Some(&json!("private_key_jwt")) {
            body["jwks"] = key.jwks();
        }
        let mut merged: Map<String, Value> = body.as_object().cloned().unwrap_or_default();
        merged.extend(said);
        let made = server
            .administer(Call::post("/admin/clients", &Value::Object(merged)))
            .await;
        let made = made.expect(201);
        Self {
            secret: made["client_secret"].as_str().map(str::to_owned),
            client_id,
            redirect_uri,
            key,
        }
    }

    /// A call in the client's name.
    pub(super) fn authenticate(&self, call: Call) -> Call {
        let Some(secret) = &self.secret else { return call };
        let pair = format!("{}:{secret}", self.client_id);
        call.header(
            "authorization",
            &format!("Basic {}", data_encoding::BASE64.encode(pair.as_bytes())),
        )
    }

    /// A form POST in the client's name.
    pub(super) fn call(&self, path: &str, pairs: &[(&str, &str)]) -> Call {
        let mut pairs = pairs.to_vec();
        if self.secret.is_none() {
            pairs.push(("client_id", &self.client_id));
        }
        self.authenticate(post(path, &pairs))
    }

    /// Asks the token endpoint.
    pub(super) async fn token(&self, server: &TestServer, pairs: &[(&str, &str)]) -> Answer {
        server.send(self.call("/oidc/token", pairs)).await
    }

    /// Redeems a code.
    pub(super) async fn redeem(&self, server: &TestServer, code: &str) -> Answer {
        self.token(server, &self.redemption(code)).await
    }

    /// What redeems a code.
    pub(super) fn redemption<'a>(&'a self, code: &'a str) -> [(&'a str, &'a str); 4] {
        [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", VERIFIER),
        ]
    }

    /// Refreshes.
    pub(super) async fn refresh(&self, server: &TestServer, token: &str) -> Answer {
        self.token(
            server,
            &[("grant_type", "refresh_token"), ("refresh_token", token)],
        )
        .await
    }

    /// The parameters of an authorization request.
    pub(super) fn request<'a>(
        &'a self,
        scope: &'a str,
        more: &[(&'a str, &'a str)],
    ) -> Vec<(&'a str, &'a str)> {
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("scope", scope),
            ("nonce", "n-1"),
            ("state", "s-1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        pairs.extend(more);
        pairs
    }

    /// A whole login with the phone; the code.
    pub(super) async fn code(&self, scene: &Scene, scope: &str, more: &[(&str, &str)]) -> String {
        let pairs = self.request(scope, more);
        let begun = scene
            .server
            .send(Call::get(format!("/oidc/authorize?{}", form(&pairs))))
            .await;
        assert_eq!(begun.status, 303, "{}", begun.text());
        let page = begun.header("location");
        assert!(page.contains("/oidc/login/"), "{page}");
        let path = page
            .strip_prefix(&scene.server.issuer)
            .unwrap_or(&page)
            .to_owned();
        let cookie = begun
            .header("set-cookie")
            .split(';')
            .next()
            .unwrap_or_default()
            .to_owned();
        let from_page = |call: Call| {
            call.header("cookie", &cookie)
                .header("sec-fetch-site", "same-origin")
        };
        let start = Call::post(format!("{path}/start"), &json!({"tokenId": scene.token_id()}));
        scene.server.send(from_page(start)).await.expect(200);
        scene.phone.approve(&scene.phone.only().await).await.expect(200);
        let end = from_page(post(&format!("{path}/continue"), &[]));
        let end = scene.server.send(end).await;
        assert_eq!(end.status, 303, "{}", end.text());
        let location = end.header("location");
        let (_, query) = location.split_once('?').expect("a query");
        let mut members = query.split('&').filter_map(|pair| pair.split_once('='));
        let code = members.find(|(name, _)| *name == "code");
        code.unwrap_or_else(|| panic!("a code in {location}"))
            .1
            .to_owned()
    }

    /// A whole login; the tokens.
    pub(super) async fn log_in(&self, scene: &Scene, scope: &str) -> Value {
        let code = self.code(scene, scope, &[]).await;
        self.redeem(&scene.server, &code).await.expect(200)
    }

    /// A client assertion (RFC 7523 3) with these claims beside the usual ones; null removes.
    pub(super) fn assertion(&self, server: &TestServer, more: Value) -> String {
        self.key.assertion(server, &self.client_id, more)
    }

    /// A DPoP proof (RFC 9449 4.2).
    pub(super) fn proof(&self, server: &TestServer, method: &str, path: &str, more: Value) -> String {
        self.key.proof(server, (method, path), more)
    }
}
