//! Redemption of codes (RFC 6749 4.1.3, RFC 9700 2.1.1, OIDC Core 3.1.3).

use serde_json::json;
use tests::{Call, token};

use super::party::{post, refused, text};
use super::{Party, Scene};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_becomes_tokens_and_claims() {
    let scene = Scene::open().await;
    let party = Party::register(&scene.server).await;
    let code = party
        .code(&scene, "openid identity:name identity:age_over_18", &[])
        .await;
    let answer = party.redeem(&scene.server, &code).await;
    let tokens = answer.expect(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("pragma"), "no-cache");
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], "openid identity:name identity:age_over_18");
    assert_eq!(
        tokens.get("refresh_token"),
        None,
        "offline_access was not asked for"
    );

    let id_token = token::verify(&scene.server, &text(&tokens, "id_token"), "JWT").await;
    assert_eq!(id_token.claim("iss"), &json!(scene.server.issuer));
    assert_eq!(id_token.claim("aud"), &json!(party.client_id));
    assert_eq!(id_token.claim("sub"), &json!(scene.token_id()));
    assert_eq!(id_token.claim("nonce"), "n-1");
    assert_eq!(
        id_token.claim("given_name"),
        "Jean",
        "the seed shows claims in the ID token"
    );
    assert_eq!(id_token.claim("age_over_18"), &json!(true));
    assert!(id_token.claim("at_hash").is_string() && id_token.claim("acr").is_string());

    let access = token::verify(&scene.server, &text(&tokens, "access_token"), "at+jwt").await;
    assert_eq!(access.claim("client_id"), &json!(party.client_id));
    assert_eq!(access.claim("aud"), &json!(scene.server.issuer));
    assert_eq!(access.claim("sub"), id_token.claim("sub"));
    assert!(!token::is_revoked(&scene.server, &access).await);
    for private in ["given_name", "name", "age_over_18"] {
        assert!(
            access.claim(private).is_null(),
            "an access token says nothing of the person: {private}"
        );
    }

    let userinfo = Call::get("/oidc/userinfo").bearer(&text(&tokens, "access_token"));
    let claims = scene.server.send(userinfo).await.expect(200);
    assert_eq!(
        claims,
        json!({
            "sub": scene.token_id(), "given_name": "Jean", "family_name": "Dupont", "name": "Jean Dupont",
            "age_over_18": true,
        })
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc6749_4_1_2_a_code_used_twice_revokes_what_it_gave() {
    let scene = Scene::open().await;
    let party = Party::register(&scene.server).await;
    for wait in [0, 30, 120] {
        let code = party
            .code(&scene, "openid offline_access", &[("prompt", "consent")])
            .await;
        let tokens = party.redeem(&scene.server, &code).await.expect(200);
        scene.server.clock.advance(wait);
        assert_eq!(
            refused(&party.redeem(&scene.server, &code).await),
            "invalid_grant",
            "{wait}"
        );
        let userinfo = Call::get("/oidc/userinfo").bearer(&text(&tokens, "access_token"));
        assert_eq!(
            refused(&scene.server.send(userinfo).await),
            "invalid_token",
            "{wait}"
        );
        let refreshed = party
            .refresh(&scene.server, &text(&tokens, "refresh_token"))
            .await;
        assert_eq!(refused(&refreshed), "invalid_grant", "{wait}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_redemptions_at_once_one_succeeds() {
    let scene = Scene::open().await;
    let party = Party::register(&scene.server).await;
    let code = party.code(&scene, "openid", &[]).await;
    let calls: Vec<_> = (0..64)
        .map(|_| {
            tokio::spawn(
                scene
                    .server
                    .send(party.call("/oidc/token", &party.redemption(&code))),
            )
        })
        .collect();
    let mut succeeded = 0;
    for call in calls {
        let answer = call.await.unwrap();
        if answer.status == 200 {
            succeeded += 1;
        } else {
            assert_eq!(refused(&answer), "invalid_grant");
        }
    }
    assert_eq!(succeeded, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_bound_to_client_redirect_uri_verifier_and_time() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let other = Party::register(server).await;
    let code = party.code(&scene, "openid", &[]).await;
    assert_eq!(refused(&other.redeem(server, &code).await), "invalid_grant");
    let [grant, _, redirect, verifier] = party.redemption(&code);
    let with = |pairs: Vec<(&'static str, String)>| {
        let mut all = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.clone()),
        ];
        all.extend(pairs);
        all
    };
    let wrong = [
        with(vec![("code_verifier", verifier.1.to_owned())]),
        with(vec![
            ("redirect_uri", format!("{}/", redirect.1)),
            ("code_verifier", verifier.1.to_owned()),
        ]),
        with(vec![("redirect_uri", redirect.1.to_owned())]),
        with(vec![
            ("redirect_uri", redirect.1.to_owned()),
            ("code_verifier", "x".repeat(43)),
        ]),
    ];
    for pairs in &wrong {
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        assert_eq!(
            refused(&party.token(server, &pairs).await),
            "invalid_grant",
            "{pairs:?}"
        );
    }
    assert_eq!(refused(&party.token(server, &[grant]).await), "invalid_request");
    party.redeem(server, &code).await.expect(200);

    let late = party.code(&scene, "openid", &[("prompt", "login")]).await;
    server.clock.advance(61);
    assert_eq!(refused(&party.redeem(server, &late).await), "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_refused_for_a_person_whose_device_was_revoked_meanwhile() {
    let scene = Scene::open().await;
    let party = Party::register(&scene.server).await;
    let code = party.code(&scene, "openid", &[]).await;
    let body = json!({"tokenId": scene.token_id(), "reason": "compromised"});
    scene
        .server
        .administer(Call::post("/revoke", &body))
        .await
        .expect(200);
    assert_eq!(
        refused(&party.redeem(&scene.server, &code).await),
        "invalid_grant"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn public_clients_redeem_with_their_name_and_their_verifier() {
    let scene = Scene::open().await;
    let party = Party::with(
        &scene.server,
        json!({"token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "refresh_token"]}),
    )
    .await;
    assert_eq!(party.secret, None);
    let code = party.code(&scene, "openid", &[]).await;
    let unnamed = post("/oidc/token", &party.redemption(&code));
    assert_eq!(refused(&scene.server.send(unnamed).await), "invalid_client");
    party.redeem(&scene.server, &code).await.expect(200);
}
