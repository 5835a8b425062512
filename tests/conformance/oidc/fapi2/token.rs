//! Requests to the token endpoint that must fail.

use serde_json::json;

use super::check::{self, NONCE};
use super::client::{Scene, text};
use super::with::{Jwt, With};
use crate::suite::Module;

/// The second client's `client_id`, with an assertion in its name that the first client signed.
pub(super) async fn fapi2_security_profile_final_ensure_client_id_in_token_endpoint(module: Module) {
    let scene = Scene::open(&module).await;
    let (first, second) = (&scene.first, &scene.second);
    let code = scene.code(first, With::default()).await;
    let foreign = first.key.assertion(&scene.server, second.id(), json!({}));
    let parameters = [("client_id", second.id())];
    let with = With {
        assertion: Jwt::Text(foreign),
        ..With::parameters(&parameters)
    };
    let answer = scene.redeem(first, &code, with).await;
    check::refused(&answer, &["invalid_client", "invalid_grant"]);
}

/// 5.3.2.1, item 4: sender-constrained access tokens or none.
pub(super) async fn fapi2_security_profile_final_ensure_holder_of_key_required(module: Module) {
    let scene = Scene::open(&module).await;
    let code = scene.code(&scene.first, With::default()).await;
    let answer = scene.redeem(&scene.first, &code, With::proof(Jwt::Missing)).await;
    check::refused(
        &answer,
        &["invalid_request", "invalid_grant", "invalid_dpop_proof"],
    );
}

/// RFC 6749 4.1.3: the code of one client, redeemed by the other.
pub(super) async fn fapi2_security_profile_final_ensure_authorization_code_is_bound_to_client(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let code = scene.code(&scene.first, With::default()).await;
    let own = scene.first.registered.redirect_uri.as_str();
    for redirect_uri in [own, scene.second.registered.redirect_uri.as_str()] {
        let parameters = [("redirect_uri", redirect_uri)];
        let answer = scene
            .redeem(&scene.second, &code, With::parameters(&parameters))
            .await;
        check::refused(&answer, &["invalid_grant"]);
    }
}

/// RFC 6749 4.1.2: a code is used once; what it gave ends when it comes again.
pub(super) async fn fapi2_security_profile_final_attempt_reuse_authorization_code_after_one_second(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let party = &scene.first;
    let code = scene.code(party, With::default()).await;
    let answer = scene.redeem(party, &code, With::default()).await;
    check::tokens(&scene, party, &answer, &NONCE);
    scene.server.clock.advance(1);
    let again = scene.redeem(party, &code, With::default()).await;
    check::refused(&again, &["invalid_grant"]);
    let access_token = text(&answer.json(), "access_token");
    let resource = scene.resource(party, &access_token, json!({})).await;
    if resource.status == 200 {
        module.warn("the access token of a code that came twice is still accepted");
    }
}

/// 5.3.2.1, item 11: a code lives for a minute at the most.
pub(super) async fn fapi2_security_profile_final_ensure_token_endpoint_fails_with_expired_auth_code(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let code = scene.code(&scene.first, With::default()).await;
    scene.server.clock.advance(61);
    let answer = scene.redeem(&scene.first, &code, With::default()).await;
    check::refused(&answer, &["invalid_grant"]);
}
