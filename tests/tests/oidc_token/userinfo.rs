//! Userinfo (OIDC Core 5.3, RFC 6750).

use http::Method;
use serde_json::json;
use tests::{Call, token};

use super::party::{post, refused, text};
use super::{Party, Scene};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc6750_2_by_header_or_body_and_never_by_query() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let tokens = party.log_in(&scene, "openid identity:name").await;
    let access = text(&tokens, "access_token");
    let path = "/oidc/userinfo";
    let good = [
        Call::get(path).bearer(&access),
        Call::new(Method::POST, path).bearer(&access),
        Call::get(path).header("authorization", &format!("bEARER {access}")),
        post(path, &[("access_token", &access)]),
    ];
    for call in good {
        let answer = server.send(call).await;
        assert_eq!(answer.expect(200)["name"], "Jean Dupont");
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let twice = post(path, &[("access_token", &access)]).bearer(&access);
    assert_eq!(refused(&server.send(twice).await), "invalid_request");
    for missing in [
        Call::get(path),
        Call::get(format!("{path}?access_token={access}")),
        Call::get(path).header("authorization", "Basic eDp5"),
    ] {
        let answer = server.send(missing).await;
        assert_eq!(answer.status, 401);
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer realm=\"oidc\"",
            "RFC 6750 3.1: no error"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc6750_3_1_what_is_not_a_good_token() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let tokens = party.log_in(&scene, "openid identity:name").await;
    let id_token = text(&tokens, "id_token");
    let access = text(&tokens, "access_token");
    let ask = |token: &str| server.send(Call::get("/oidc/userinfo").bearer(token));
    for wrong in ["x", "a.b.c", id_token.as_str(), &access[..access.len() - 2]] {
        let answer = ask(wrong).await;
        assert_eq!(refused(&answer), "invalid_token");
        assert!(
            answer
                .header("www-authenticate")
                .contains("error=\"invalid_token\"")
        );
    }
    let own = party
        .token(server, &[("grant_type", "client_credentials")])
        .await
        .expect(200);
    let answer = ask(&text(&own, "access_token")).await;
    assert_eq!(refused(&answer), "insufficient_scope");
    assert_eq!(answer.status, 403);
    server.clock.advance(3601);
    assert_eq!(refused(&ask(&access).await), "invalid_token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oidc_core_5_3_2_signed_where_the_client_wants_it() {
    let scene = Scene::open().await;
    let party = Party::with(&scene.server, json!({"userinfo_signed_response_alg": "ES256"})).await;
    let tokens = party.log_in(&scene, "openid identity:name").await;
    let call = Call::get("/oidc/userinfo").bearer(&text(&tokens, "access_token"));
    let answer = scene.server.send(call).await;
    answer.expect(200);
    assert_eq!(answer.header("content-type"), "application/jwt");
    let signed = token::verify(&scene.server, &answer.text(), "JWT").await;
    assert_eq!(signed.claim("iss"), &json!(scene.server.issuer));
    assert_eq!(signed.claim("aud"), &json!(party.client_id));
    assert_eq!(signed.claim("family_name"), "Dupont");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9470_a_client_that_wants_recent_logins_is_told_to_step_up() {
    let scene = Scene::open().await;
    let party = Party::with(&scene.server, json!({"default_max_age": 600})).await;
    let tokens = party.log_in(&scene, "openid").await;
    let ask = || {
        scene
            .server
            .send(Call::get("/oidc/userinfo").bearer(&text(&tokens, "access_token")))
    };
    ask().await.expect(200);
    scene.server.clock.advance(660);
    let answer = ask().await;
    assert_eq!(refused(&answer), "insufficient_user_authentication");
    assert_eq!(answer.status, 401);
    assert!(answer.header("www-authenticate").contains("max_age=\"600\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oidc_core_8_1_a_pairwise_client_sees_its_own_subject_everywhere() {
    let scene = Scene::open().await;
    let party = Party::with(&scene.server, json!({"subject_type": "pairwise"})).await;
    let tokens = party.log_in(&scene, "openid").await;
    let id_token = token::verify(&scene.server, &text(&tokens, "id_token"), "JWT").await;
    let access = token::verify(&scene.server, &text(&tokens, "access_token"), "at+jwt").await;
    let call = Call::get("/oidc/userinfo").bearer(&text(&tokens, "access_token"));
    let userinfo = scene.server.send(call).await.expect(200);
    assert_ne!(id_token.claim("sub"), &json!(scene.token_id()));
    assert_eq!(id_token.claim("sub"), access.claim("sub"));
    assert_eq!(id_token.claim("sub"), &userinfo["sub"]);
    let whole = format!("{:?}{:?}", id_token.claims, access.claims);
    assert!(!whole.contains(&scene.token_id()), "no tokenId anywhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn browsers_of_registered_origins_may_ask() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let origin = "https://app.example";
    let members = json!({
        "token_endpoint_auth_method": "none", "grant_types": ["authorization_code"], "origins": [origin],
    });
    let party = Party::with(server, members).await;
    let tokens = party.log_in(&scene, "openid").await;
    for path in ["/oidc/token", "/oidc/userinfo", "/oidc/revoke"] {
        let preflight = |origin: &str| {
            let call = Call::new(Method::OPTIONS, path).header("origin", origin);
            server.send(call.header("access-control-request-method", "POST"))
        };
        let allowed = preflight(origin).await;
        assert_eq!(allowed.header("access-control-allow-origin"), origin, "{path}");
        assert!(
            allowed.header("access-control-allow-headers").contains("dpop"),
            "{path}"
        );
        assert_eq!(
            preflight("https://other.example")
                .await
                .header("access-control-allow-origin"),
            ""
        );
    }
    let call = Call::get("/oidc/userinfo").bearer(&text(&tokens, "access_token"));
    let answer = server.send(call.header("origin", origin)).await;
    answer.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), origin);
    assert!(
        answer
            .header("access-control-expose-headers")
            .contains("dpop-nonce")
    );
}
