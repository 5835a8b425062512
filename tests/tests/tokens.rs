//! Profile 5: revocation before `exp`, the published keys, and their rotation.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};
use tests::{Browser, Call, Invented, Phone, Registered, Registration, TestServer, token};

/// A whole login; the token as text and verified.
async fn log_in(server: &TestServer, service: &Registered, phone: &Phone) -> (String, token::Token) {
    let login = service
        .initiate(server, phone.wallet.identity().token_id.as_str())
        .await;
    phone.approve(&phone.only().await).await.expect(200);
    let approved = Browser::open(server, &login).await.expect("approved").await;
    let token = token::check_result(server, service, &login, &approved).await;
    (approved["jwt"].as_str().unwrap().to_owned(), token)
}

async fn scene() -> (TestServer, Registered, Phone) {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
    (server, service, phone)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_device_takes_its_tokens_with_it_and_no_other() {
    let (server, service, phone) = scene().await;
    let hers = Phone::enrol(&server, &server.issue(Invented::amelie())).await;
    let (_, his_token) = log_in(&server, &service, &phone).await;
    let (_, her_token) = log_in(&server, &service, &hers).await;
    assert!(!token::is_revoked(&server, &his_token).await);
    assert!(!token::is_revoked(&server, &her_token).await);

    let identity = phone.wallet.identity();
    let body = json!({"tokenId": identity.token_id, "deviceId": identity.device_id, "reason": "lost_device"});
    server.administer(Call::post("/revoke", &body)).await.expect(200);
    server.clock.advance(61);
    assert!(token::is_revoked(&server, &his_token).await);
    assert!(!token::is_revoked(&server, &her_token).await);
    phone
        .send(Method::GET, "/auth/pending", "")
        .await
        .expect_problem(401, "device_not_active");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoking_a_token_id_ends_what_waits() {
    let (server, service, phone) = scene().await;
    let token_id = phone.wallet.identity().token_id.clone();
    let (_, token) = log_in(&server, &service, &phone).await;
    let login = service.initiate(&server, token_id.as_str()).await;
    let mut browser = Browser::open(&server, &login).await;
    browser.expect("otp_ready").await;
    let request = phone.only().await;
    let body = json!({"tokenId": token_id, "reason": "compromised"});
    server.administer(Call::post("/revoke", &body)).await.expect(200);
    assert_eq!(browser.expect("rejected").await["reason"], "User rejected");
    let late = phone.approve(&request).await;
    assert!(matches!(late.status.as_u16(), 401 | 404), "{}", late.text());
    assert!(token::is_revoked(&server, &token).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_token_has_a_place_of_its_own() {
    let (server, service, phone) = scene().await;
    let mut places = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for _ in 0..20 {
        let (_, token) = log_in(&server, &service, &phone).await;
        places.insert(token.claim("status").to_string());
        ids.insert(token.claim("jti").to_string());
    }
    assert_eq!((places.len(), ids.len()), (20, 20));
    let list = server.send(Call::get("/status/tokens/1")).await;
    assert_eq!(list.header("content-type"), "application/statuslist+jwt");
    assert_eq!(list.header("cache-control"), "public, max-age=60");
    let claims = token::verify(&server, &list.text(), "statuslist+jwt").await;
    assert_eq!(claims.claim("ttl"), 60);
    server
        .send(Call::get("/status/tokens/2"))
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_set_is_public_and_holds_no_secret_and_no_unpublished_key() {
    let (server, _, phone) = scene().await;
    let answer = server.send(Call::get("/.well-known/jwks.json")).await;
    let keys = answer.expect(200);
    assert_eq!(answer.header("cache-control"), "public, max-age=3600");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let public = ["alg", "crv", "e", "kid", "kty", "n", "use", "x", "x5c", "y"];
    let keys = keys["keys"].as_array().unwrap();
    for key in keys {
        let mut names = key.as_object().unwrap().keys();
        assert!(names.all(|name| public.contains(&name.as_str())), "{key}");
    }
    let credential = phone.wallet.credential().expose();
    let header = credential.split('.').next().unwrap();
    let header: Value =
        serde_json::from_slice(&idp_types::encoding::from_base64url(header).unwrap()).unwrap();
    assert!(
        keys.iter().all(|key| key["kid"] != header["kid"]),
        "the enrolment key is nobody's but the server's"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_published_before_it_signs_and_after() {
    let (server, service, phone) = scene().await;
    let (old_text, old) = log_in(&server, &service, &phone).await;
    let rotated = server
        .administer(Call::new(Method::POST, "/admin/keys/token/rotate"))
        .await
        .expect(200);
    assert_eq!(
        (rotated["phase"].as_str(), rotated["is_published"].as_bool()),
        (Some("upcoming"), Some(true))
    );
    let upcoming = rotated["kid"].as_str().unwrap().to_owned();
    assert!(published(&server).await.contains(&upcoming));
    let (_, meanwhile) = log_in(&server, &service, &phone).await;
    assert_eq!(
        meanwhile.header.kid, old.header.kid,
        "caches do not know the new key yet"
    );

    let policy = server.app.config.keys.rotation;
    server.clock.advance(policy.publish_ahead + 1);
    let (_, new) = log_in(&server, &service, &phone).await;
    assert_eq!(new.header.kid.as_deref(), Some(upcoming.as_str()));
    token::verify(&server, &old_text, "idtoken+jwt").await;
    server.clock.advance(policy.keep_after + 1);
    assert!(!published(&server).await.contains(&old.header.kid.unwrap()));
}

async fn published(server: &TestServer) -> BTreeSet<String> {
    let keys = server.send(Call::get("/.well-known/jwks.json")).await.expect(200);
    keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

/// Profile 1.1: a rotation of the unpublished key leaves enrolled phones as they are, until its time is over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn phones_outlive_a_rotation_of_the_credential_key() {
    let (server, service, phone) = scene().await;
    server
        .administer(Call::new(Method::POST, "/admin/keys/enrolment_credential/rotate"))
        .await
        .expect(200);
    server
        .clock
        .advance(server.app.config.keys.rotation.publish_ahead + 1);
    let (_, token) = log_in(&server, &service, &phone).await;
    assert_eq!(token.claim("name"), "Jean Dupont");
    let body = json!({"vdsData": phone.wallet.seal()}).to_string();
    let renewed = phone
        .send(Method::POST, "/enroll/credential", &body)
        .await
        .expect(200);
    assert_ne!(renewed["enrolmentCredential"], phone.wallet.credential().expose());
}
