//! Well-behaved clients.

use idp_jose::Algorithm;
use serde_json::{Map, Value, json};
use tests::client_key::ath;
use tests::{Answer, Call, ClientKey, Invented, fresh};

use super::check::{self, NONCE, Said};
use super::client::{Party, RESOURCE, Scene, text};
use super::with::With;
use crate::client::{IdToken, TEXTS};
use crate::suite::Module;

/// A whole flow: the token response, and its ID token.
pub(super) async fn whole(scene: &Scene, party: &Party, with: With<'_>, said: &Said<'_>) -> (Value, IdToken) {
    let code = scene.code(party, with).await;
    let answer = scene.redeem(party, &code, With::default()).await;
    let id_token = check::tokens(scene, party, &answer, said);
    let body = answer.json();
    let resource = scene
        .resource(party, &text(&body, "access_token"), json!({}))
        .await;
    check::userinfo(&resource, &id_token);
    (body, id_token)
}

/// Two clients, one signing with PS256 and one with ES256; neither can use the other's access token.
pub(super) async fn fapi2_security_profile_final_happy_flow(module: Module) {
    let key = (ClientKey::generate_rsa(), json!({}));
    let scene = Scene::open_with(&module, key, Invented::jean()).await;
    assert_eq!(scene.first.key.algorithm(), Algorithm::Ps256);
    whole(&scene, &scene.first, With::default(), &NONCE).await;
    let (others, _) = whole(&scene, &scene.second, With::default(), &NONCE).await;
    let stolen = scene
        .resource(&scene.first, &text(&others, "access_token"), json!({}))
        .await;
    check::resource_refused(&stolen, "another client's access token");
}

/// `state` is not required: PKCE protects.
pub(super) async fn fapi2_security_profile_final_ensure_authorization_request_without_state_success(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    whole(&scene, &scene.first, With::parameters(&[("state", "")]), &NONCE).await;
}

/// `nonce` is not required in the code flow.
pub(super) async fn fapi2_security_profile_final_ensure_authorization_request_without_nonce_success(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let without = With::parameters(&[("nonce", "")]);
    whole(&scene, &scene.first, without, &Said::default()).await;
}

async fn with_nonce_of(module: &Module, length: usize) {
    let scene = Scene::open(module).await;
    let nonce = "n".repeat(length);
    let said = Said {
        nonce: Some(&nonce),
        before: None,
    };
    whole(
        &scene,
        &scene.first,
        With::parameters(&[("nonce", &nonce)]),
        &said,
    )
    .await;
}

/// 5.3.2.2: nonces of up to 64 characters are accepted.
pub(super) async fn fapi2_security_profile_final_ensure_authorization_request_with_64_char_nonce_success(
    module: Module,
) {
    with_nonce_of(&module, 64).await;
}

/// A long nonce comes back whole; a refusal would be allowed.
pub(super) async fn fapi2_security_profile_final_ensure_authorization_request_with_long_nonce(
    module: Module,
) {
    with_nonce_of(&module, 1000).await;
}

/// A long state comes back whole; a refusal would be allowed.
pub(super) async fn fapi2_security_profile_final_ensure_authorization_request_with_long_state(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let state = "s".repeat(1000);
    whole(
        &scene,
        &scene.first,
        With::parameters(&[("state", &state)]),
        &NONCE,
    )
    .await;
}

/// The order of scopes means nothing (RFC 6749 3.3).
pub(super) async fn fapi2_security_profile_final_ensure_other_scope_order_succeeds(module: Module) {
    let scene = Scene::open(&module).await;
    let turned = With::parameters(&[("scope", "profile openid")]);
    whole(&scene, &scene.first, turned, &NONCE).await;
}

/// The name of an authentication scheme has no case (RFC 9110 11.1).
pub(super) async fn fapi2_security_profile_final_access_token_type_header_case_sensitivity(module: Module) {
    let scene = Scene::open(&module).await;
    let (body, _) = whole(&scene, &scene.first, With::default(), &NONCE).await;
    let access_token = text(&body, "access_token");
    for scheme in ["dPOP", "dpop", "DPOP"] {
        let claims = json!({"ath": ath(&access_token)});
        let proof = scene.first.dpop.proof(&scene.server, RESOURCE, claims);
        let authorization = format!("{scheme} {access_token}");
        let answer = scene.resource_with(&authorization, &[&proof]).await;
        answer.expect(200);
    }
}

/// The standard claims (OIDC Core 5.1) that discovery names.
async fn standard_claims(scene: &Scene) -> Vec<String> {
    const OTHERS: [&str; 5] = [
        "email_verified",
        "phone_number_verified",
        "address",
        "updated_at",
        "nationality",
    ];
    let call = Call::get("/.well-known/openid-configuration");
    let document = scene.server.send(call).await.expect(200);
    assert_eq!(document["claims_parameter_supported"], json!(true));
    let named = document["claims_supported"].as_array().cloned();
    let named = named.unwrap_or_default();
    let is_named = |name: &&str| named.contains(&json!(name));
    TEXTS
        .into_iter()
        .chain(OTHERS)
        .filter(is_named)
        .map(str::to_owned)
        .collect()
}

/// The claims parameter in all its forms, with claims that nobody knows among them (OIDC Core 5.5).
fn claims_parameter(names: &[String]) -> Value {
    let forms = [
        Value::Null,
        json!({"essential": true}),
        json!({"essential": false}),
    ];
    let of_names = names.iter().zip(forms.iter().cycle());
    let mut asked: Map<String, Value> = of_names
        .map(|(name, form)| (name.clone(), form.clone()))
        .collect();
    asked.insert(fresh("unknown"), Value::Null);
    asked.insert(fresh("unknown"), json!({"essential": true, "value": "x"}));
    json!({"id_token": asked, "userinfo": asked, fresh("nowhere"): asked})
}

/// Every claim that is asked for by name comes, in the ID token or at userinfo; unknown ones are passed over.
pub(super) async fn fapi2_security_profile_final_test_claims_parameter_identity_claims(module: Module) {
    let person = Invented {
        photo: Some(b"RIFF\x1a\0\0\0WEBPVP8La-portrait".to_vec()),
        ..Invented::jean()
    };
    let scopes = json!({"scope": "openid profile email offline_access identity:full_with_photo"});
    let scene = Scene::open_with(&module, (ClientKey::generate(), scopes), person).await;
    link(&scene, &scene.first).await.expect(200);
    let names = standard_claims(&scene).await;
    let asked = claims_parameter(&names).to_string();
    let parameters = [("scope", "openid"), ("claims", asked.as_str())];
    let (body, id_token) = whole(&scene, &scene.first, With::parameters(&parameters), &NONCE).await;
    let access_token = text(&body, "access_token");
    let again = scene.resource(&scene.first, &access_token, json!({})).await;
    let claims = check::userinfo(&again, &id_token);
    for name in names {
        if id_token.claims.get(&name).is_none() && claims.get(&name).is_none() {
            module.warn(format!("{name} was asked for and did not come"));
        }
    }
}

/// An address that an operator asserts of the person.
async fn link(scene: &Scene, party: &Party) -> Answer {
    let token_id = scene.phone.wallet.identity().token_id.as_str();
    let link = json!({"clientId": party.id(), "tokenId": token_id, "email": "jean@corp.example"});
    let put = Call::new(http::Method::PUT, "/admin/links").json(&link);
    scene.server.administer(put).await
}
