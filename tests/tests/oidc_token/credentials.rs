//! The shape of requests, secrets, and tokens without a person (RFC 6749 2.3.1, 3.2, 4.4, 5.2; RFC 9068).

use http::Method;
use serde_json::json;
use tests::{Call, TestServer, token};

use super::Party;
use super::party::{form, post, refused, text};

const CREDENTIALS: (&str, &str) = ("grant_type", "client_credentials");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc6749_4_4_a_token_for_the_client_itself() {
    let server = TestServer::start().await;
    let party = Party::with(
        &server,
        json!({"resources": ["https://api.example", "https://other.example"]}),
    )
    .await;
    let tokens = party
        .token(&server, &[CREDENTIALS, ("scope", "read")])
        .await
        .expect(200);
    assert_eq!(tokens["scope"], "read");
    assert_eq!(tokens.get("refresh_token"), None, "RFC 6749 4.4.3");
    assert_eq!(tokens.get("id_token"), None);
    let access = token::verify(&server, &text(&tokens, "access_token"), "at+jwt").await;
    assert_eq!(access.claim("sub"), &json!(party.client_id), "RFC 9068 2.2");
    assert_eq!(access.claim("aud"), "https://api.example");
    assert!(access.claim("acr").is_null() && access.claim("auth_time").is_null());

    let named = party
        .token(&server, &[CREDENTIALS, ("resource", "https://other.example")])
        .await;
    let access = token::verify(&server, &text(&named.expect(200), "access_token"), "at+jwt").await;
    assert_eq!(access.claim("aud"), "https://other.example");
    assert_eq!(access.claim("scope"), "read write");
    for (pair, error) in [
        (("scope", "openid"), "invalid_scope"),
        (("scope", "identity:name"), "invalid_scope"),
        (("scope", "delete"), "invalid_scope"),
        (("resource", "https://third.example"), "invalid_target"),
    ] {
        assert_eq!(
            refused(&party.token(&server, &[CREDENTIALS, pair]).await),
            error,
            "{pair:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc6749_2_3_a_client_authenticates_as_it_registered() {
    let server = TestServer::start().await;
    let basic = Party::register(&server).await;
    let secret = basic.secret.clone().unwrap();
    let in_body = |id: &str, secret: &str| {
        post(
            "/oidc/token",
            &[CREDENTIALS, ("client_id", id), ("client_secret", secret)],
        )
    };
    assert_eq!(
        refused(&server.send(in_body(&basic.client_id, &secret)).await),
        "invalid_client"
    );
    let poster = Party::with(
        &server,
        json!({"token_endpoint_auth_method": "client_secret_post"}),
    )
    .await;
    let own = poster.secret.clone().unwrap();
    server.send(in_body(&poster.client_id, &own)).await.expect(200);
    for (id, secret) in [
        (poster.client_id.as_str(), "wrong"),
        (poster.client_id.as_str(), secret.as_str()),
        ("nobody", own.as_str()),
        ("no body", own.as_str()),
    ] {
        let answer = server.send(in_body(id, secret)).await;
        assert_eq!(refused(&answer), "invalid_client");
        assert_eq!(answer.status, 401);
        assert!(
            answer.header("www-authenticate").starts_with("Basic "),
            "RFC 6749 5.2"
        );
    }
    let twice = poster.authenticate(in_body(&poster.client_id, &own));
    assert_eq!(refused(&server.send(twice).await), "invalid_request");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc6749_3_2_the_shape_of_a_token_request() {
    let server = TestServer::start().await;
    let party = Party::register(&server).await;
    let get = server
        .send(Call::get("/oidc/token?grant_type=client_credentials"))
        .await;
    assert_eq!(get.status, 405);
    assert_eq!(get.header("allow"), "POST");
    for (pairs, error) in [
        (vec![], "invalid_request"),
        (vec![("grant_type", "password")], "unsupported_grant_type"),
        (vec![CREDENTIALS, CREDENTIALS], "invalid_request"),
        (
            vec![CREDENTIALS, ("scope", "read"), ("scope", "write")],
            "invalid_request",
        ),
    ] {
        assert_eq!(refused(&party.token(&server, &pairs).await), error, "{pairs:?}");
    }
    let json = Call::post("/oidc/token", &json!({"grant_type": "client_credentials"}));
    assert_eq!(
        refused(&server.send(party.authenticate(json)).await),
        "invalid_request"
    );
    let unsaid = Call::new(Method::POST, "/oidc/token").raw(form(&[CREDENTIALS]));
    assert_eq!(
        refused(&server.send(party.authenticate(unsaid)).await),
        "invalid_request"
    );
    let narrow = Party::with(&server, json!({"grant_types": ["authorization_code"]})).await;
    assert_eq!(
        refused(&narrow.token(&server, &[CREDENTIALS]).await),
        "unauthorized_client"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_of_one_network_are_slowed_down_and_recorded() {
    let server = TestServer::start_with(|config| config.limits.verify_failures_per_minute = 3).await;
    let party = Party::register(&server).await;
    let before = server.audit_count().await;
    let wrong = || {
        let pair = format!("{}:wrong", party.client_id);
        let value = format!("Basic {}", data_encoding::BASE64.encode(pair.as_bytes()));
        post("/oidc/token", &[CREDENTIALS]).header("authorization", &value)
    };
    for _ in 0..3 {
        assert_eq!(refused(&server.send(wrong()).await), "invalid_client");
    }
    let slowed = server.send(wrong()).await;
    assert_eq!(slowed.status, 429);
    assert!(!slowed.header("retry-after").is_empty());
    assert_eq!(server.audit_count().await - before, 3, "a flood fills no log");
    party.token(&server, &[CREDENTIALS]).await.expect(200);
}
