//! DPoP proofs that are good, and codes bound to a key (RFC 9449 10).

use serde_json::{Value, json};
use tests::ClientKey;

use super::check::{self, NONCE};
use super::client::{PAR, Scene, TOKEN, text};
use super::with::{Jwt, With};
use crate::suite::Module;

/// A whole flow with these claims in every proof: of the pushed request, at the token endpoint, at the resource.
async fn with_proofs(scene: &Scene, claims: &Value) {
    let party = &scene.first;
    let proof = || With::proof(Jwt::Claims(claims.clone()));
    let code = scene.code(party, proof()).await;
    let answer = scene.redeem(party, &code, proof()).await;
    let id_token = check::tokens(scene, party, &answer, &NONCE);
    let access_token = text(&answer.json(), "access_token");
    let resource = scene.resource(party, &access_token, claims.clone()).await;
    check::userinfo(&resource, &id_token);
}

/// `nbf` and `exp` that hold do no harm.
pub(super) async fn fapi2_security_profile_final_check_dpop_proof_nbf_exp(module: Module) {
    let scene = Scene::open(&module).await;
    let now = scene.server.now().unix_seconds();
    with_proofs(&scene, &json!({"nbf": now, "exp": now + 300})).await;
}

/// 5.3.2.1, item 14: a clock that is ten seconds slow.
pub(super) async fn fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_before_succeeds(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let iat = scene.server.now().unix_seconds() - 10;
    with_proofs(&scene, &json!({"iat": iat})).await;
}

/// 5.3.2.1, item 14: a clock that is ten seconds fast.
pub(super) async fn fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_after_succeeds(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let iat = scene.server.now().unix_seconds() + 10;
    with_proofs(&scene, &json!({"iat": iat})).await;
}

/// RFC 9449 10.1: `dpop_jkt` of another key than that of the pushed request's proof.
pub(super) async fn fapi2_security_profile_final_ensure_mismatched_dpop_jkt_fails(module: Module) {
    let scene = Scene::open(&module).await;
    let other = ClientKey::generate().jwk().thumbprint_base64url();
    let parameters = [("dpop_jkt", other.as_str())];
    let with = With {
        proof: Jwt::Claims(json!({})),
        ..With::parameters(&parameters)
    };
    let answer = scene.push(&scene.first, with).await;
    check::refused(&answer, &["invalid_request", "invalid_dpop_proof"]);
}

/// The key of the token request's proof is not that of the pushed request's.
pub(super) async fn fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_proof_jkt(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let party = &scene.first;
    let first = ClientKey::generate().proof(&scene.server, PAR, json!({}));
    let code = scene.code(party, With::proof(Jwt::Text(first))).await;
    let answer = scene.redeem(party, &code, With::default()).await;
    check::refused(
        &answer,
        &["invalid_grant", "invalid_request", "invalid_dpop_proof"],
    );
}

/// The key of the token request's proof is not the one that `dpop_jkt` named.
pub(super) async fn fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_jkt(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let party = &scene.first;
    let named = party.dpop.jwk().thumbprint_base64url();
    let code = scene.code(party, With::parameters(&[("dpop_jkt", &named)])).await;
    let other = ClientKey::generate().proof(&scene.server, TOKEN, json!({}));
    let answer = scene.redeem(party, &code, With::proof(Jwt::Text(other))).await;
    check::refused(
        &answer,
        &["invalid_grant", "invalid_request", "invalid_dpop_proof"],
    );
}

/// RFC 9449 10.1: a proof with the pushed request binds the code, and its key redeems it.
pub(super) async fn fapi2_security_profile_final_ensure_dpopproof_at_par_endpoint_binding_success(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    with_proofs(&scene, &json!({})).await;
}

/// RFC 9449 10: `dpop_jkt` binds the code, and the key that it names redeems it.
pub(super) async fn fapi2_security_profile_final_ensure_dpop_auth_code_binding_success(module: Module) {
    let scene = Scene::open(&module).await;
    let party = &scene.first;
    let named = party.dpop.jwk().thumbprint_base64url();
    let code = scene.code(party, With::parameters(&[("dpop_jkt", &named)])).await;
    let answer = scene.redeem(party, &code, With::default()).await;
    check::tokens(&scene, party, &answer, &NONCE);
}
