//! Request objects that must be refused (FAPI 2.0 Message Signing 5.3.1, RFC 9101 6).

use data_encoding::BASE64URL_NOPAD;
use idp_jose::Algorithm;
use idp_jose::jws::Header;
use serde_json::{Value, json};
use tests::{ClientKey, Invented};

use super::check;
use super::client::{Party, Scene};
use super::with::{Jwt, With};
use crate::suite::Module;

const OBJECT: &[&str] = &["invalid_request_object"];

async fn is_refused(scene: &Scene, object: Jwt, errors: &[&str]) {
    let answer = scene.push(&scene.first, With::object(object)).await;
    check::refused(&answer, errors);
}

async fn is_refused_with(module: &Module, claims: impl FnOnce(i64) -> Value) {
    let scene = Scene::open(module).await;
    let claims = claims(scene.server.now().unix_seconds());
    is_refused(&scene, Jwt::Claims(claims), OBJECT).await;
}

/// The members of a good request.
fn members(party: &Party) -> Value {
    json!({
        "client_id": party.id(), "response_type": "code", "redirect_uri": party.registered.redirect_uri, "scope": "openid",
        "response_mode": "jwt", "code_challenge": tests::relying_party::CHALLENGE, "code_challenge_method": "S256",
    })
}

/// `exp` is required.
pub(super) async fn fapi2_security_profile_final_ensure_request_object_without_exp_fails(module: Module) {
    is_refused_with(&module, |_| json!({"exp": null})).await;
}

/// `nbf` is required.
pub(super) async fn fapi2_security_profile_final_ensure_request_object_without_nbf_fails(module: Module) {
    is_refused_with(&module, |_| json!({"nbf": null})).await;
}

/// An object that expired five minutes ago.
pub(super) async fn fapi2_security_profile_final_ensure_expired_request_object_fails(module: Module) {
    is_refused_with(&module, |now| json!({"nbf": now - 600, "exp": now - 300})).await;
}

/// An object for another server.
pub(super) async fn fapi2_security_profile_final_ensure_request_object_with_bad_aud_fails(module: Module) {
    is_refused_with(&module, |_| json!({"aud": "https://other.example/"})).await;
}

/// An hour is the longest life.
pub(super) async fn fapi2_security_profile_final_ensure_request_object_with_exp_over_60_fails(
    module: Module,
) {
    is_refused_with(&module, |now| json!({"exp": now + 70 * 60})).await;
}

/// An hour is the highest age.
pub(super) async fn fapi2_security_profile_final_ensure_request_object_with_nbf_over_60_fails(
    module: Module,
) {
    is_refused_with(&module, |now| json!({"nbf": now - 70 * 60})).await;
}

/// FAPI 2.0 5.4.1: RS256 is none of the profile's algorithms.
pub(super) async fn fapi2_security_profile_final_ensure_signed_request_object_with_rs256_fails(
    module: Module,
) {
    let key = (ClientKey::generate_rsa(), json!({}));
    let scene = Scene::open_with(&module, key, Invented::jean()).await;
    let party = &scene.first;
    let claims = scene.object_claims(party, members(party));
    let signed = party.key.sign(&Header::new(Algorithm::Rs256), &claims);
    is_refused(&scene, Jwt::Text(signed), OBJECT).await;
}

/// An object that nobody signed.
pub(super) async fn fapi2_security_profile_final_ensure_request_object_signature_algorithm_is_not_none(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let claims = scene.object_claims(&scene.first, members(&scene.first));
    let encode = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
    let unsigned = format!("{}.{}.", encode(r#"{"alg":"none"}"#), encode(&claims.to_string()));
    is_refused(&scene, Jwt::Text(unsigned), OBJECT).await;
}

/// An object with another one's signature.
pub(super) async fn fapi2_security_profile_final_ensure_request_object_with_invalid_signature_fails(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let [one, other] = [0, 1].map(|_| scene.sign_object(&scene.first, members(&scene.first)));
    let (signed, _) = one.rsplit_once('.').expect("a JWT");
    let (_, foreign) = other.rsplit_once('.').expect("a JWT");
    is_refused(&scene, Jwt::Text(format!("{signed}.{foreign}")), OBJECT).await;
}

/// The first client's object, signed by the second client.
pub(super) async fn fapi2_security_profile_final_ensure_matching_key_in_authorization_request(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let claims = scene.object_claims(&scene.first, members(&scene.first));
    let key = &scene.second.key;
    let signed = key.sign(&super::client::object_header(key), &claims);
    is_refused(
        &scene,
        Jwt::Text(signed),
        &["invalid_request", "invalid_request_object"],
    )
    .await;
}

/// Parameters without a request object.
pub(super) async fn fapi2_security_profile_final_ensure_unsigned_request_at_par_endpoint_fails(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let errors = ["invalid_request", "invalid_request_object"];
    is_refused(&scene, Jwt::Missing, &errors).await;
}

/// RFC 9101 4: no object names another one.
pub(super) async fn fapi2_security_profile_final_par_authorization_request_containing_request_uri(
    module: Module,
) {
    is_refused_with(&module, |_| json!({"request_uri": "urn:example:1"})).await;
}
