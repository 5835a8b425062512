//! Refresh tokens (RFC 6749 6, OIDC Core 12; FAPI 2.0 5.3.2.1, item 9).

use serde_json::{Value, json};
use tests::Answer;

use super::check::{self, NONCE, Said};
use super::client::{Party, Scene, text};
use super::with::{Jwt, With};
use crate::client::IdToken;
use crate::suite::Module;

/// What asks for a refresh token.
const OFFLINE: &[(&str, &str)] = &[("scope", "openid profile offline_access"), ("prompt", "consent")];

async fn refresh(scene: &Scene, party: &Party, token: &str, proof: Jwt) -> Answer {
    let parameters = [("grant_type", "refresh_token"), ("refresh_token", token)];
    let with = With {
        proof,
        ..With::parameters(&parameters)
    };
    scene.token(party, with).await
}

/// The first tokens.
async fn begin(scene: &Scene, party: &Party) -> (Value, IdToken) {
    let code = scene.code(party, With::parameters(OFFLINE)).await;
    let answer = scene.redeem(party, &code, With::default()).await;
    let id_token = check::tokens(scene, party, &answer, &NONCE);
    let body = answer.json();
    let token = text(&body, "refresh_token");
    assert!(token.len() >= 22, "128 bits");
    assert!(token.chars().all(|c| matches!(c, ' '..='~')), "RFC 6749 A.17");
    (body, id_token)
}

/// New tokens of the same login, which work.
async fn refreshed(scene: &Scene, party: &Party, (token, before): (&str, &IdToken)) -> Value {
    let answer = refresh(scene, party, token, Jwt::Usual).await;
    let said = Said {
        nonce: None,
        before: Some(before),
    };
    let id_token = check::tokens(scene, party, &answer, &said);
    let body = answer.json();
    let resource = scene
        .resource(party, &text(&body, "access_token"), json!({}))
        .await;
    check::userinfo(&resource, &id_token);
    body
}

/// Each client refreshes; an answer that was lost can be had again; nothing is refreshed without the key or by another client.
pub(super) async fn fapi2_security_profile_final_refresh_token(module: Module) {
    let scene = Scene::open(&module).await;
    let (first, second) = (&scene.first, &scene.second);
    let (body, id_token) = begin(&scene, first).await;
    let old = text(&body, "refresh_token");
    let next = refreshed(&scene, first, (&old, &id_token)).await;
    assert_ne!(next["access_token"], body["access_token"]);
    let newer = next["refresh_token"].as_str().unwrap_or(&old).to_owned();
    if newer != old {
        module.warn("refresh tokens are rotated (5.3.2.1, item 9)");
        scene.server.clock.advance(30);
        refreshed(&scene, first, (&old, &id_token)).await;
    }
    let unproved = refresh(&scene, first, &newer, Jwt::Missing).await;
    check::refused(&unproved, &["invalid_request", "invalid_grant", "invalid_client"]);
    let (others, _) = begin(&scene, second).await;
    let stolen = refresh(&scene, first, &text(&others, "refresh_token"), Jwt::Usual).await;
    check::refused(&stolen, &["invalid_grant"]);
    let still = refresh(&scene, first, &newer, Jwt::Usual).await;
    still.expect(200);
}
