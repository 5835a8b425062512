//! What differs from client to client: FAPI 2.0, views of the issuer, names of claims, addresses.

use idp_jose::{Algorithm, jws};
use serde_json::{Map, Value, json};
use tests::{Call, token};

use super::party::{post, refused, text};
use super::{Party, Scene};

/// The claims of a token whose signature is another test's subject.
fn claims(token: &str) -> Map<String, Value> {
    let parsed = jws::parse(token, 64 * 1024).unwrap();
    parsed.peek_unverified_claims().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_a_view_sees_the_views_issuer_alone() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let members = json!({"issuer_profile": "google", "id_token_signed_response_alg": "RS256",
        "authorization_signed_response_alg": "RS256", "introspection_signed_response_alg": "RS256"});
    let party = Party::with(server, members).await;
    let issuer = format!("{}/t/google", server.issuer);
    let code = party.code(&scene, "openid", &[]).await;
    let call = party.call("/t/google/oidc/token", &party.redemption(&code));
    let tokens = server.send(call).await.expect(200);
    assert_eq!(claims(&text(&tokens, "id_token"))["iss"], json!(issuer));
    assert_eq!(claims(&text(&tokens, "access_token"))["iss"], json!(issuer));
    for path in ["/oidc/userinfo", "/t/google/oidc/userinfo"] {
        let call = Call::get(path).bearer(&text(&tokens, "access_token"));
        assert_eq!(
            server.send(call).await.expect(200)["sub"],
            json!(scene.token_id()),
            "{path}"
        );
    }
}

/// `federation-oidc.md` 0.2: what a view's clients get verifies with the keys that the view publishes, access tokens included.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn access_tokens_are_signed_by_a_key_of_the_clients_view() {
    let scene = Scene::open().await;
    let server = &scene.server;
    for (view, algorithm) in [
        ("entra", Algorithm::Rs256),
        ("google", Algorithm::Rs256),
        ("plain", Algorithm::Es256),
    ] {
        let members = json!({"issuer_profile": view, "id_token_signed_response_alg": "RS256",
            "authorization_signed_response_alg": "RS256", "introspection_signed_response_alg": "RS256"});
        let party = Party::with(server, members).await;
        let first = party.log_in(&scene, "openid offline_access").await;
        let second = party
            .refresh(server, &text(&first, "refresh_token"))
            .await
            .expect(200);
        let own = party
            .token(server, &[("grant_type", "client_credentials")])
            .await
            .expect(200);
        let path = format!("/t/{view}/.well-known/jwks.json");
        let published = server.send(Call::get(path)).await.expect(200);
        for tokens in [&first, &second, &own] {
            let access_token = text(tokens, "access_token");
            let verified = token::verify_as(server, &access_token, "at+jwt", algorithm).await;
            let mut keys = published["keys"].as_array().unwrap().iter();
            assert!(keys.any(|key| key["kid"] == json!(verified.header.kid)), "{view}");
            let asked = party.call("/oidc/introspect", &[("token", &access_token)]);
            assert_eq!(
                server.send(asked).await.expect(200)["active"],
                json!(true),
                "{view}"
            );
        }
        // Without what is kept of it, userinfo verifies the token itself.
        let id_token = Call::get("/oidc/userinfo").bearer(&text(&first, "id_token"));
        server.send(id_token).await.expect(401);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fapi2_5_3_2_tokens_are_bound_and_assertions_name_the_issuer() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let members = json!({"profile": "fapi2", "token_endpoint_auth_method": "private_key_jwt",
        "require_pushed_authorization_requests": true, "dpop_bound_access_tokens": true});
    let party = Party::with(server, members).await;
    let ask = |assertion: String, proof: Option<String>| {
        let pairs = [
            ("grant_type", "client_credentials"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", assertion.as_str()),
        ];
        let call = post("/oidc/token", &pairs);
        server.send(match proof {
            Some(proof) => call.header("dpop", &proof),
            None => call,
        })
    };
    let proof = || Some(party.proof(server, "POST", "/oidc/token", json!({})));
    let assertion = |more| party.assertion(server, more);
    assert_eq!(refused(&ask(assertion(json!({})), None).await), "invalid_request");
    let endpoint = json!({"aud": format!("{}/oidc/token", server.issuer)});
    assert_eq!(
        refused(&ask(assertion(endpoint), proof()).await),
        "invalid_client"
    );
    assert_eq!(
        ask(assertion(json!({})), proof()).await.expect(200)["token_type"],
        "DPoP"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_8_an_address_is_said_where_an_operator_asserted_it() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let before = party.log_in(&scene, "openid email").await;
    assert!(claims(&text(&before, "id_token")).get("email").is_none());
    let link =
        json!({"clientId": party.client_id, "tokenId": scene.token_id(), "email": "jean@corp.example"});
    let put = Call::new(http::Method::PUT, "/admin/links").json(&link);
    server.administer(put).await.expect(200);
    let after = party.log_in(&scene, "openid email").await;
    let id_token = token::verify(server, &text(&after, "id_token"), "JWT").await;
    assert_eq!(id_token.claim("email"), "jean@corp.example");
    assert_eq!(id_token.claim("email_verified"), &json!(true));
    let other = Party::register(server).await;
    let elsewhere = other.log_in(&scene, "openid email").await;
    assert!(
        claims(&text(&elsewhere, "id_token")).get("email").is_none(),
        "for one client alone"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_chooses_names_and_places_of_claims() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let members =
        json!({"claims_in_id_token": false, "claim_mapping": {"name": "displayName", "given_name": ""}});
    let party = Party::with(server, members).await;
    let tokens = party.log_in(&scene, "openid identity:name").await;
    assert!(claims(&text(&tokens, "id_token")).get("displayName").is_none());
    let call = Call::get("/oidc/userinfo").bearer(&text(&tokens, "access_token"));
    let said = server.send(call).await.expect(200);
    assert_eq!(
        said,
        json!({"sub": scene.token_id(), "displayName": "Jean Dupont", "family_name": "Dupont"})
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oidc4ida_verified_claims_beside_the_plain_ones() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let request = json!({"userinfo": {"verified_claims": {
        "verification": {"trust_framework": null, "evidence": null}, "claims": {"given_name": null, "unknown": null},
    }}});
    let request = request.to_string();
    let code = party.code(&scene, "openid", &[("claims", &request)]).await;
    let tokens = party.redeem(server, &code).await.expect(200);
    let call = Call::get("/oidc/userinfo").bearer(&text(&tokens, "access_token"));
    let said = server.send(call).await.expect(200);
    assert_eq!(said["verified_claims"]["claims"], json!({"given_name": "Jean"}));
    let verification = &said["verified_claims"]["verification"];
    assert!(verification["trust_framework"].is_string());
    assert_eq!(verification["evidence"][0]["type"], "electronic_record");
}
