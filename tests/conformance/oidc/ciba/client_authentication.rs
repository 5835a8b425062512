//! Clients that are not who they say (RFC 7521 4.2, RFC 7523 3, RFC 8705 2, FAPI-CIBA 7.10).

use idp_jose::Algorithm;
use idp_types::encoding::base64url;
use serde_json::{Value, json};
use tests::{Answer, ClientKey};

use super::answers::error_of;
use super::flow::{ASSERTION_TYPE, BACKCHANNEL, Flow, GRANT, Party, TOKEN};
use crate::suite::Module;

/// A good request with this in place of the client's authentication.
async fn ask(flow: &Flow, party: &Party, authentication: &[(&str, &str)]) -> Answer {
    let object = flow.object(party, json!({}));
    let mut pairs = vec![("request", object.as_str())];
    pairs.extend(authentication);
    flow.post(BACKCHANNEL, &pairs, Some(&party.certificate)).await
}

/// A good token request with this in place of the client's authentication.
async fn fetch(flow: &Flow, party: &Party, auth_req_id: &str, authentication: &[(&str, &str)]) -> Answer {
    let mut pairs = vec![("grant_type", GRANT), ("auth_req_id", auth_req_id)];
    pairs.extend(authentication);
    flow.post(TOKEN, &pairs, Some(&party.certificate)).await
}

const fn by(assertion: &str) -> [(&str, &str); 2] {
    [
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion),
    ]
}

#[track_caller]
fn is_refused(answer: &Answer) {
    let error = error_of(answer);
    assert!(
        ["invalid_client", "invalid_request"].contains(&error.as_str()),
        "{error}"
    );
}

pub(super) async fn fapi_ciba_id1_ensure_without_client_assertion_in_backchannel_authorization_request(
    module: Module,
) {
    let flow = Flow::open(&module).await;
    let party = flow.party().await;
    is_refused(&ask(&flow, &party, &[("client_id", &party.id)]).await);
    is_refused(&ask(&flow, &party, &[]).await);
}

pub(super) async fn fapi_ciba_id1_ensure_without_client_assertion_in_token_endpoint_request(module: Module) {
    let flow = Flow::open(&module).await;
    let mut party = flow.party().await;
    let auth_req_id = flow.begin(&party, json!({})).await;
    flow.approve(&mut party, &auth_req_id).await;
    is_refused(&fetch(&flow, &party, &auth_req_id, &[("client_id", &party.id)]).await);
    flow.tokens(&party, &flow.fetch(&party, &auth_req_id).await);
}

pub(super) async fn fapi_ciba_id1_ensure_client_assertion_signature_algorithm_in_backchannel_authorization_request_is_rs256_fails(
    module: Module,
) {
    let flow = Flow::open(&module).await;
    let party = flow.party_with(ClientKey::generate_rsa()).await;
    let assertion = flow.assertion_by(Algorithm::Rs256, (&party, BACKCHANNEL), json!({}));
    let answer = ask(&flow, &party, &by(&assertion)).await;
    assert_eq!(error_of(&answer), "invalid_client");
    flow.begin(&party, json!({})).await;
}

pub(super) async fn fapi_ciba_id1_ensure_client_assertion_signature_algorithm_in_token_endpoint_request_is_rs256_fails(
    module: Module,
) {
    let flow = Flow::open(&module).await;
    let mut party = flow.party_with(ClientKey::generate_rsa()).await;
    let auth_req_id = flow.begin(&party, json!({})).await;
    flow.approve(&mut party, &auth_req_id).await;
    let assertion = flow.assertion_by(Algorithm::Rs256, (&party, TOKEN), json!({}));
    let answer = fetch(&flow, &party, &auth_req_id, &by(&assertion)).await;
    assert_eq!(error_of(&answer), "invalid_client");
    flow.tokens(&party, &flow.fetch(&party, &auth_req_id).await);
}

/// RFC 7523 3, CIBA 7.1: the issuer is as good an audience as the endpoint.
pub(super) async fn fapi_ciba_id1_ensure_client_assertion_with_iss_aud_to_token_endpoint_succeeds(
    module: Module,
) {
    let flow = Flow::open(&module).await;
    let mut party = flow.party().await;
    let auth_req_id = flow.begin(&party, json!({})).await;
    flow.waits(&party, &auth_req_id).await;
    flow.approve(&mut party, &auth_req_id).await;
    let issuer = flow.provider.issuer.as_str();
    let assertion = flow.assertion(&party, TOKEN, json!({"aud": issuer}));
    let answer = fetch(&flow, &party, &auth_req_id, &by(&assertion)).await;
    flow.tokens(&party, &answer);
}

/// One fault at a time; then a request without any.
pub(super) async fn fapi_ciba_id1_ensure_invalid_client_assertions_in_backchannel_authorization_request_fail(
    module: Module,
) {
    let flow = Flow::open(&module).await;
    let mut party = flow.party_with(ClientKey::generate_rsa()).await;
    let good = || flow.assertion(&party, BACKCHANNEL, json!({}));
    is_refused(&ask(&flow, &party, &[("client_id", &party.id)]).await);
    is_refused(&ask(&flow, &party, &[("client_assertion", &good())]).await);
    let other_type = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";
    let pairs = [
        ("client_assertion_type", other_type),
        ("client_assertion", &good()),
    ];
    is_refused(&ask(&flow, &party, &pairs).await);
    for assertion in wrong(&flow, &party) {
        is_refused(&ask(&flow, &party, &by(&assertion)).await);
    }
    flow.complete(&mut party, json!({})).await;
}

/// Assertions with one fault each.
fn wrong(flow: &Flow, party: &Party) -> Vec<String> {
    let with = |changes: Value| flow.assertion(party, BACKCHANNEL, changes);
    let good = with(json!({}));
    let (input, _) = good.rsplit_once('.').expect("a signature");
    let (_, payload) = input.split_once('.').expect("a payload");
    let forged = party.key.signature(party.key.algorithm(), b"another text");
    vec![
        with(json!({"sub": null})),
        with(json!({"sub": "somebody-else"})),
        with(json!({"iss": null})),
        with(json!({"iss": "somebody-else"})),
        with(json!({"aud": null})),
        with(json!({"aud": "https://other.example"})),
        with(json!({"exp": flow.now() - 300})),
        flow.assertion_by(Algorithm::Rs256, (party, BACKCHANNEL), json!({})),
        format!("{}.{payload}.", base64url(br#"{"alg":"none"}"#)),
        format!("{input}.{}", base64url(&forged)),
    ]
}

/// The request is signed by the one client and sent by the other.
pub(super) async fn fapi_ciba_id1_ensure_different_client_id_and_issuer_in_backchannel_authorization_request(
    module: Module,
) {
    let flow = Flow::open(&module).await;
    let (party, other) = (flow.party().await, flow.party().await);
    let object = flow.object(&party, json!({}));
    is_refused(&flow.send(&other, BACKCHANNEL, &[("request", &object)]).await);
    flow.begin(&party, json!({})).await;
}

/// The certificate is not that client's.
pub(super) async fn fapi_ciba_id1_ensure_wrong_client_id_in_backchannel_authorization_request(
    module: Module,
) {
    let flow = Flow::open(&module).await;
    let (party, other) = (flow.party().await, flow.party().await);
    is_refused(&ask(&flow, &party, &[("client_id", &other.id)]).await);
}

/// The certificate is not that client's.
pub(super) async fn fapi_ciba_id1_ensure_wrong_client_id_in_token_endpoint_request(module: Module) {
    let flow = Flow::open(&module).await;
    let (mut party, other) = (flow.party().await, flow.party().await);
    let auth_req_id = flow.begin(&party, json!({})).await;
    flow.approve(&mut party, &auth_req_id).await;
    let answer = fetch(&flow, &party, &auth_req_id, &[("client_id", &other.id)]).await;
    assert_eq!(error_of(&answer), "invalid_client");
    flow.tokens(&party, &flow.fetch(&party, &auth_req_id).await);
}
