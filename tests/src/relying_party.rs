//! A relying party of OpenID Connect as an operator registers it: a service and a client of the same name.

use serde_json::{Value, json};

use crate::http::Call;
use crate::server::TestServer;
use crate::service::Registration;
use crate::site::Site;
use crate::web::encode;

/// What a proof key hashes to (RFC 7636 appendix B), and the key.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The verifier of [`CHALLENGE`].
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A registered client.
#[derive(Debug, Clone)]
pub struct RelyingParty {
    /// `client_id`, the service's name as well.
    pub id: String,
    /// `client_secret`, where it has one.
    pub secret: Option<String>,
    /// Its one redirect URI.
    pub redirect_uri: String,
}

impl RelyingParty {
    /// A confidential client of the code flow that may ask for nearly everything.
    pub async fn register(server: &TestServer) -> Self {
        Self::register_with(server, json!({})).await
    }

    /// The same with other members.
    ///
    /// # Panics
    /// With the server's answer, where it refuses.
    pub async fn register_with(server: &TestServer, members: Value) -> Self {
        Self::register_by(&server.operator("ann").await, server, members).await
    }

    /// The same at any server, by an operator's token.
    ///
    /// # Panics
    /// With the server's answer, where it refuses.
    pub async fn register_by(operator: &str, site: &Site, members: Value) -> Self {
        let service = Registration::public().register_by(operator, site).await;
        let redirect_uri = format!("https://{}.example/callback", service.id);
        let mut body = json!({
            "client_id": service.id,
            "client_name": "Bar Le Central",
            "redirect_uris": [redirect_uri],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "client_secret_basic",
            "scope": "openid profile email offline_access identity:full identity:age_over_18 identity:age_over_21",
        });
        if let (Some(body), Value::Object(members)) = (body.as_object_mut(), members) {
            body.extend(members);
        }
        let made = site
            .send(Call::post("/admin/clients", &body).bearer(operator))
            .await
            .expect(201);
        Self {
            secret: made
                .get("client_secret")
                .and_then(Value::as_str)
                .map(str::to_owned),
            redirect_uri,
            id: service.id,
        }
    }

    /// Redeems the code of an authorization response.
    ///
    /// # Panics
    /// With the server's answer, where it refuses.
    pub async fn redeem(&self, server: &TestServer, code: &str) -> Value {
        server.send(self.redemption(code)).await.expect(200)
    }

    /// The request that redeems the code of an authorization response.
    pub fn redemption(&self, code: &str) -> Call {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        self.call("/oidc/token", &pairs)
    }

    /// Its `Authorization` value.
    ///
    /// # Panics
    /// Where it has no secret.
    pub fn basic(&self) -> String {
        let secret = self.secret.as_deref().expect("a confidential client");
        let pair = format!("{}:{secret}", self.id);
        format!("Basic {}", data_encoding::BASE64.encode(pair.as_bytes()))
    }

    /// A form that the client posts in its own name: by its secret, or by its name where it has none.
    pub fn call(&self, path: &str, pairs: &[(&str, &str)]) -> Call {
        let call = Call::new(http::Method::POST, path);
        let call = call.header("content-type", "application/x-www-form-urlencoded");
        if self.secret.is_some() {
            return call.header("authorization", &self.basic()).raw(encode(pairs));
        }
        let named: Vec<(&str, &str)> = pairs
            .iter()
            .copied()
            .chain([("client_id", self.id.as_str())])
            .collect();
        call.raw(encode(&named))
    }

    /// The path of an authorization request with some parameters changed; an empty value removes one.
    pub fn authorize(&self, changes: &[(&str, &str)]) -> String {
        format!("/oidc/authorize?{}", self.request(changes))
    }

    /// The same, as a form.
    pub fn request(&self, changes: &[(&str, &str)]) -> String {
        let usual = [
            ("client_id", self.id.as_str()),
            ("response_type", "code"),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("scope", "openid identity:name"),
            ("state", "af0ifjsldkj"),
            ("nonce", "n-0S6_WzA2Mj"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let is_changed = |name: &str| changes.iter().any(|(other, _)| *other == name);
        let kept = usual.into_iter().filter(|(name, _)| !is_changed(name));
        let pairs: Vec<(&str, &str)> = kept
            .chain(changes.iter().copied())
            .filter(|(_, value)| !value.is_empty())
            .collect();
        encode(&pairs)
    }
}
