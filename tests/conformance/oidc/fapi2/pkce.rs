//! Proof Key for Code Exchange (FAPI 2.0 5.3.2.2, item 5; RFC 7636).

use tests::relying_party::VERIFIER;

use super::check;
use super::client::Scene;
use super::with::With;
use crate::suite::Module;

async fn is_refused_when_pushed(module: &Module, parameters: &[(&str, &str)]) {
    let scene = Scene::open(module).await;
    let answer = scene.push(&scene.first, With::parameters(parameters)).await;
    check::refused(&answer, &["invalid_request"]);
}

/// 5.3.2.2, item 5: no request without a challenge.
pub(super) async fn fapi2_security_profile_final_par_ensure_pkce_required(module: Module) {
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    is_refused_when_pushed(&module, &without).await;
}

/// 5.3.2.2, item 5: S256 alone.
pub(super) async fn fapi2_security_profile_final_par_plain_pkce_rejected(module: Module) {
    let plain = [("code_challenge", VERIFIER), ("code_challenge_method", "plain")];
    is_refused_when_pushed(&module, &plain).await;
}

async fn is_refused_with_verifier(module: &Module, verifier: &str) {
    let scene = Scene::open(module).await;
    let code = scene.code(&scene.first, With::default()).await;
    let parameters = [("code_verifier", verifier)];
    let answer = scene
        .redeem(&scene.first, &code, With::parameters(&parameters))
        .await;
    check::refused(&answer, &["invalid_grant"]);
}

/// RFC 7636 4.6: no verifier.
pub(super) async fn fapi2_security_profile_final_ensure_pkce_code_verifier_required(module: Module) {
    is_refused_with_verifier(&module, "").await;
}

/// RFC 7636 4.6: another verifier.
pub(super) async fn fapi2_security_profile_final_incorrect_pkce_code_verifier_rejected(module: Module) {
    is_refused_with_verifier(&module, &"v".repeat(64)).await;
}
