//! Refresh tokens (RFC 6749 6, RFC 9700 4.14.2, OIDC Core 12, profile 1.5).

use std::collections::BTreeSet;

use serde_json::json;
use tests::{Call, token};

use super::party::{post, refused, text};
use super::{Party, Scene};

const OFFLINE: &str = "openid offline_access identity:name";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_gives_new_tokens_of_the_same_login() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let first = party.log_in(&scene, OFFLINE).await;
    server.clock.advance(100);
    let second = party
        .refresh(server, &text(&first, "refresh_token"))
        .await
        .expect(200);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_ne!(first["access_token"], second["access_token"]);
    let before = token::verify(server, &text(&first, "id_token"), "JWT").await;
    let after = token::verify(server, &text(&second, "id_token"), "JWT").await;
    for same in ["iss", "sub", "aud", "auth_time", "acr", "given_name"] {
        assert_eq!(before.claim(same), after.claim(same), "OIDC Core 12.2: {same}");
    }
    assert!(after.claim("nonce").is_null(), "OIDC Core 12.2");
    let userinfo = Call::get("/oidc/userinfo").bearer(&text(&second, "access_token"));
    assert_eq!(server.send(userinfo).await.expect(200)["given_name"], "Jean");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_14_2_an_old_refresh_token_ends_the_family() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let first = party.log_in(&scene, OFFLINE).await;
    let second = party
        .refresh(server, &text(&first, "refresh_token"))
        .await
        .expect(200);
    server.clock.advance(31);
    let reused = party.refresh(server, &text(&first, "refresh_token")).await;
    assert_eq!(refused(&reused), "invalid_grant");
    let after = party.refresh(server, &text(&second, "refresh_token")).await;
    assert_eq!(refused(&after), "invalid_grant", "the whole family ended");
    let userinfo = Call::get("/oidc/userinfo").bearer(&text(&second, "access_token"));
    assert_eq!(refused(&server.send(userinfo).await), "invalid_token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_given_again_within_the_grace_window() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let first = party.log_in(&scene, OFFLINE).await;
    let answer = party
        .refresh(server, &text(&first, "refresh_token"))
        .await
        .expect(200);
    server.clock.advance(29);
    let again = party
        .refresh(server, &text(&first, "refresh_token"))
        .await
        .expect(200);
    assert_eq!(answer, again);
    party
        .refresh(server, &text(&answer, "refresh_token"))
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_refreshes_at_once_all_get_the_same_answer() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let first = party.log_in(&scene, OFFLINE).await;
    let old = text(&first, "refresh_token");
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", old.as_str())];
    let calls: Vec<_> = (0..64)
        .map(|_| tokio::spawn(server.send(party.call("/oidc/token", &pairs))))
        .collect();
    let mut answers = BTreeSet::new();
    for call in calls {
        answers.insert(call.await.unwrap().expect(200).to_string());
    }
    assert_eq!(answers.len(), 1, "one new family state");
    let next: serde_json::Value = serde_json::from_str(answers.first().unwrap()).unwrap();
    party
        .refresh(server, &text(&next, "refresh_token"))
        .await
        .expect(200);
}

/// A request of a client that signs all it says: pushed, or for tokens.
fn signed(scene: &Scene, party: &Party, path: &str, pairs: &[(&str, &str)]) -> Call {
    let assertion = party.assertion(&scene.server, json!({}));
    let mut pairs = pairs.to_vec();
    pairs.extend([
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", assertion.as_str()),
    ]);
    let proof = party.proof(&scene.server, "POST", path, json!({}));
    post(path, &pairs).header("dpop", &proof)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fapi2_5_3_2_1_refresh_tokens_stay_however_many_refreshes_there_are() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let members = json!({"profile": "fapi2", "token_endpoint_auth_method": "private_key_jwt",
        "require_pushed_authorization_requests": true, "dpop_bound_access_tokens": true});
    let party = Party::with(server, members).await;
    let request = party.request(OFFLINE, &[]);
    let pushed = server.send(signed(&scene, &party, "/oidc/par", &request)).await;
    let uri = text(&pushed.expect(201), "request_uri");
    let code = party.code(&scene, OFFLINE, &[("request_uri", &uri)]).await;
    let redeemed = signed(&scene, &party, "/oidc/token", &party.redemption(&code));
    let first = server.send(redeemed).await.expect(200);
    let token = text(&first, "refresh_token");
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
    let refresh = || server.send(signed(&scene, &party, "/oidc/token", &pairs));
    let calls: Vec<_> = (0..16).map(|_| tokio::spawn(refresh())).collect();
    for call in calls {
        assert_eq!(call.await.unwrap().expect(200)["refresh_token"], token.as_str());
    }
    server.clock.advance(20 * 86_400);
    refresh().await.expect(200);
    server.clock.advance(20 * 86_400);
    refresh().await.expect(200);
    server.clock.advance(31 * 86_400);
    assert_eq!(refused(&refresh().await), "invalid_grant", "unused for a month");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_is_its_clients_alone_and_ends() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let other = Party::register(server).await;
    let tokens = party.log_in(&scene, OFFLINE).await;
    let refresh = text(&tokens, "refresh_token");
    assert_eq!(refused(&other.refresh(server, &refresh).await), "invalid_grant");
    let mut changed = refresh.clone();
    let last = if changed.pop() == Some('A') { 'Q' } else { 'A' };
    changed.push(last);
    assert_eq!(refused(&party.refresh(server, &changed).await), "invalid_grant");
    assert_eq!(refused(&party.refresh(server, "rt_x").await), "invalid_grant");
    let missing = party.token(server, &[("grant_type", "refresh_token")]).await;
    assert_eq!(refused(&missing), "invalid_request");
    let next = party.refresh(server, &refresh).await.expect(200);
    server.clock.advance(31 * 86_400);
    let idle = party.refresh(server, &text(&next, "refresh_token")).await;
    assert_eq!(refused(&idle), "invalid_grant", "unused for a month");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc6749_6_the_scope_narrows_for_one_answer() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let first = party
        .log_in(&scene, "openid offline_access identity:name identity:age_over_18")
        .await;
    let old = text(&first, "refresh_token");
    let narrow = |token: &str, scope: &str| {
        let pairs = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("scope", scope),
        ];
        server.send(party.call("/oidc/token", &pairs))
    };
    assert_eq!(
        refused(&narrow(&old, "openid identity:full").await),
        "invalid_scope"
    );
    let second = narrow(&old, "openid identity:age_over_18").await.expect(200);
    assert_eq!(second["scope"], "openid identity:age_over_18");
    let userinfo = Call::get("/oidc/userinfo").bearer(&text(&second, "access_token"));
    let claims = server.send(userinfo).await.expect(200);
    assert_eq!(claims, json!({"sub": scene.token_id(), "age_over_18": true}));
    let third = party
        .refresh(server, &text(&second, "refresh_token"))
        .await
        .expect(200);
    assert_eq!(third["scope"], first["scope"], "the grant keeps its own scope");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_1_5_after_their_time_claims_need_a_new_approval() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let first = party.log_in(&scene, OFFLINE).await;
    server.clock.advance(3601);
    let second = party
        .refresh(server, &text(&first, "refresh_token"))
        .await
        .expect(200);
    let id_token = token::verify(server, &text(&second, "id_token"), "JWT").await;
    assert_eq!(id_token.claim("sub"), &json!(scene.token_id()));
    assert!(id_token.claim("given_name").is_null());
    let userinfo = Call::get("/oidc/userinfo").bearer(&text(&second, "access_token"));
    assert_eq!(
        server.send(userinfo).await.expect(200),
        json!({"sub": scene.token_id()})
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_person_refreshes_nothing() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let tokens = party.log_in(&scene, OFFLINE).await;
    let body = json!({"tokenId": scene.token_id(), "reason": "lost_device"});
    server.administer(Call::post("/revoke", &body)).await.expect(200);
    let after = party.refresh(server, &text(&tokens, "refresh_token")).await;
    assert_eq!(refused(&after), "invalid_grant");
    let userinfo = Call::get("/oidc/userinfo").bearer(&text(&tokens, "access_token"));
    assert_eq!(refused(&server.send(userinfo).await), "invalid_token");
}
