//! Request objects that are good (FAPI 2.0 Message Signing 5.3.1), and parameters beside a request that mean nothing. Where the plan
//! has no request objects, the pushed request stands for one.

use serde_json::json;

use super::check::{self, NONCE};
use super::client::Scene;
use super::happy::whole;
use super::with::{Jwt, With};
use crate::suite::Module;

/// A whole flow with parameters beside the reference; `state` is what comes back.
async fn beside(module: &Module, pushed: &[(&str, &str)], (name, value): (&str, &str), state: Option<&str>) {
    let scene = Scene::open(module).await;
    let party = &scene.first;
    let uri = scene.pushed(party, With::parameters(pushed)).await;
    let answered = scene.log_in(party, &uri, &[(name, value)]).await;
    let code = check::code(&answered, state);
    let answer = scene.redeem(party, &code, With::default()).await;
    check::tokens(&scene, party, &answer, &NONCE);
}

/// The nonce inside counts.
pub(super) async fn fapi2_security_profile_final_ensure_different_nonce_inside_and_outside_request_object(
    module: Module,
) {
    beside(&module, &[], ("nonce", "beside"), Some("af0ifjsldkj")).await;
}

/// The state inside counts.
pub(super) async fn fapi2_security_profile_final_ensure_different_state_inside_and_outside_request_object(
    module: Module,
) {
    beside(&module, &[], ("state", "beside"), Some("af0ifjsldkj")).await;
}

/// A state beside the request alone is not used.
pub(super) async fn fapi2_security_profile_final_state_only_outside_request_object_not_used(module: Module) {
    beside(&module, &[("state", "")], ("state", "beside"), None).await;
}

/// A redirect URI beside the request alone is not used.
pub(super) async fn fapi2_security_profile_final_ensure_request_object_without_redirect_uri_fails(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let without = With::parameters(&[("redirect_uri", "")]);
    let answer = scene.push(&scene.first, without).await;
    check::refused(&answer, &["invalid_request", "invalid_request_object"]);
}

/// `aud` may be an array with the issuer in it (RFC 7519 4.1.3).
pub(super) async fn fapi2_security_profile_final_ensure_request_object_with_multiple_aud_succeeds(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let audiences = json!([scene.server.issuer, "https://other.example/"]);
    let with = With::object(Jwt::Claims(json!({"aud": audiences})));
    whole(&scene, &scene.first, with, &NONCE).await;
}

/// A clock that is eight seconds fast.
pub(super) async fn fapi2_security_profile_final_ensure_request_object_with_nbf_8_seconds_in_the_future_is_accepted(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let ahead = scene.server.now().unix_seconds() + 8;
    let with = With::object(Jwt::Claims(json!({"nbf": ahead, "iat": ahead})));
    whole(&scene, &scene.first, with, &NONCE).await;
}
