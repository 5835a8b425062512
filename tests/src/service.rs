//! Who asks: services with their callers' credentials, and the logins that they begin.

use idp_authenticator::{DeviceKey, DeviceSigner as _};
use idp_jose::jws::{Header, Prepared};
use idp_jose::{Algorithm, Jwk};
use idp_types::encoding::from_base64url;
use serde_json::{Value, json};

use crate::http::{Answer, Call};
use crate::server::TestServer;
use crate::site::Site;
use crate::{fresh, random};

/// A service as an operator would register it.
#[derive(Debug, Clone)]
pub struct Registration {
    body: Value,
    key: Option<DeviceKey>,
}

impl Registration {
    /// A public service, called by a page of its origin; mode `compare`, subject public.
    pub fn public() -> Self {
        let id = fresh("bar");
        let body = json!({
            "serviceId": id,
            "name": "Bar Le Central",
            "url": format!("https://{id}.example"),
            "allowedScopes": ["identity:full", "identity:age_over_18", "identity:age_over_21", "identity:age_over_25",
                "identity:age_range", "identity:is_eu_citizen", "identity:name_initial"],
            "defaultScopes": ["identity:name", "identity:age_over_18"],
            "callerAuthentication": "origin",
            "origins": [format!("https://{id}.example")],
            "matchingMode": "compare",
            "subjectType": "public",
        });
        Self { body, key: None }
    }

    /// A service whose backend has a secret.
    pub fn confidential() -> Self {
        Self::public().with("callerAuthentication", json!("secret"))
    }

    /// A service whose backend signs assertions.
    pub fn with_key() -> Self {
        let key = DeviceKey::from_random(&random()).expect("a scalar");
        let mut made = Self::public().with("callerAuthentication", json!("key"));
        made = made.with("callerKey", Jwk::new(key.public_key()).to_value());
        made.key = Some(key);
        made
    }

    /// With another value of a member.
    #[must_use]
    pub fn with(mut self, member: &str, value: Value) -> Self {
        if let Some(members) = self.body.as_object_mut() {
            members.insert(member.to_owned(), value);
        }
        self
    }

    /// What the operator sends.
    pub const fn body(&self) -> &Value {
        &self.body
    }

    /// Registers it.
    pub async fn register(self, server: &TestServer) -> Registered {
        let answer = server.administer(Call::post("/admin/services", &self.body)).await;
        self.registered(server, &answer)
    }

    /// Registers it at any server, by an operator's token.
    pub async fn register_by(self, operator: &str, site: &Site) -> Registered {
        let call = Call::post("/admin/services", &self.body).bearer(operator);
        let answer = site.send(call).await;
        self.registered(site, &answer)
    }

    /// What became of it, by the server's answer.
    #[track_caller]
    pub fn registered(self, site: &Site, answer: &Answer) -> Registered {
        let made = answer.expect(201);
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let id = text(&self.body, "serviceId").expect("a serviceId");
        let secret = text(&made, "secret").expect("a secret");
        let response_secret = text(&made, "responseSecret").expect("a response secret");
        let authentication = text(&self.body, "callerAuthentication").unwrap_or_default();
        Registered {
            origin: format!("https://{id}.example"),
            secret: (authentication == "secret").then_some(secret),
            response_secret: from_base64url(&response_secret).expect("base64url"),
            key: self.key,
            issuer: site.issuer.clone(),
            id,
        }
    }
}

/// A registered service with what its callers know.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The service.
    pub id: String,
    /// The origin of its page.
    pub origin: String,
    /// Its callers' secret, where they use one.
    pub secret: Option<String>,
    /// The key of the anti-forgery hash.
    pub response_secret: Vec<u8>,
    key: Option<DeviceKey>,
    issuer: String,
}

impl Registered {
    /// A call in the service's name.
    pub fn authenticate(&self, call: Call, now: i64) -> Call {
        match (&self.secret, &self.key) {
            (Some(secret), _) => call.bearer(secret),
            (None, Some(_)) => call.bearer(&self.assertion(now, &fresh("jti"))),
            (None, None) => call.header("origin", &self.origin),
        }
    }

    /// A `private_key_jwt` (RFC 7523).
    pub fn assertion(&self, now: i64, id: &str) -> String {
        let key = self.key.as_ref().expect("a service whose callers sign");
        let claims = json!({
            "iss": self.id, "sub": self.id, "aud": self.issuer, "iat": now, "exp": now + 60, "jti": id,
        });
        let header = Header::new(Algorithm::Es256).with_typ("client-authentication+jwt");
        let prepared = Prepared::new(&header, claims.to_string().as_bytes());
        let signature = key.sign(prepared.signing_input());
        prepared.complete(&signature)
    }

    /// Calls in the service's name.
    pub async fn send(&self, server: &Site, call: Call) -> Answer {
        server
            .send(self.authenticate(call, server.now().unix_seconds()))
            .await
    }

    /// `POST /auth/initiate` with the service's name and these members.
    pub async fn try_initiate(&self, server: &Site, token_id: &str, more: Value) -> Answer {
        let mut body = json!({"tokenId": token_id, "serviceId": self.id});
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        self.send(server, Call::post("/auth/initiate", &body)).await
    }

    /// Begins a login for its default scopes.
    pub async fn initiate(&self, server: &Site, token_id: &str) -> Login {
        Login::of(&self.try_initiate(server, token_id, json!({})).await)
    }

    /// Begins a login for these scopes.
    pub async fn initiate_for(&self, server: &Site, token_id: &str, scopes: &[&str]) -> Login {
        Login::of(
            &self
                .try_initiate(server, token_id, json!({"scopes": scopes}))
                .await,
        )
    }
}

/// A login that waits for a phone.
#[derive(Debug, Clone)]
pub struct Login {
    /// The session.
    pub session_id: String,
    /// The code that the page shows.
    pub code: String,
    /// For the WebSocket.
    pub ws_token: String,
    /// Comes back in token and result.
    pub random: String,
}

impl Login {
    /// Of an answer to `/auth/initiate` or `/identity/initiate`.
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        let body = answer.expect(200);
        let text = |name: &str| {
            body.get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        Self {
            session_id: text("sessionId"),
            code: text("autoPassword"),
            ws_token: text("wsToken"),
            random: text("random"),
        }
    }
}
