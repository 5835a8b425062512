//! A client as an operator registers it for certification: the preset `generic`, the code flow, and RS256, which the suite expects of a
//! client that says nothing (profile 8 has ES256 there, so that the operator says it).

use data_encoding::BASE64;
use idp_jose::Algorithm;
use serde_json::{Value, json};
use tests::client_key::merged;
use tests::{Call, TestServer, fresh};

/// How a client shows its secret (RFC 6749 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secret {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
}

/// A registered client.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    /// `client_id`.
    pub(crate) id: String,
    /// `client_secret`.
    pub(crate) secret: String,
    /// How it authenticates.
    pub(crate) method: Secret,
    /// Its redirect URIs.
    pub(crate) redirect_uris: Vec<String>,
    /// `id_token_signed_response_alg`.
    pub(crate) algorithm: Algorithm,
}

impl Client {
    /// Registers one, with some members changed; null removes.
    pub(crate) async fn register(server: &TestServer, changes: Value) -> Self {
        let id = fresh("certification");
        let address = format!("https://{id}.example");
        let redirect_uris = [format!("{address}/callback"), format!("{address}/second")];
        let usual = json!({
            "client_id": id,
            "preset": "generic",
            "client_name": "Certification",
            "service": {"url": address, "matchingMode": "compare"},
            "redirect_uris": redirect_uris,
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "client_secret_basic",
            "scope": "openid profile email offline_access",
            "id_token_signed_response_alg": "RS256",
        });
        let call = Call::post("/admin/clients", &merged(usual, changes));
        Self::of(&server.administer(call).await.expect(201))
    }

    /// What an answer to a registration says (RFC 7591 3.2.1).
    pub(crate) fn of(made: &Value) -> Self {
        let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
        let redirect_uris = made["redirect_uris"].as_array().into_iter().flatten();
        let redirect_uris = redirect_uris.filter_map(Value::as_str).map(str::to_owned);
        let algorithm = text("id_token_signed_response_alg").parse();
        Self {
            id: text("client_id"),
            secret: text("client_secret"),
            method: match text("token_endpoint_auth_method").as_str() {
                "client_secret_post" => Secret::Post,
                _ => Secret::Basic,
            },
            redirect_uris: redirect_uris.collect(),
            algorithm: algorithm.expect("a known algorithm"),
        }
    }

    /// Its first redirect URI.
    pub(crate) fn redirect_uri(&self) -> &str {
        &self.redirect_uris[0]
    }

    /// Its value of `Authorization`. Nothing of it needs form encoding.
    pub(super) fn basic(&self) -> String {
        let pair = format!("{}:{}", self.id, self.secret);
        format!("Basic {}", BASE64.encode(pair.as_bytes()))
    }
}
