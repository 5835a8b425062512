//! Introspection (RFC 7662, RFC 9701) and revocation (RFC 7009).

use serde_json::json;
use tests::{Call, token};

use super::party::{post, refused, text};
use super::{Party, Scene};

const OFFLINE: &str = "openid offline_access identity:name";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc7662_2_2_what_a_client_learns_of_its_tokens() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let tokens = party.log_in(&scene, OFFLINE).await;
    let ask = |party: &Party, token: &str| server.send(party.call("/oidc/introspect", &[("token", token)]));
    let access = ask(&party, &text(&tokens, "access_token")).await.expect(200);
    assert_eq!(access["active"], true);
    assert_eq!(access["token_type"], "Bearer");
    assert_eq!(access["client_id"], json!(party.client_id));
    assert_eq!(access["sub"], json!(scene.token_id()));
    assert_eq!(access["scope"], tokens["scope"]);
    assert!(
        access["acr"].is_string() && access["auth_time"].is_number(),
        "RFC 9470 6.2"
    );
    assert!(access.get("given_name").is_none() && access.get("grant_id").is_none());
    let refresh = ask(&party, &text(&tokens, "refresh_token")).await.expect(200);
    assert_eq!(refresh["active"], true);
    assert_eq!(refresh["sub"], json!(scene.token_id()));

    let inactive = json!({"active": false});
    let other = Party::register(server).await;
    for token in [text(&tokens, "access_token"), text(&tokens, "refresh_token")] {
        assert_eq!(
            ask(&other, &token).await.expect(200),
            inactive,
            "another client learns nothing"
        );
    }
    for unknown in ["x", "rt_x", text(&tokens, "id_token").as_str()] {
        assert_eq!(ask(&party, unknown).await.expect(200), inactive);
    }
    let anonymous = post("/oidc/introspect", &[("token", "x")]);
    assert_eq!(refused(&server.send(anonymous).await), "invalid_client");
    assert_eq!(
        refused(&server.send(party.call("/oidc/introspect", &[])).await),
        "invalid_request"
    );
    let public = Party::with(
        server,
        json!({"token_endpoint_auth_method": "none", "grant_types": ["authorization_code"]}),
    )
    .await;
    assert_eq!(refused(&ask(&public, "x").await), "invalid_client");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc7662_4_a_resource_learns_of_the_tokens_that_are_for_it() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let members = json!({"resources": ["https://api.example"]});
    let party = Party::with(server, members.clone()).await;
    let resource = Party::with(server, members).await;
    let tokens = party
        .token(server, &[("grant_type", "client_credentials")])
        .await
        .expect(200);
    let call = resource.call("/oidc/introspect", &[("token", &text(&tokens, "access_token"))]);
    assert_eq!(server.send(call).await.expect(200)["active"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9701_5_a_signed_answer_for_who_asks_for_one() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let tokens = party.log_in(&scene, "openid").await;
    let call = party.call("/oidc/introspect", &[("token", &text(&tokens, "access_token"))]);
    let answer = server
        .send(call.header("accept", "application/token-introspection+jwt"))
        .await;
    answer.expect(200);
    assert_eq!(
        answer.header("content-type"),
        "application/token-introspection+jwt"
    );
    let signed = token::verify(server, &answer.text(), "token-introspection+jwt").await;
    assert_eq!(signed.claim("iss"), &json!(server.issuer));
    assert_eq!(signed.claim("aud"), &json!(party.client_id));
    assert_eq!(signed.claim("token_introspection")["active"], true);
    assert!(
        signed.claim("sub").is_null(),
        "RFC 9701 5: not a token about the person"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc7009_2_a_client_gives_its_tokens_up() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let other = Party::register(server).await;
    let first = party.log_in(&scene, OFFLINE).await;
    let revoke = |party: &Party, token: &str| server.send(party.call("/oidc/revoke", &[("token", token)]));
    let userinfo = |token: &str| server.send(Call::get("/oidc/userinfo").bearer(token));
    let access = text(&first, "access_token");
    assert_eq!(refused(&revoke(&other, &access).await), "invalid_grant");
    userinfo(&access).await.expect(200);
    revoke(&party, &access).await.expect(200);
    assert_eq!(refused(&userinfo(&access).await), "invalid_token");
    let listed = token::verify(server, &access, "at+jwt").await;
    assert!(
        token::is_revoked(server, &listed).await,
        "the status list says so, too"
    );

    let second = party
        .refresh(server, &text(&first, "refresh_token"))
        .await
        .expect(200);
    assert_eq!(
        refused(&revoke(&other, &text(&second, "refresh_token")).await),
        "invalid_grant"
    );
    revoke(&party, &text(&second, "refresh_token")).await.expect(200);
    assert_eq!(
        refused(&party.refresh(server, &text(&second, "refresh_token")).await),
        "invalid_grant"
    );
    assert_eq!(
        refused(&userinfo(&text(&second, "access_token")).await),
        "invalid_token"
    );

    for gone in [access.as_str(), "unknown", "rt_unknown"] {
        revoke(&party, gone).await.expect(200);
    }
    assert_eq!(
        refused(&server.send(party.call("/oidc/revoke", &[])).await),
        "invalid_request"
    );
}
