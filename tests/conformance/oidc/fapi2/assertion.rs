//! Client assertions (RFC 7523 3; FAPI 2.0 5.3.2.1, items 6 and 8).

use data_encoding::BASE64URL_NOPAD;
use idp_jose::Algorithm;
use serde_json::{Value, json};
use tests::{Answer, ClientKey, Invented};

use super::check::{self, NONCE};
use super::client::Scene;
use super::happy::whole;
use super::with::{Jwt, With};
use crate::suite::Module;

/// Redeems a code with an assertion that is not as usual.
async fn redeemed_with(scene: &Scene, assertion: Jwt) -> Answer {
    let code = scene.code(&scene.first, With::default()).await;
    scene
        .redeem(&scene.first, &code, With::assertion(assertion))
        .await
}

async fn is_refused_at_token_endpoint(module: &Module, claims: impl FnOnce(&Scene) -> Value) {
    let scene = Scene::open(module).await;
    let assertion = Jwt::Claims(claims(&scene));
    let answer = redeemed_with(&scene, assertion).await;
    check::refused(&answer, &["invalid_client", "invalid_request"]);
}

/// 5.4.1: RS256 is none of the profile's algorithms.
pub(super) async fn fapi2_security_profile_final_ensure_signed_client_assertion_with_rs256_fails(
    module: Module,
) {
    let key = (ClientKey::generate_rsa(), json!({}));
    let scene = Scene::open_with(&module, key, Invented::jean()).await;
    let party = &scene.first;
    let signed = party
        .key
        .assertion_by(Algorithm::Rs256, (&scene.server, party.id()), json!({}));
    let answer = redeemed_with(&scene, Jwt::Text(signed)).await;
    check::refused(&answer, &["invalid_client"]);
}

/// Nobody authenticates.
pub(super) async fn fapi2_security_profile_final_ensure_client_assertion_in_token_endpoint(module: Module) {
    let scene = Scene::open(&module).await;
    let code = scene.code(&scene.first, With::default()).await;
    for client_id in ["", scene.first.id()] {
        let parameters = [("client_id", client_id)];
        let with = With {
            assertion: Jwt::Missing,
            ..With::parameters(&parameters)
        };
        let answer = scene.redeem(&scene.first, &code, with).await;
        check::refused(&answer, &["invalid_client", "invalid_request"]);
    }
}

/// An assertion that expired five minutes ago.
pub(super) async fn fapi2_security_profile_final_ensure_client_assertion_with_exp_is_5_minutes_in_past_fails(
    module: Module,
) {
    is_refused_at_token_endpoint(
        &module,
        |scene| json!({"exp": scene.server.now().unix_seconds() - 300}),
    )
    .await;
}

/// An assertion for another server.
pub(super) async fn fapi2_security_profile_final_ensure_client_assertion_with_wrong_aud_fails(
    module: Module,
) {
    is_refused_at_token_endpoint(&module, |_| json!({"aud": "https://other.example/"})).await;
}

/// An assertion of nobody.
pub(super) async fn fapi2_security_profile_final_ensure_client_assertion_with_no_sub_fails(module: Module) {
    is_refused_at_token_endpoint(&module, |_| json!({"sub": null})).await;
}

/// Every other assertion that is not one: unsigned, changed, foreign, incomplete, used before.
pub(super) async fn fapi2_security_profile_final_ensure_invalid_client_assertions_fail(module: Module) {
    let scene = Scene::open(&module).await;
    let party = &scene.first;
    let good = party.key.assertion(&scene.server, party.id(), json!({}));
    let (signed, _) = good.rsplit_once('.').expect("a JWT");
    let (_, payload) = signed.split_once('.').expect("a JWT");
    let none = BASE64URL_NOPAD.encode(br#"{"alg":"none"}"#);
    let other = ClientKey::generate().assertion(&scene.server, party.id(), json!({}));
    let (_, foreign) = other.rsplit_once('.').expect("a JWT");
    let mut bad = vec![
        Jwt::Text(format!("{none}.{payload}.")),
        Jwt::Text(format!("{signed}.{foreign}")),
        Jwt::Text(other.clone()),
        Jwt::Text("no.assertion.at-all".to_owned()),
    ];
    let claims = [
        json!({"iss": null}),
        json!({"iss": "other"}),
        json!({"sub": "other"}),
        json!({"aud": null}),
        json!({"exp": null}),
        json!({"jti": null}),
    ];
    bad.extend(claims.map(Jwt::Claims));
    let code = scene.code(party, With::default()).await;
    for assertion in bad {
        let answer = scene.redeem(party, &code, With::assertion(assertion)).await;
        check::refused(&answer, &["invalid_client", "invalid_request"]);
    }
    let once = With::assertion(Jwt::Text(good));
    let answer = scene.redeem(party, &code, once.clone()).await;
    check::tokens(&scene, party, &answer, &NONCE);
    let again = scene.redeem(party, &code, once).await;
    check::refused(&again, &["invalid_client"]);
}

/// 5.3.2.1, item 13: a clock that is eight seconds fast.
pub(super) async fn fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_8_seconds_in_the_future_is_accepted(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let ahead = scene.server.now().unix_seconds() + 8;
    let with = With::assertion(Jwt::Claims(json!({"iat": ahead, "nbf": ahead})));
    whole(&scene, &scene.first, with, &NONCE).await;
}

async fn is_refused_when_pushed(module: &Module, claims: impl FnOnce(&Scene) -> Value) {
    let scene = Scene::open(module).await;
    let with = With::assertion(Jwt::Claims(claims(&scene)));
    let answer = scene.push(&scene.first, with).await;
    check::refused(&answer, &["invalid_client", "invalid_request"]);
}

/// 5.3.2.1, item 13: a clock that is more than a minute fast.
pub(super) async fn fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_over_60_seconds_in_the_future_fails(
    module: Module,
) {
    is_refused_when_pushed(&module, |scene| {
        let ahead = scene.server.now().unix_seconds() + 70;
        json!({"iat": ahead, "nbf": ahead, "exp": ahead + 60})
    })
    .await;
}

/// 5.3.2.1, item 8: the issuer as a string, never an array.
pub(super) async fn fapi2_security_profile_final_par_test_array_as_audience_fails(module: Module) {
    is_refused_when_pushed(
        &module,
        |scene| json!({"aud": [scene.server.issuer, "https://other.example/"]}),
    )
    .await;
}

/// 5.3.2.1, item 8: never an endpoint.
pub(super) async fn fapi2_security_profile_final_par_test_par_endpoint_url_as_audience_fails(module: Module) {
    is_refused_when_pushed(
        &module,
        |scene| json!({"aud": format!("{}/oidc/par", scene.server.issuer)}),
    )
    .await;
}

/// 5.3.2.1, item 8: never an endpoint.
pub(super) async fn fapi2_security_profile_final_par_test_token_endpoint_url_as_audience_fails(
    module: Module,
) {
    is_refused_when_pushed(
        &module,
        |scene| json!({"aud": format!("{}/oidc/token", scene.server.issuer)}),
    )
    .await;
}
