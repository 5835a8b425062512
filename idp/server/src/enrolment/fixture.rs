//! A whole application in a temporary directory, a trust scheme of its own, and phones that speak to its routes.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::{Extension, Router};
use http::{Request, StatusCode};
use idp_core::enrolment::{enrolment_proof_message, request_message};
use idp_types::encoding::base64url;
use idp_types::{CivilDate, DeviceId, Timestamp, TokenId};
use idp_vds::carrier::{Carrier, encode_text};
use idp_vds::{BirthDate, Content, Person, PersonPayload, Seal};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::app::App;
use crate::boot::{Parts, open_with};
use crate::clock::{Clock, ShiftedClock};
use crate::config::Config;
use crate::crypto::random;
use crate::edge::ClientAddress;
use crate::keys::SoftwareSigner;
use crate::scheme::{Scheme, SchemeNames};

pub(crate) const ISSUER: &str = "https://idp.example";

/// The server under test.
pub(crate) struct Server {
    pub(crate) app: Arc<App>,
    pub(crate) scheme: Scheme,
    pub(crate) clock: Arc<ShiftedClock>,
    routes: Router,
    _directory: tempfile::TempDir,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let config = Config::demo(ISSUER.into(), listen, directory.path().join("data"));
        let clock = Arc::new(ShiftedClock::default());
        let names = SchemeNames {
            operator: "Test".into(),
            agency: "TST".parse().unwrap(),
            region: "EU".parse().unwrap(),
            authority: "XX01".parse().unwrap(),
        };
        std::fs::create_dir_all(&config.trust.directory).unwrap();
        let scheme = Scheme::init(&config.trust.directory, names, clock.now()).unwrap();
        let parts = Parts {
            clock: clock.clone(),
            ..Parts::default()
        };
        let app = open_with(config, parts).await.unwrap().app;
        let (routes, _) = super::router()
            .merge(crate::services::router())
            .merge(crate::approval::phone_router())
            .split_for_parts();
        let client = ClientAddress(Ipv4Addr::LOCALHOST.into());
        let routes = routes.layer(Extension(client)).with_state(app.clone());
        Self {
            app,
            scheme,
            clock,
            routes,
            _directory: directory,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A seal of Jean Dupont's under this tokenId.
    pub(crate) fn seal(&self, token_id: &str) -> Seal {
        let person = Person {
            given_name: "Jean".into(),
            family_name: "Dupont".into(),
            birth_date: BirthDate::parse("1985-06-15").unwrap(),
            nationality: "FRA".into(),
            document_number: "12AB34567".into(),
            token_id: TokenId::parse(token_id).unwrap(),
            expires: CivilDate::new(2090, 1, 1).unwrap(),
            photo: None,
            face: None,
        };
        let content = Content::Person(PersonPayload::new(person).unwrap());
        self.scheme.issue(&content, self.now()).unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> (StatusCode, Value) {
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        (status, serde_json::from_slice(&bytes).unwrap_or_else(|_| text()))
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = Request::post(path).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    /// Enrols a phone with a fresh challenge; `more` is laid over the body.
    pub(crate) async fn enrol(&self, phone: &Phone, more: &Value) -> (StatusCode, Value) {
        let (_, challenge) = self.post("/enroll/challenge", &json!({})).await;
        let challenge = challenge["challenge"].as_str().unwrap();
        let body = phone.enrolment(challenge, more);
        self.post("/enroll", &body).await
    }
}

/// A phone with its key and seal.
pub(crate) struct Phone {
    pub(crate) signer: SoftwareSigner,
    pub(crate) device_id: DeviceId,
    pub(crate) token_id: TokenId,
    pub(crate) seal: Seal,
}

impl Phone {
    pub(crate) fn new(server: &Server, token_id: &str, device_id: &str) -> Self {
        Self {
            signer: SoftwareSigner::from_pkcs8(&SoftwareSigner::generate().unwrap()).unwrap(),
            device_id: DeviceId::parse(device_id).unwrap(),
            token_id: TokenId::parse(token_id).unwrap(),
            seal: server.seal(token_id),
        }
    }

    pub(crate) fn vds_data(&self) -> String {
        encode_text(Carrier::Base32, &self.seal)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> String {
        base64url(&self.signer.sign_now(message).unwrap())
    }

    pub(crate) fn enrolment(&self, challenge: &str, more: &Value) -> Value {
        let message = enrolment_proof_message(challenge, self.seal.digest(), &self.device_id);
        let mut body = json!({
            "vdsData": self.vds_data(),
            "publicKeyPem": self.signer.ec_public_key().to_spki_pem(),
            "deviceId": self.device_id,
            "proof": {"challenge": challenge, "signature": self.sign(&message)},
        });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    }

    /// A request that the device signs (profile 2).
    pub(crate) fn request(&self, now: Timestamp, method: &str, path: &str, body: &Value) -> Request<Body> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let nonce = base64url(&random::<12>().unwrap());
        let seconds = now.unix_seconds();
        let message = request_message(method, ISSUER, path, (seconds, &nonce), body.as_bytes());
        let authorization = format!(
            r#"Device tokenId="{}", deviceId="{}", ts="{seconds}", nonce="{nonce}", sig="{}""#,
            self.token_id,
            self.device_id,
            self.sign(&message)
        );
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", authorization);
        request
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap()
    }

    pub(crate) async fn call(
        &self,
        server: &Server,
        method: &str,
        path: &str,
        body: &Value,
    ) -> (StatusCode, Value) {
        server.send(self.request(server.now(), method, path, body)).await
    }

    /// Approves what waits for it with a code that the person carried over.
    pub(crate) async fn carry(&self, server: &Server, code: &str) -> StatusCode {
        let session = self.first_question(server).await;
        self.approve(server, &session, code).await
    }

    async fn first_question(&self, server: &Server) -> Value {
        let (_, pending) = self.call(server, "GET", "/auth/pending", &Value::Null).await;
        let list = pending
            .as_array()
            .or_else(|| pending["sessions"].as_array())
            .cloned()
            .unwrap_or_default();
        list.first()
            .unwrap_or_else(|| panic!("nothing waits: {pending}"))
            .clone()
    }

    async fn approve(&self, server: &Server, session: &Value, otp: &str) -> StatusCode {
        let id = session["sessionId"].as_str().unwrap();
        let seconds = server.now().unix_seconds();
        let signature = self.sign(format!("{id}|{otp}|{seconds}|").as_bytes());
        let body = json!({
            "sessionId": id, "tokenId": self.token_id, "otp": otp, "timestamp": seconds,
            "grantedScopes": [], "signature": signature, "deviceId": self.device_id,
        });
        server.post("/auth/verify", &body).await.0
    }

    /// Answers the question that waits for it, comparing codes.
    pub(crate) async fn answer(&self, server: &Server, approve: bool) -> StatusCode {
        let session = self.first_question(server).await;
        let id = session["sessionId"].as_str().unwrap();
        let seconds = server.now().unix_seconds();
        if approve {
            self.approve(server, &session, session["otp"].as_str().unwrap())
                .await
        } else {
            let signature = self.sign(format!("{id}|reject|{seconds}|declined").as_bytes());
            let body = json!({
                "sessionId": id, "tokenId": self.token_id, "timestamp": seconds, "reason": "declined",
                "signature": signature, "deviceId": self.device_id,
            });
            server.post("/auth/reject", &body).await.0
        }
    }
}
