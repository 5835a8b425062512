//! Signed requests that are wrong (CIBA 7.1.1, FAPI-CIBA 5.2.2 and 7.10): no person is asked.

use idp_jose::Algorithm;
use idp_jose::jws::Header;
use idp_types::encoding::base64url;
use serde_json::{Value, json};
use tests::ClientKey;

use super::answers::error_of;
use super::flow::{BACKCHANNEL, Flow, Party};
use crate::suite::Module;

const MINUTE: i64 = 60;

/// A request with some claims changed is refused; the same without the change is not.
async fn changed(module: &Module, change: impl FnOnce(i64) -> Value) {
    let flow = Flow::open(module).await;
    let party = flow.party().await;
    let answer = flow.ask(&party, change(flow.now())).await;
    assert_eq!(error_of(&answer), "invalid_request");
    flow.begin(&party, json!({})).await;
}

/// A request that is signed otherwise is refused; the same with the right signature is not.
async fn signed(module: &Module, key: ClientKey, sign: impl FnOnce(&Flow, &Party) -> String) {
    let flow = Flow::open(module).await;
    let party = flow.party_with(key).await;
    let object = sign(&flow, &party);
    let answer = flow.send(&party, BACKCHANNEL, &[("request", &object)]).await;
    assert_eq!(error_of(&answer), "invalid_request");
    flow.begin(&party, json!({})).await;
}

pub(super) async fn fapi_ciba_id1_ensure_request_object_missing_aud_fails(module: Module) {
    changed(&module, |_| json!({"aud": null})).await;
}

pub(super) async fn fapi_ciba_id1_ensure_request_object_bad_aud_fails(module: Module) {
    changed(&module, |_| json!({"aud": "https://other.example"})).await;
}

pub(super) async fn fapi_ciba_id1_ensure_request_object_missing_iss_fails(module: Module) {
    changed(&module, |_| json!({"iss": null})).await;
}

pub(super) async fn fapi_ciba_id1_ensure_request_object_bad_iss_fails(module: Module) {
    changed(&module, |_| json!({"iss": "somebody-else"})).await;
}

pub(super) async fn fapi_ciba_id1_ensure_request_object_missing_exp_fails(module: Module) {
    changed(&module, |_| json!({"exp": null})).await;
}

pub(super) async fn fapi_ciba_id1_ensure_request_object_expired_exp_fails(module: Module) {
    changed(&module, |now| json!({"exp": now - 5 * MINUTE})).await;
}

/// FAPI-CIBA 5.2.2: at most 60 minutes after `nbf`.
pub(super) async fn fapi_ciba_id1_ensure_request_object_exp_is_70_minutes_in_future_fails(module: Module) {
    changed(&module, |now| json!({"exp": now + 70 * MINUTE})).await;
}

pub(super) async fn fapi_ciba_id1_ensure_request_object_missing_iat_fails(module: Module) {
    changed(&module, |_| json!({"iat": null})).await;
}

pub(super) async fn fapi_ciba_id1_ensure_request_object_missing_nbf_fails(module: Module) {
    changed(&module, |_| json!({"nbf": null})).await;
}

pub(super) async fn fapi_ciba_id1_ensure_request_object_nbf_is_10_minutes_in_future_fails(module: Module) {
    let later = |now| json!({"nbf": now + 10 * MINUTE, "exp": now + 15 * MINUTE});
    changed(&module, later).await;
}

/// FAPI-CIBA 5.2.2: at most 60 minutes ago.
pub(super) async fn fapi_ciba_id1_ensure_request_object_nbf_is_70_minutes_in_past_fails(module: Module) {
    changed(&module, |now| json!({"nbf": now - 70 * MINUTE})).await;
}

pub(super) async fn fapi_ciba_id1_ensure_request_object_missing_jti_fails(module: Module) {
    changed(&module, |_| json!({"jti": null})).await;
}

/// CIBA 7.1: exactly one hint.
pub(super) async fn fapi_ciba_id1_ensure_authorization_request_with_multiple_hints_fails(module: Module) {
    let hints = |_| json!({"login_hint_token": "a.b.c", "id_token_hint": "a.b.c"});
    changed(&module, hints).await;
}

pub(super) async fn fapi_ciba_id1_ensure_request_object_signature_algorithm_is_none_fails(module: Module) {
    signed(&module, ClientKey::generate(), |flow, party| {
        let claims = flow.claims(party, json!({}));
        let header = base64url(br#"{"alg":"none"}"#);
        format!("{header}.{}.", base64url(claims.to_string().as_bytes()))
    })
    .await;
}

/// The signature is not one of these bytes.
pub(super) async fn fapi_ciba_id1_ensure_request_object_signature_algorithm_is_bad_fails(module: Module) {
    signed(&module, ClientKey::generate(), |flow, party| {
        let object = flow.object(party, json!({}));
        let (input, _) = object.rsplit_once('.').expect("a signature");
        format!(
            "{input}.{}",
            base64url(&party.key.signature(Algorithm::Es256, b"another text"))
        )
    })
    .await;
}

/// FAPI-CIBA 7.10. The key is the client's; PS256 with it is fine.
pub(super) async fn fapi_ciba_id1_ensure_request_object_signature_algorithm_is_rs256_fails(module: Module) {
    signed(&module, ClientKey::generate_rsa(), |flow, party| {
        let claims = flow.claims(party, json!({}));
        party.key.sign(&Header::new(Algorithm::Rs256), &claims)
    })
    .await;
}

pub(super) async fn fapi_ciba_id1_ensure_request_object_signed_by_other_client_fails(module: Module) {
    let flow = Flow::open(&module).await;
    let (party, other) = (flow.party().await, flow.party().await);
    let claims = flow.claims(&party, json!({}));
    let object = other.key.sign(&Header::new(Algorithm::Es256), &claims);
    let answer = flow.send(&party, BACKCHANNEL, &[("request", &object)]).await;
    assert_eq!(error_of(&answer), "invalid_request");
    flow.begin(&party, json!({})).await;
}

/// FAPI-CIBA 5.2.2: the same parameters, plain.
pub(super) async fn fapi_ciba_id1_ensure_backchannel_authorization_request_without_request_fails(
    module: Module,
) {
    let flow = Flow::open(&module).await;
    let party = flow.party().await;
    let claims = flow.claims(&party, json!({}));
    let text = |name: &str| claims[name].as_str().unwrap_or_default().to_owned();
    let (scope, hint) = (text("scope"), text("login_hint"));
    let pairs = [("scope", scope.as_str()), ("login_hint", hint.as_str())];
    let answer = flow.send(&party, BACKCHANNEL, &pairs).await;
    assert_eq!(error_of(&answer), "invalid_request");
}
