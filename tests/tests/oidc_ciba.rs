//! Client-Initiated Backchannel Authentication: CIBA Core 1.0, FAPI-CIBA, `federation-oidc.md` 3c. The client names the person, the
//! phone asks, the client fetches the tokens.

mod ping;
mod profile;
mod signed;

use idp_authenticator::push::PushChannel;
use idp_authenticator::{DeclineReason, PushRegistration};
use idp_push::PushMessage;
use serde_json::{Value, json};
use tests::{Answer, Call, Enrolling, Invented, Phone, RelyingParty, TestServer, token};

const GRANT: &str = "urn:openid:params:grant-type:ciba";

/// A till that asks a person's phone.
struct Scene {
    server: TestServer,
    party: RelyingParty,
    phone: Phone,
}

impl Scene {
    async fn open() -> Self {
        Self::with(json!({})).await
    }

    /// With further members of the client.
    async fn with(members: Value) -> Self {
        let server = TestServer::start().await;
        let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
        let party = register(&server, members).await;
        Self { server, party, phone }
    }

    fn token_id(&self) -> String {
        self.phone.wallet.identity().token_id.to_string()
    }

    async fn send(&self, party: &RelyingParty, path: &str, pairs: &[(&str, &str)]) -> Answer {
        self.server.send(party.call(path, pairs)).await
    }

    /// An authentication request for the phone's holder; an empty value removes a parameter.
    async fn ask(&self, changes: &[(&str, &str)]) -> Answer {
        let token_id = self.token_id();
        let mut pairs = vec![
            ("scope", "openid identity:name"),
            ("login_hint", token_id.as_str()),
            ("binding_message", "Table 7"),
        ];
        pairs.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        pairs.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        self.send(&self.party, "/oidc/ciba", &pairs).await
    }

    /// The same, which is taken; its `auth_req_id`.
    async fn begin(&self, changes: &[(&str, &str)]) -> String {
        text(&self.ask(changes).await.expect(200), "auth_req_id")
    }

    async fn fetch_as(&self, party: &RelyingParty, auth_req_id: &str) -> Answer {
        let pairs = [("grant_type", GRANT), ("auth_req_id", auth_req_id)];
        self.send(party, "/oidc/token", &pairs).await
    }

    async fn fetch(&self, auth_req_id: &str) -> Answer {
        self.fetch_as(&self.party, auth_req_id).await
    }

    async fn approve(&self) {
        self.phone.approve(&self.phone.only().await).await.expect(200);
    }
}

async fn register(server: &TestServer, members: Value) -> RelyingParty {
    let mut own = json!({
        "grant_types": [GRANT, "authorization_code", "refresh_token"], "backchannel_token_delivery_mode": "poll",
    });
    if let (Some(own), Value::Object(members)) = (own.as_object_mut(), members) {
        own.extend(members);
    }
    RelyingParty::register_with(server, own).await
}

fn text(value: &Value, name: &str) -> String {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} in {value}"))
        .to_owned()
}

#[track_caller]
fn refused(answer: &Answer) -> String {
    answer.refused()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ciba_7_and_10_1_a_phone_answers_and_the_client_fetches_the_tokens_once() {
    let scene = Scene::open().await;
    let answer = scene.ask(&[]).await;
    let begun = answer.expect(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(
        (&begun["expires_in"], &begun["interval"]),
        (&json!(60), &json!(5))
    );
    let id = text(&begun, "auth_req_id");
    assert_eq!(refused(&scene.fetch(&id).await), "authorization_pending");

    let shown = scene.phone.only().await;
    let message = shown.binding_message.as_ref().expect("a message");
    assert_eq!(message.as_str(), "Table 7");
    let code = text(&begun, "verification_code");
    assert!(format!("{:?}", shown.matching).contains("Compare"), "{code}");
    scene.phone.approve(&shown).await.expect(200);

    let tokens = scene.fetch(&id).await.expect(200);
    let id_token = token::verify(&scene.server, &text(&tokens, "id_token"), "JWT").await;
    assert_eq!(id_token.claim("aud"), &json!(scene.party.id));
    assert_eq!(id_token.claim("sub"), &json!(scene.token_id()));
    assert!(id_token.claim("auth_time").is_i64() && id_token.claim("at_hash").is_string());
    assert!(id_token.claim("nonce").is_null() && tokens.get("refresh_token").is_none());
    let userinfo = Call::get("/oidc/userinfo").bearer(&text(&tokens, "access_token"));
    let claims = scene.server.send(userinfo).await.expect(200);
    assert_eq!(claims["given_name"], "Jean");
    assert_eq!(refused(&scene.fetch(&id).await), "invalid_grant", "once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_4_a_push_does_not_carry_the_binding_message() {
    let server = TestServer::start().await;
    let push = PushRegistration {
        channel: PushChannel::Fcm {
            token: "device-token".into(),
        },
        encryption_key: None,
    };
    let enrolling = Enrolling {
        push: Some(push),
        ..Enrolling::new("phone")
    };
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol_as(&server, &jean, enrolling).await.expect("a phone");
    let party = register(&server, json!({})).await;
    let scene = Scene { server, party, phone };
    scene.begin(&[("binding_message", "Table 4711")]).await;
    let shown = scene.phone.only().await;
    assert_eq!(
        shown.binding_message.as_ref().expect("a message").as_str(),
        "Table 4711"
    );
    let Some((_, PushMessage::Clear(body))) = scene.server.pushes.sent().pop() else {
        panic!("one push, which anybody can read")
    };
    let body = serde_json::to_string(&body).expect("JSON");
    assert!(!body.contains("4711"), "{body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ciba_11_who_asks_too_often_slows_down_and_gets_the_answer_all_the_same() {
    let scene = Scene::open().await;
    let id = scene.begin(&[]).await;
    assert_eq!(refused(&scene.fetch(&id).await), "authorization_pending");
    assert_eq!(refused(&scene.fetch(&id).await), "slow_down");
    scene.server.clock.advance(6);
    assert_eq!(refused(&scene.fetch(&id).await), "slow_down", "five seconds more");
    scene.server.clock.advance(16);
    assert_eq!(refused(&scene.fetch(&id).await), "authorization_pending");
    scene.approve().await;
    scene.fetch(&id).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ciba_11_refusal_and_time_end_it() {
    let scene = Scene::open().await;
    let id = scene.begin(&[]).await;
    let session = scene.phone.only().await.session_id;
    let declined = scene
        .phone
        .reject(session.as_str(), DeclineReason::Declined)
        .await;
    declined.expect(200);
    for _ in 0..2 {
        assert_eq!(refused(&scene.fetch(&id).await), "access_denied");
    }
    for expiry in ["10", "3600"] {
        let begun = scene.ask(&[("requested_expiry", expiry)]).await.expect(200);
        let seconds = begun["expires_in"].as_i64().expect("a number");
        assert_eq!(seconds, if expiry == "10" { 10 } else { 60 });
        scene.server.clock.advance(seconds + 1);
        assert_eq!(
            refused(&scene.fetch(&text(&begun, "auth_req_id")).await),
            "expired_token"
        );
        scene.server.clock.advance(60);
    }
    let late = scene.begin(&[("requested_expiry", "10")]).await;
    scene.server.clock.advance(20);
    scene.approve().await;
    assert_eq!(
        refused(&scene.fetch(&late).await),
        "expired_token",
        "approved too late"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_4_an_unknown_token_id_looks_like_one_that_waits() {
    let scene = Scene::open().await;
    let names = |answer: &Value| {
        answer
            .as_object()
            .map(|members| members.keys().cloned().collect::<Vec<_>>())
    };
    let known = scene.ask(&[]).await.expect(200);
    let unknown = scene.ask(&[("login_hint", "nobody-has-this")]).await.expect(200);
    assert_eq!(names(&known), names(&unknown));
    let id = text(&unknown, "auth_req_id");
    assert_eq!(refused(&scene.fetch(&id).await), "authorization_pending");
    scene.server.clock.advance(61);
    assert_eq!(refused(&scene.fetch(&id).await), "expired_token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ciba_13_each_mistake_has_its_error() {
    let scene = Scene::open().await;
    for (changes, error) in [
        (vec![("scope", "identity:name")], "invalid_scope"),
        (vec![("scope", "openid identity:shoe_size")], "invalid_scope"),
        (vec![("login_hint", "")], "invalid_request"),
        (vec![("id_token_hint", "a.b.c")], "invalid_request"),
        (
            vec![("login_hint", ""), ("id_token_hint", "a.b.c")],
            "invalid_request",
        ),
        (vec![("login_hint", "no token id")], "unknown_user_id"),
        (vec![("binding_message", "<script>")], "invalid_binding_message"),
        (vec![("requested_expiry", "soon")], "invalid_request"),
        (vec![("request", "a.b.c")], "invalid_request"),
        (vec![("acr_values", "phr")], "unmet_authentication_requirements"),
    ] {
        assert_eq!(refused(&scene.ask(&changes).await), error, "{changes:?}");
    }
    let get = scene.server.send(Call::get("/oidc/ciba")).await;
    assert_eq!(get.status, 405);
    let other = RelyingParty::register(&scene.server).await;
    let pairs = [("scope", "openid"), ("login_hint", "jean")];
    let unregistered = scene.send(&other, "/oidc/ciba", &pairs).await;
    assert_eq!(refused(&unregistered), "unauthorized_client");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ciba_11_an_answer_is_its_clients_alone() {
    let scene = Scene::open().await;
    let other = register(&scene.server, json!({})).await;
    let id = scene.begin(&[]).await;
    scene.approve().await;
    assert_eq!(refused(&scene.fetch_as(&other, &id).await), "invalid_grant");
    assert_eq!(refused(&scene.fetch("nothing").await), "invalid_grant");
    assert_eq!(refused(&scene.fetch("").await), "invalid_request");
    scene.fetch(&id).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixteen_who_fetch_at_once_one_gets_the_tokens() {
    let scene = Scene::open().await;
    let id = scene.begin(&[]).await;
    scene.approve().await;
    let all = futures_util::future::join_all((0..16).map(|_| scene.fetch(&id))).await;
    let won = all.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(won, 1);
    assert!(
        all.iter()
            .filter(|answer| answer.status != 200)
            .all(|answer| refused(answer) == "invalid_grant")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ciba_7_1_an_id_token_of_ours_names_the_person_and_offline_access_refreshes() {
    let scene = Scene::open().await;
    let first = scene.begin(&[]).await;
    scene.approve().await;
    let id_token = text(&scene.fetch(&first).await.expect(200), "id_token");
    let changes = [
        ("login_hint", ""),
        ("id_token_hint", id_token.as_str()),
        ("scope", "openid offline_access"),
    ];
    let again = scene.begin(&changes).await;
    scene.approve().await;
    let tokens = scene.fetch(&again).await.expect(200);
    let refresh = text(&tokens, "refresh_token");
    let pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
    ];
    scene.send(&scene.party, "/oidc/token", &pairs).await.expect(200);
    let other = register(&scene.server, json!({})).await;
    let pairs = [("scope", "openid"), ("id_token_hint", id_token.as_str())];
    let foreign = scene.send(&other, "/oidc/ciba", &pairs).await;
    assert_eq!(refused(&foreign), "invalid_request", "another client's ID token");
}
