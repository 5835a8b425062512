//! Two clients, a person with a phone, and what goes between them.

use http::Method;
use idp_authenticator::DeclineReason;
use idp_jose::Algorithm;
use idp_jose::jws::Header;
use serde_json::{Value, json};
use tests::client_key::merged;
use tests::web::encode;
use tests::{
    Answer, Call, Certificate, ClientKey, Invented, Phone, Receiver, TestServer, certificate, fresh,
};

use super::answers::{acknowledged, error_of};
use crate::client::{Expected, IdToken, Provider, Tokens};
use crate::suite::{Module, Variant};

/// CIBA 10.1.
pub(super) const GRANT: &str = "urn:openid:params:grant-type:ciba";

/// RFC 7523 2.2.
pub(super) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The backchannel authentication endpoint, by its member of the document.
pub(super) const BACKCHANNEL: &str = "backchannel_authentication_endpoint";

/// The token endpoint.
pub(super) const TOKEN: &str = "token_endpoint";

/// Seconds between two questions, where the provider says nothing else (CIBA 7.3).
pub(super) const INTERVAL: i64 = 5;

/// A registered client and what it keeps.
pub(super) struct Party {
    /// `client_id`.
    pub(super) id: String,
    /// Signs its requests and assertions.
    pub(super) key: ClientKey,
    /// Its certificate.
    pub(super) certificate: Certificate,
    /// Where it is told, if it is.
    pub(super) pings: Option<Receiver>,
    /// Its `client_notification_token`.
    pub(super) notification_token: String,
    by_certificate: bool,
}

/// A client of the profile that polls and authenticates by assertion.
fn members(id: &str, key: &ClientKey) -> Value {
    json!({
        "client_id": id,
        "profile": "fapi_ciba",
        "service": {
            "url": format!("https://{id}.example"), "matchingMode": "compare", "allowedScopes": ["identity:name"],
        },
        "grant_types": [GRANT, "refresh_token"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": key.jwks(),
        "tls_client_certificate_bound_access_tokens": true,
        "backchannel_token_delivery_mode": "poll",
        "id_token_signed_response_alg": key.algorithm().name(),
        "scope": "openid profile offline_access identity:name",
    })
}

/// Where a module plays.
pub(super) struct Flow {
    /// The server.
    pub(super) server: TestServer,
    /// What it publishes.
    pub(super) provider: Provider,
    /// The person's phone.
    pub(super) phone: Phone,
    variant: Variant,
}

impl Flow {
    /// A server behind a proxy that ends TLS and hands certificates over, and somebody with a phone.
    pub(super) async fn open(module: &Module) -> Self {
        let server = module
            .server_with(|config| {
                config.oidc.client_certificate_header = certificate::HEADER.parse().ok();
                config.oidc.client_certificate_proxies = "127.0.0.1".parse().into_iter().collect();
            })
            .await;
        Self {
            provider: Provider::discover(&server).await,
            phone: Phone::enrol(&server, &server.issue(Invented::jean())).await,
            variant: module.variant,
            server,
        }
    }

    /// A client with a key on P-256.
    pub(super) async fn party(&self) -> Party {
        self.party_with(ClientKey::generate()).await
    }

    /// A client with this key. Its ID tokens are signed with the key's algorithm.
    pub(super) async fn party_with(&self, key: ClientKey) -> Party {
        let id = fresh("till");
        let pings = match self.variant {
            Variant::Ping => Some(Receiver::start().await),
            _ => None,
        };
        let mut members = members(&id, &key);
        if self.variant == Variant::Certificate {
            let way = json!({
                "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": format!("CN={id}"),
            });
            members = merged(members, way);
        }
        if let Some(pings) = &pings {
            let way = json!({
                "backchannel_token_delivery_mode": "ping", "backchannel_client_notification_endpoint": pings.uri,
            });
            members = merged(members, way);
        }
        let made = Call::post("/admin/clients", &members);
        self.server.administer(made).await.expect(201);
        Party {
            certificate: Certificate::of(&id),
            notification_token: fresh("notify"),
            by_certificate: self.variant == Variant::Certificate,
            key,
            pings,
            id,
        }
    }

    /// Unix seconds.
    pub(super) fn now(&self) -> i64 {
        self.server.now().unix_seconds()
    }

    /// The address of an endpoint.
    fn address(&self, endpoint: &str) -> String {
        format!("{}{}", self.provider.issuer, self.provider.path(endpoint))
    }

    /// What a request says, with some claims changed; null removes.
    pub(super) fn claims(&self, party: &Party, changes: Value) -> Value {
        let token = party.pings.as_ref().map(|_| &party.notification_token);
        let usual = json!({
            "scope": "openid identity:name",
            "login_hint": self.phone.wallet.identity().token_id.as_str(),
            "client_notification_token": token,
        });
        let claims = ClientKey::request_claims(&self.server, &party.id, usual);
        merged(claims, changes)
    }

    /// The same, signed by the client.
    pub(super) fn object(&self, party: &Party, changes: Value) -> String {
        let header = Header::new(party.key.algorithm());
        party.key.sign(&header, &self.claims(party, changes))
    }

    /// A client assertion for an endpoint, with some claims changed.
    pub(super) fn assertion(&self, party: &Party, endpoint: &str, changes: Value) -> String {
        self.assertion_by(party.key.algorithm(), (party, endpoint), changes)
    }

    /// The same, signed otherwise.
    pub(super) fn assertion_by(
        &self,
        algorithm: Algorithm,
        (party, endpoint): (&Party, &str),
        changes: Value,
    ) -> String {
        let mut claims = json!({"aud": self.address(endpoint)});
        if let (Some(claims), Value::Object(changes)) = (claims.as_object_mut(), changes) {
            claims.extend(changes);
        }
        party
            .key
            .assertion_by(algorithm, (&self.server, &party.id), claims)
    }

    /// Sends a form as it is; with the certificate of whoever sends it.
    pub(super) async fn post(
        &self,
        endpoint: &str,
        pairs: &[(&str, &str)],
        certificate: Option<&Certificate>,
    ) -> Answer {
        let call = Call::new(Method::POST, self.provider.path(endpoint))
            .header("content-type", "application/x-www-form-urlencoded")
            .raw(encode(pairs));
        let call = match certificate {
            Some(certificate) => certificate.shown(call),
            None => call,
        };
        self.server.send(call).await
    }

    /// Sends a form in the client's name.
    pub(super) async fn send(&self, party: &Party, endpoint: &str, pairs: &[(&str, &str)]) -> Answer {
        let assertion = self.assertion(party, endpoint, json!({}));
        let mut pairs = pairs.to_vec();
        if party.by_certificate {
            pairs.push(("client_id", &party.id));
        } else {
            pairs.extend([
                ("client_assertion_type", ASSERTION_TYPE),
                ("client_assertion", assertion.as_str()),
            ]);
        }
        self.post(endpoint, &pairs, Some(&party.certificate)).await
    }

    /// Asks the person.
    pub(super) async fn ask(&self, party: &Party, changes: Value) -> Answer {
        let object = self.object(party, changes);
        self.send(party, BACKCHANNEL, &[("request", &object)]).await
    }

    /// The same, which is taken; the `auth_req_id`.
    pub(super) async fn begin(&self, party: &Party, changes: Value) -> String {
        acknowledged(&self.ask(party, changes).await).auth_req_id
    }

    /// Asks for the tokens.
    pub(super) async fn fetch(&self, party: &Party, auth_req_id: &str) -> Answer {
        let pairs = [("grant_type", GRANT), ("auth_req_id", auth_req_id)];
        self.send(party, TOKEN, &pairs).await
    }

    /// Asks for tokens that are not there yet, and lets the interval pass.
    pub(super) async fn waits(&self, party: &Party, auth_req_id: &str) {
        let error = error_of(&self.fetch(party, auth_req_id).await);
        assert_eq!(error, "authorization_pending");
        self.server.clock.advance(INTERVAL);
    }

    /// The person approves; the client is told, where it wants to be.
    pub(super) async fn approve(&self, party: &mut Party, auth_req_id: &str) {
        self.phone.approve(&self.phone.only().await).await.expect(200);
        party.is_told(auth_req_id).await;
    }

    /// The person declines; the client is told, where it wants to be.
    pub(super) async fn decline(&self, party: &mut Party, auth_req_id: &str) {
        let asked = self.phone.only().await;
        let session = asked.session_id.as_str();
        let declined = self.phone.reject(session, DeclineReason::Declined).await;
        declined.expect(200);
        party.is_told(auth_req_id).await;
    }

    /// Tokens that are there, checked: FAPI has no RS256, and CIBA no nonce.
    pub(super) fn tokens(&self, party: &Party, answer: &Answer) -> (Tokens, IdToken) {
        let tokens = Tokens::of(answer);
        let expected = Expected {
            client_id: &party.id,
            algorithm: party.key.algorithm(),
            nonce: None,
            access_token: Some(tokens.access()),
            now: self.now(),
        };
        let id_token = self.provider.id_token(tokens.id(), &expected);
        assert!(id_token.number("auth_time") <= self.now());
        assert!(!id_token.text("acr").is_empty());
        (tokens, id_token)
    }

    /// A whole flow from the request to the resource.
    pub(super) async fn complete(&self, party: &mut Party, changes: Value) -> (Tokens, IdToken) {
        let auth_req_id = self.begin(party, changes).await;
        self.waits(party, &auth_req_id).await;
        self.approve(party, &auth_req_id).await;
        let (tokens, id_token) = self.tokens(party, &self.fetch(party, &auth_req_id).await);
        let claims = self.resource(&tokens, Some(&party.certificate)).await.expect(200);
        assert_eq!(claims["sub"], id_token.text("sub"));
        (tokens, id_token)
    }

    /// Shows an access token to the resource.
    pub(super) async fn resource(&self, tokens: &Tokens, certificate: Option<&Certificate>) -> Answer {
        let call = Call::get(self.provider.path("userinfo_endpoint")).bearer(tokens.access());
        let call = match certificate {
            Some(certificate) => certificate.shown(call),
            None => call,
        };
        self.server.send(call).await
    }
}

impl Party {
    /// CIBA 10.2: the ping, where the client wants one: its own token, and nothing but the `auth_req_id`.
    pub(super) async fn is_told(&mut self, auth_req_id: &str) {
        let Some(pings) = &mut self.pings else { return };
        let ping = pings.next().await;
        assert_eq!(ping.method, Method::POST);
        let bearer = format!("Bearer {}", self.notification_token);
        assert_eq!(ping.header("authorization"), bearer);
        assert_eq!(ping.json(), json!({"auth_req_id": auth_req_id}));
    }
}
