//! Token exchange (RFC 8693): for less, never for more.

use serde_json::{Value, json};
use tests::{Answer, Call, TestServer, token};

use super::party::{refused, text};
use super::{Party, Scene};

const GRANT: (&str, &str) = ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";

async fn exchange(server: &TestServer, party: &Party, subject: &str, more: &[(&str, &str)]) -> Answer {
    let mut pairs = vec![GRANT, ("subject_token", subject), ("subject_token_type", ACCESS)];
    pairs.extend(more);
    party.token(server, &pairs).await
}

fn resources() -> Value {
    json!({"resources": ["https://api.example"]})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8693_less_scope_less_audience_no_more_time() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::with(server, resources()).await;
    let tokens = party.log_in(&scene, "openid offline_access read write").await;
    let subject = text(&tokens, "access_token");
    server.clock.advance(600);
    let pairs = [("scope", "read"), ("audience", "https://api.example")];
    let less = exchange(server, &party, &subject, &pairs).await.expect(200);
    assert_eq!(less["issued_token_type"], ACCESS);
    assert_eq!(less["scope"], "read");
    assert!(less["expires_in"].as_i64().unwrap() <= 3000);
    assert_eq!(less.get("refresh_token"), None);
    let access = token::verify(server, &text(&less, "access_token"), "at+jwt").await;
    assert_eq!(access.claim("aud"), "https://api.example");
    assert_eq!(access.claim("sub"), &json!(scene.token_id()));
    for (pair, error) in [
        (("scope", "read identity:name"), "invalid_scope"),
        (("audience", "https://other.example"), "invalid_target"),
        (("actor_token", "x"), "invalid_request"),
    ] {
        assert_eq!(
            refused(&exchange(server, &party, &subject, &[pair]).await),
            error,
            "{pair:?}"
        );
    }
    assert_eq!(
        refused(&exchange(server, &party, "x", &[]).await),
        "invalid_request"
    );
    let id_token = text(&tokens, "id_token");
    assert_eq!(
        refused(&exchange(server, &party, &id_token, &[]).await),
        "invalid_request"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8693_4_1_a_resource_becomes_the_actor_and_a_stranger_gets_nothing() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::with(server, resources()).await;
    let api = Party::with(server, resources()).await;
    let stranger = Party::register(server).await;
    let tokens = party.log_in(&scene, "openid read").await;
    let subject = text(&tokens, "access_token");
    let next = exchange(server, &api, &subject, &[("scope", "read")])
        .await
        .expect(200);
    let access = token::verify(server, &text(&next, "access_token"), "at+jwt").await;
    assert_eq!(access.claim("act"), &json!({"sub": api.client_id}));
    assert_eq!(access.claim("client_id"), &json!(api.client_id));
    assert_eq!(
        refused(&exchange(server, &stranger, &subject, &[]).await),
        "invalid_request"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ends_the_grant_ends_what_it_was_exchanged_for() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let tokens = party.log_in(&scene, "openid offline_access").await;
    let subject = text(&tokens, "access_token");
    let next = exchange(server, &party, &subject, &[]).await.expect(200);
    let userinfo = |token: &str| server.send(Call::get("/oidc/userinfo").bearer(token));
    assert_eq!(
        userinfo(&text(&next, "access_token")).await.expect(200),
        json!({"sub": scene.token_id()})
    );
    let pairs = [("token", text(&tokens, "refresh_token"))];
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    server.send(party.call("/oidc/revoke", &pairs)).await.expect(200);
    assert_eq!(
        refused(&userinfo(&text(&next, "access_token")).await),
        "invalid_token"
    );
    assert_eq!(
        refused(&exchange(server, &party, &subject, &[]).await),
        "invalid_request"
    );
    let own = party
        .token(server, &[("grant_type", "client_credentials")])
        .await
        .expect(200);
    let nobody = exchange(server, &party, &text(&own, "access_token"), &[]).await;
    assert_eq!(refused(&nobody), "invalid_request", "nobody is behind it");
}
