//! Pushed authorization requests (RFC 9126) and signed ones (RFC 9101).

use idp_authenticator::{DeviceKey, DeviceSigner as _};
use idp_jose::jws::{Header, Prepared};
use idp_jose::{Algorithm, Jwk};
use serde_json::{Value, json};
use tests::web::{encode, location, parameters};
use tests::{Answer, Call, Invented, Phone, RelyingParty, TestServer, Web, random};

async fn push(server: &TestServer, party: &RelyingParty, form: &str) -> Answer {
    let call = Call::new(http::Method::POST, "/oidc/par")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", &party.basic());
    server.send(call.raw(form.to_owned())).await
}

fn by_reference(party: &RelyingParty, uri: &str) -> String {
    format!(
        "/oidc/authorize?{}",
        encode(&[("client_id", &party.id), ("request_uri", uri)])
    )
}

async fn uri_of(server: &TestServer, party: &RelyingParty, changes: &[(&str, &str)]) -> String {
    let pushed = push(server, party, &party.request(changes)).await;
    let body = pushed.expect(201);
    assert_eq!(pushed.header("cache-control"), "no-store");
    assert_eq!(body["expires_in"], 90);
    body["request_uri"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9126_4_a_pushed_request_is_answered_once_and_may_be_looked_at_before() {
    let server = TestServer::start().await;
    let party =
        RelyingParty::register_with(&server, json!({"require_pushed_authorization_requests": true})).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let mut web = Web::new(&server);
    let plain = parameters(&location(&web.open(&party.authorize(&[])).await));
    assert_eq!(
        plain["error"], "invalid_request",
        "RFC 9126 6: the client must push"
    );

    let uri = uri_of(&server, &party, &[]).await;
    assert!(uri.starts_with("urn:ietf:params:oauth:request_uri:"));
    web.begin(&by_reference(&party, &uri)).await;
    let answered = parameters(&location(&web.login(&by_reference(&party, &uri), &phone).await));
    assert!(answered.contains_key("code"), "{answered:?}");
    assert_eq!(answered["state"], "af0ifjsldkj");
    let again = web.open(&by_reference(&party, &uri)).await;
    assert_eq!((again.status.as_u16(), location(&again)), (400, String::new()));

    let silent = uri_of(&server, &party, &[("prompt", "none")]).await;
    assert!(parameters(&location(&web.open(&by_reference(&party, &silent)).await)).contains_key("code"));
    assert_eq!(
        web.open(&by_reference(&party, &silent)).await.status.as_u16(),
        400
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9126_2_2_a_reference_is_the_clients_and_expires() {
    let server = TestServer::start().await;
    let party = RelyingParty::register(&server).await;
    let other = RelyingParty::register(&server).await;
    let mut web = Web::new(&server);
    let uri = uri_of(&server, &party, &[]).await;
    assert_eq!(web.open(&by_reference(&other, &uri)).await.status.as_u16(), 400);
    server.clock.advance(91);
    let late = web.open(&by_reference(&party, &uri)).await;
    assert_eq!((late.status.as_u16(), location(&late)), (400, String::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9126_2_3_refusals_are_told_to_the_client_at_once() {
    let server = TestServer::start().await;
    let party = RelyingParty::register(&server).await;
    let error = |answer: &Answer| answer.json()["error"].as_str().unwrap_or_default().to_owned();
    for (changes, expected) in [
        (
            &[("request_uri", "urn:ietf:params:oauth:request_uri:x")][..],
            "invalid_request",
        ),
        (&[("redirect_uri", "https://evil.example/")], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("scope", "openid identity:photo")], "invalid_scope"),
        (&[("client_id", "other")], "invalid_client"),
        (&[("request", "x.y.z")], "invalid_request_object"),
    ] {
        let answer = push(&server, &party, &party.request(changes)).await;
        assert!(answer.status.is_client_error(), "{changes:?}");
        let code = error(&answer);
        let is_expected = code == expected || (expected == "invalid_client" && code == "invalid_request");
        assert!(is_expected, "{changes:?}: {code}");
    }
    let call = Call::new(http::Method::POST, "/oidc/par")
        .header("content-type", "application/x-www-form-urlencoded")
        .raw(party.request(&[]));
    assert_eq!(error(&server.send(call).await), "invalid_client");
    let get = server.send(Call::get("/oidc/par")).await;
    assert_eq!(get.status.as_u16(), 405);
}

struct Signing {
    party: RelyingParty,
    key: DeviceKey,
    issuer: String,
}

impl Signing {
    async fn new(server: &TestServer, members: Value) -> Self {
        let key = DeviceKey::from_random(&random()).unwrap();
        let jwk = Jwk::new(key.public_key()).to_value();
        let mut all = json!({"jwks": {"keys": [jwk]}});
        all.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        let party = RelyingParty::register_with(server, all).await;
        Self {
            party,
            key,
            issuer: server.issuer.clone(),
        }
    }

    fn object(&self, now: i64, changes: &Value) -> String {
        let mut claims = json!({
            "iss": self.party.id, "aud": self.issuer, "client_id": self.party.id, "exp": now + 300, "nbf": now, "iat": now,
            "response_type": "code", "redirect_uri": self.party.redirect_uri, "scope": "openid", "state": "signed",
            "prompt": "none",
        });
        claims
            .as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        let header = Header::new(Algorithm::Es256).with_typ("oauth-authz-req+jwt");
        let prepared = Prepared::new(&header, claims.to_string().as_bytes());
        let signature = self.key.sign(prepared.signing_input());
        prepared.complete(&signature)
    }

    /// A request with this object, and a redirect URI and a state beside it.
    fn by_value(&self, object: &str) -> String {
        let pairs = [
            ("client_id", self.party.id.as_str()),
            ("redirect_uri", self.party.redirect_uri.as_str()),
            ("state", "beside"),
            ("request", object),
        ];
        format!("/oidc/authorize?{}", encode(&pairs))
    }
}

/// Error and state of what a request is answered.
async fn answered(web: &mut Web, path: &str) -> (String, String) {
    let mut answered = parameters(&location(&web.open(path).await));
    let mut take = |name: &str| answered.remove(name).unwrap_or_default();
    (take("error"), take("state"))
}

fn pair(error: &str, state: &str) -> (String, String) {
    (error.to_owned(), state.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9101_signed_requests_by_value_and_pushed() {
    let server = TestServer::start().await;
    let signing = Signing::new(&server, json!({"require_signed_request_object": true})).await;
    let mut web = Web::new(&server);
    let good = signing.object(server.now().unix_seconds(), &json!({}));
    let signed = pair("login_required", "signed");
    assert_eq!(answered(&mut web, &signing.by_value(&good)).await, signed);
    let unsigned = answered(&mut web, &signing.party.authorize(&[])).await;
    assert_eq!(unsigned, pair("invalid_request", "af0ifjsldkj"));

    let form = encode(&[("client_id", &signing.party.id), ("request", &good)]);
    let pushed = push(&server, &signing.party, &form).await.expect(201);
    let uri = pushed["request_uri"].as_str().unwrap();
    assert_eq!(
        answered(&mut web, &by_reference(&signing.party, uri)).await,
        signed
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9101_6_a_bad_object_is_told_to_the_address_beside_it() {
    let server = TestServer::start().await;
    let signing = Signing::new(&server, json!({"require_signed_request_object": true})).await;
    let mut web = Web::new(&server);
    let now = server.now().unix_seconds();
    let invalid = pair("invalid_request_object", "beside");
    for bad in [
        json!({"aud": "https://other.example"}),
        json!({"exp": now - 1}),
        json!({"client_id": "x"}),
        json!({"nbf": now + 600}),
    ] {
        let object = signing.object(now, &bad);
        let path = signing.by_value(&object);
        assert_eq!(answered(&mut web, &path).await, invalid, "{bad}");
        let form = encode(&[("client_id", &signing.party.id), ("request", &object)]);
        let pushed = push(&server, &signing.party, &form).await.expect(400);
        assert_eq!(
            pushed["error"], "invalid_request_object",
            "{bad}: nothing beside it"
        );
    }
    let other = Signing::new(&server, json!({})).await;
    let stolen = other.object(
        now,
        &json!({"iss": signing.party.id, "client_id": signing.party.id}),
    );
    let path = signing.by_value(&stolen);
    assert_eq!(answered(&mut web, &path).await, invalid, "another client's key");
}
