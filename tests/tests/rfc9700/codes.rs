//! Codes: 2.1.1, 2.1.2, 4.2.4, 4.5.3, 4.6.1, 4.8.2.

use idp_types::encoding::base64url;
use serde_json::json;
use tests::relying_party::{CHALLENGE, VERIFIER};
use tests::web::payload;

use super::{Scene, error, text};

const OTHER_VERIFIER: &str = "a-verifier-of-somebody-else-0123456789-0123456789";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_2_1_1_public_clients_must_use_pkce() {
    let mut scene = Scene::public().await;
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    assert_eq!(scene.authorize(&without).await["error"], "invalid_request");
    let code = scene.code(&[]).await;
    let unproved = scene.redeem(&scene.party, &code, &[("code_verifier", "")]).await;
    assert_eq!(error(&unproved), "invalid_grant");
    scene.redeem(&scene.party, &code, &[]).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_2_1_1_a_challenge_is_enforced_for_every_client() {
    let mut scene = Scene::confidential().await;
    let code = scene.code(&[]).await;
    for verifier in ["", OTHER_VERIFIER, CHALLENGE, "short"] {
        let refused = scene
            .redeem(&scene.party, &code, &[("code_verifier", verifier)])
            .await;
        assert_eq!(refused.status.as_u16(), 400, "{verifier}");
        assert!(["invalid_grant", "invalid_request"].contains(&error(&refused).as_str()));
    }
    scene
        .redeem(&scene.party, &code, &[("code_verifier", VERIFIER)])
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_2_1_1_s256_is_advertised_and_nothing_else_is_taken() {
    let mut scene = Scene::confidential().await;
    let metadata = scene.metadata().await;
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
    // Without a method it would be `plain` (RFC 7636 4.3).
    for method in ["plain", "", "s256", "S512"] {
        let refused = scene.authorize(&[("code_challenge_method", method)]).await;
        assert_eq!(refused["error"], "invalid_request", "{method}");
    }
    let refused = scene.authorize(&[("code_challenge", "")]).await;
    assert_eq!(
        refused["error"], "invalid_request",
        "a method without a challenge"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_8_2_a_verifier_without_a_challenge_is_refused() {
    let mut scene = Scene::confidential().await;
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let code = scene.code(&without).await;
    let downgraded = scene.redeem(&scene.party, &code, &[]).await;
    assert_eq!(error(&downgraded), "invalid_grant");
    scene
        .redeem(&scene.party, &code, &[("code_verifier", "")])
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_2_1_2_no_token_comes_from_the_authorization_endpoint() {
    let mut scene = Scene::confidential().await;
    let metadata = scene.metadata().await;
    assert_eq!(metadata["response_types_supported"], json!(["code"]));
    let grants = metadata["grant_types_supported"].as_array().unwrap();
    assert!(!grants.contains(&json!("implicit")));
    for response_type in [
        "token",
        "id_token",
        "id_token token",
        "code token",
        "code id_token",
        "code id_token token",
        "none",
    ] {
        for response_mode in ["", "fragment", "form_post"] {
            let changes = [("response_type", response_type), ("response_mode", response_mode)];
            let answer = scene.web.open(&scene.party.authorize(&changes)).await;
            let told = format!("{}{}", answer.header("location"), answer.text());
            assert!(
                told.contains("unsupported_response_type"),
                "{response_type} {told}"
            );
            assert!(!told.contains("access_token") && !told.contains("eyJ"), "{told}");
        }
    }
    for response_mode in ["query", "fragment"] {
        let answered = scene.authorize(&[("response_mode", response_mode)]).await;
        let names: Vec<&str> = answered.keys().map(String::as_str).collect();
        assert_eq!(names, ["code", "iss", "state"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_5_3_a_code_is_bound_to_its_client_its_address_its_nonce_and_its_verifier() {
    let mut scene = Scene::confidential().await;
    let other = scene.other().await;
    let code = scene.code(&[("nonce", "of-this-browser")]).await;
    let address = [("redirect_uri", scene.party.redirect_uri.as_str())];
    let stolen = scene.redeem(&other, &code, &address).await;
    assert_eq!(error(&stolen), "invalid_grant", "another client");
    let elsewhere = [("redirect_uri", other.redirect_uri.as_str())];
    let elsewhere = scene.redeem(&scene.party, &code, &elsewhere).await;
    assert_eq!(error(&elsewhere), "invalid_grant", "another address");
    let missing = scene.redeem(&scene.party, &code, &[("redirect_uri", "")]).await;
    assert_eq!(missing.status.as_u16(), 400);
    let injected = scene
        .redeem(&scene.party, &code, &[("code_verifier", OTHER_VERIFIER)])
        .await;
    assert_eq!(error(&injected), "invalid_grant", "another browser's verifier");
    let tokens = scene.redeem(&scene.party, &code, &[]).await.expect(200);
    assert_eq!(payload(&text(&tokens, "id_token"))["nonce"], "of-this-browser");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_2_4_a_code_is_used_once_and_a_second_use_revokes_what_it_gave() {
    let mut scene = Scene::confidential().await;
    let code = scene.code(&[("scope", "openid offline_access")]).await;
    let tokens = scene.redeem(&scene.party, &code, &[]).await.expect(200);
    let access_token = text(&tokens, "access_token");
    scene.userinfo(&access_token).await.expect(200);
    let again = scene.redeem(&scene.party, &code, &[]).await;
    assert_eq!(error(&again), "invalid_grant");
    scene.userinfo(&access_token).await.expect(401);
    let refresh_token = text(&tokens, "refresh_token");
    let refreshed = scene.refresh(&scene.party, &refresh_token, &[]).await;
    assert_eq!(error(&refreshed), "invalid_grant");

    let code = scene.code(&[("prompt", "login")]).await;
    scene.server.clock.advance(61);
    let late = scene.redeem(&scene.party, &code, &[]).await;
    assert_eq!(error(&late), "invalid_grant", "a code of a minute ago");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_6_1_an_id_token_names_the_access_token_beside_it() {
    let mut scene = Scene::confidential().await;
    let tokens = scene.tokens("openid").await;
    let access_token = text(&tokens, "access_token");
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, access_token.as_bytes());
    let half = base64url(&digest.as_ref()[..16]);
    assert_eq!(payload(&text(&tokens, "id_token"))["at_hash"], json!(half));
}
