//! DPoP (RFC 9449).

use serde_json::{Value, json};
use tests::{Answer, Call, ClientKey, TestServer, token};

use super::party::{ath, refused, text};
use super::{Party, Scene};

const TOKEN: (&str, &str) = ("POST", "/oidc/token");
const CREDENTIALS: (&str, &str) = ("grant_type", "client_credentials");

async fn ask(server: &TestServer, party: &Party, proofs: &[String]) -> Answer {
    let call = party.call("/oidc/token", &[CREDENTIALS]);
    let call = proofs.iter().fold(call, |call, proof| call.header("dpop", proof));
    server.send(call).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9449_5_a_token_is_bound_to_the_key_of_the_proof() {
    let server = TestServer::start().await;
    let party = Party::register(&server).await;
    let mine = party.proof(&server, "POST", "/oidc/token", json!({}));
    let answer = ask(&server, &party, std::slice::from_ref(&mine)).await;
    let tokens = answer.expect(200);
    assert_eq!(tokens["token_type"], "DPoP");
    assert!(!answer.header("dpop-nonce").is_empty(), "RFC 9449 8.2");
    let access = token::verify(&server, &text(&tokens, "access_token"), "at+jwt").await;
    assert!(access.claim("cnf")["jkt"].is_string());
    assert_eq!(
        refused(&ask(&server, &party, &[mine]).await),
        "invalid_dpop_proof",
        "used twice"
    );
    let two = [
        party.proof(&server, "POST", "/oidc/token", json!({})),
        party.proof(&server, "POST", "/oidc/token", json!({})),
    ];
    assert_eq!(
        refused(&ask(&server, &party, &two).await),
        "invalid_dpop_proof",
        "two at once"
    );
    for (method, path, more) in [
        ("GET", "/oidc/token", json!({})),
        ("POST", "/oidc/userinfo", json!({})),
        (
            "POST",
            "/oidc/token",
            json!({"iat": server.now().unix_seconds() - 120}),
        ),
        ("POST", "/oidc/token", json!({"jti": ""})),
    ] {
        let wrong = party.proof(&server, method, path, more);
        assert_eq!(
            refused(&ask(&server, &party, &[wrong]).await),
            "invalid_dpop_proof",
            "{method} {path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9449_8_nonces_are_needed_by_public_clients_and_checked_for_all() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let members =
        json!({"token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "refresh_token"]});
    let public = Party::with(server, members).await;
    let code = public.code(&scene, "openid", &[]).await;
    let redeem = |more: Value| {
        let made = public.proof(server, "POST", "/oidc/token", more);
        server.send(
            public
                .call("/oidc/token", &public.redemption(&code))
                .header("dpop", &made),
        )
    };
    let first = redeem(json!({})).await;
    assert_eq!(refused(&first), "use_dpop_nonce");
    let nonce = first.header("dpop-nonce");
    assert_eq!(
        refused(&redeem(json!({"nonce": "made up"})).await),
        "use_dpop_nonce"
    );
    assert_eq!(
        redeem(json!({"nonce": nonce})).await.expect(200)["token_type"],
        "DPoP"
    );

    let confidential = Party::register(server).await;
    let stale = confidential.proof(server, "POST", "/oidc/token", json!({"nonce": "made up"}));
    assert_eq!(
        refused(&ask(server, &confidential, &[stale]).await),
        "use_dpop_nonce"
    );
    server.clock.advance(300);
    let old = confidential.proof(server, "POST", "/oidc/token", json!({"nonce": nonce}));
    assert_eq!(
        refused(&ask(server, &confidential, &[old]).await),
        "use_dpop_nonce"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9449_7_userinfo_wants_the_key() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let code = party.code(&scene, "openid identity:name", &[]).await;
    let made = party.proof(server, TOKEN.0, TOKEN.1, json!({}));
    let call = party
        .call("/oidc/token", &party.redemption(&code))
        .header("dpop", &made);
    let tokens = server.send(call).await.expect(200);
    let access = text(&tokens, "access_token");
    let userinfo = |scheme: &str, proof: Option<String>| {
        let call = Call::get("/oidc/userinfo").header("authorization", &format!("{scheme} {access}"));
        server.send(match proof {
            Some(proof) => call.header("dpop", &proof),
            None => call,
        })
    };
    let at_userinfo = ("GET", "/oidc/userinfo");
    let bound = json!({"ath": ath(&access)});
    let good = userinfo("dpop", Some(party.key.proof(server, at_userinfo, bound.clone()))).await;
    assert_eq!(good.expect(200)["given_name"], "Jean");

    let thief = ClientKey::generate();
    for (scheme, made, error) in [
        ("Bearer", None, "invalid_token"),
        (
            "Bearer",
            Some(party.key.proof(server, at_userinfo, bound.clone())),
            "invalid_token",
        ),
        ("DPoP", None, "invalid_dpop_proof"),
        (
            "DPoP",
            Some(party.key.proof(server, at_userinfo, json!({}))),
            "invalid_dpop_proof",
        ),
        (
            "DPoP",
            Some(thief.proof(server, at_userinfo, bound.clone())),
            "invalid_token",
        ),
    ] {
        let answer = userinfo(scheme, made).await;
        assert_eq!(refused(&answer), error, "{scheme}");
        assert_eq!(answer.status, 401);
        assert!(answer.header("www-authenticate").contains(error), "{scheme}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9449_10_a_code_is_bound_to_the_key_that_the_request_named() {
    let scene = Scene::open().await;
    let server = &scene.server;
    let party = Party::register(server).await;
    let jkt = { party.key.jwk().thumbprint_base64url() };
    let code = party.code(&scene, "openid", &[("dpop_jkt", &jkt)]).await;
    assert_eq!(refused(&party.redeem(server, &code).await), "invalid_grant");
    let thief = ClientKey::generate();
    let redeem = |key: &ClientKey| {
        let made = key.proof(server, TOKEN, json!({}));
        server.send(
            party
                .call("/oidc/token", &party.redemption(&code))
                .header("dpop", &made),
        )
    };
    assert_eq!(refused(&redeem(&thief).await), "invalid_grant");
    redeem(&party.key).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9449_5_2_a_client_that_promised_proofs_sends_them() {
    let server = TestServer::start().await;
    let party = Party::with(&server, json!({"dpop_bound_access_tokens": true})).await;
    assert_eq!(refused(&ask(&server, &party, &[]).await), "invalid_request");
    let made = party.proof(&server, "POST", "/oidc/token", json!({}));
    ask(&server, &party, &[made]).await.expect(200);
}
