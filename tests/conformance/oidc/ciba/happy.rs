//! Requests that are right, and how they end.

use serde_json::json;
use tests::ClientKey;

use super::answers::{acknowledged, error_of};
use super::flow::{BACKCHANNEL, Flow, GRANT, TOKEN};
use crate::suite::{Module, Variant};

/// What the first client asks for, and the second.
const CONTEXTS: [&str; 2] = [
    "urn:idtokenseal:acr:oob-low",
    "urn:idtokenseal:acr:oob-substantial",
];

/// Longer than a line, and with characters that a small screen may not have.
const AWKWARD: &str = "1234 \u{1f3e6} \u{202e}Überweisung an 株式会社, vingt-deux \u{20ac}, \u{25b6} and a good deal more of it than a phone shows";

/// CIBA 4, FAPI-CIBA 5.2.2.
pub(super) async fn fapi_ciba_id1_discovery_end_point_verification(module: Module) {
    let flow = Flow::open(&module).await;
    let provider = &flow.provider;
    let address = provider.metadata[BACKCHANNEL].as_str().expect("an address");
    assert!(address.starts_with("https://"), "{address}");
    let mode = if module.variant == Variant::Ping {
        "ping"
    } else {
        "poll"
    };
    let modes = "backchannel_token_delivery_modes_supported";
    assert!(provider.advertises(modes, mode));
    assert!(!provider.advertises(modes, "push"), "FAPI-CIBA 5.2.2");
    assert!(provider.advertises("grant_types_supported", GRANT));
    let algorithms = "backchannel_authentication_request_signing_alg_values_supported";
    assert!(provider.advertises(algorithms, "PS256") || provider.advertises(algorithms, "ES256"));
    assert!(!provider.advertises(algorithms, "none"));
    assert!(provider.metadata["backchannel_user_code_parameter_supported"].is_boolean());
    let methods = "token_endpoint_auth_methods_supported";
    assert!(
        provider.advertises(methods, "private_key_jwt") && provider.advertises(methods, "tls_client_auth")
    );
    assert_eq!(
        provider.metadata["tls_client_certificate_bound_access_tokens"],
        true
    );
}

/// Two clients, one after the other; neither can use what the other has, and nobody can use anything twice.
pub(super) async fn fapi_ciba_id1(module: Module) {
    let flow = Flow::open(&module).await;
    let mut first = flow.party_with(ClientKey::generate_rsa()).await;
    let mut second = flow.party().await;
    let auth_req_id = flow.begin(&first, json!({"acr_values": CONTEXTS[0]})).await;
    flow.waits(&first, &auth_req_id).await;
    flow.waits(&first, &auth_req_id).await;
    flow.approve(&mut first, &auth_req_id).await;
    let (tokens, id_token) = flow.tokens(&first, &flow.fetch(&first, &auth_req_id).await);
    is_one_of(id_token.text("acr"), &CONTEXTS[..1], &module);
    flow.resource(&tokens, Some(&first.certificate)).await.expect(200);

    let (others, other_id) = flow
        .complete(&mut second, json!({"acr_values": CONTEXTS[1]}))
        .await;
    is_one_of(other_id.text("acr"), &CONTEXTS[1..], &module);
    let stolen = flow.resource(&others, Some(&first.certificate)).await;
    assert_eq!(stolen.status, 401, "RFC 8705 3: {}", stolen.text());
    let bare = flow.resource(&others, None).await;
    assert_eq!(bare.status, 401, "RFC 8705 3: {}", bare.text());

    let again = flow.fetch(&first, &auth_req_id).await;
    assert_eq!(error_of(&again), "invalid_grant", "CIBA 11: used");
}

/// OIDC Core 3.1.2.1: `acr_values` is a wish.
fn is_one_of(acr: &str, wanted: &[&str], module: &Module) {
    if !wanted.contains(&acr) {
        module.warn(format!("acr is {acr}, and {wanted:?} was asked for"));
    }
}

pub(super) async fn fapi_ciba_id1_user_rejects_authentication(module: Module) {
    let flow = Flow::open(&module).await;
    let mut party = flow.party().await;
    let auth_req_id = flow.begin(&party, json!({})).await;
    flow.waits(&party, &auth_req_id).await;
    flow.decline(&mut party, &auth_req_id).await;
    let answer = flow.fetch(&party, &auth_req_id).await;
    assert_eq!(error_of(&answer), "access_denied");
}

/// Who asks again and again learns nothing new, and gets the tokens all the same.
pub(super) async fn fapi_ciba_id1_multiple_call_to_token_endpoint(module: Module) {
    let flow = Flow::open(&module).await;
    let mut party = flow.party().await;
    let auth_req_id = flow.begin(&party, json!({})).await;
    for _ in 0..20 {
        let error = error_of(&flow.fetch(&party, &auth_req_id).await);
        let known = ["authorization_pending", "slow_down"];
        assert!(known.contains(&error.as_str()), "{error}");
    }
    flow.approve(&mut party, &auth_req_id).await;
    flow.tokens(&party, &flow.fetch(&party, &auth_req_id).await);
}

pub(super) async fn fapi_ciba_id1_auth_req_id_expired(module: Module) {
    let flow = Flow::open(&module).await;
    let mut party = flow.party().await;
    let answer = flow.ask(&party, json!({"requested_expiry": 30})).await;
    let taken = acknowledged(&answer);
    assert!(taken.expires_in <= 30, "{}", taken.expires_in);
    flow.waits(&party, &taken.auth_req_id).await;
    flow.server.clock.advance(taken.expires_in + 1);
    party.is_told(&taken.auth_req_id).await;
    let answer = flow.fetch(&party, &taken.auth_req_id).await;
    assert_eq!(error_of(&answer), "expired_token");
}

/// CIBA 7.1: the phone shows it; the tokens come.
pub(super) async fn fapi_ciba_id1_ensure_authorization_request_with_binding_message_succeeds(module: Module) {
    let flow = Flow::open(&module).await;
    let mut party = flow.party().await;
    let auth_req_id = flow.begin(&party, json!({"binding_message": "1234"})).await;
    is_shown(&flow, "1234").await;
    flow.approve(&mut party, &auth_req_id).await;
    flow.tokens(&party, &flow.fetch(&party, &auth_req_id).await);
}

async fn is_shown(flow: &Flow, message: &str) {
    let asked = flow.phone.only().await;
    let shown = asked
        .binding_message
        .as_ref()
        .map(|shown| shown.as_str().to_owned());
    assert_eq!(shown.as_deref(), Some(message));
}

/// CIBA 7.1, 13: shown as it is, or refused by the code that is made for it.
pub(super) async fn fapi_ciba_id1_ensure_authorization_request_with_potentially_bad_binding_message(
    module: Module,
) {
    let flow = Flow::open(&module).await;
    let mut party = flow.party().await;
    let answer = flow.ask(&party, json!({"binding_message": AWKWARD})).await;
    if answer.status != 200 {
        assert_eq!(error_of(&answer), "invalid_binding_message");
        return;
    }
    let auth_req_id = acknowledged(&answer).auth_req_id;
    is_shown(&flow, AWKWARD).await;
    flow.approve(&mut party, &auth_req_id).await;
    flow.tokens(&party, &flow.fetch(&party, &auth_req_id).await);
}

pub(super) async fn fapi_ciba_id1_ensure_other_scope_order_succeeds(module: Module) {
    let flow = Flow::open(&module).await;
    let mut party = flow.party().await;
    flow.complete(&mut party, json!({"scope": "identity:name openid"}))
        .await;
}

/// CIBA 7.1.1: a JSON string or a JSON number.
pub(super) async fn fapi_ciba_id1_ensure_requested_expiry_as_string_succeeds(module: Module) {
    let flow = Flow::open(&module).await;
    let mut party = flow.party().await;
    let answer = flow.ask(&party, json!({"requested_expiry": "30"})).await;
    let taken = acknowledged(&answer);
    assert_eq!(
        taken.expires_in, 30,
        "the wish is within what the provider allows"
    );
    flow.approve(&mut party, &taken.auth_req_id).await;
    flow.tokens(&party, &flow.fetch(&party, &taken.auth_req_id).await);
}

/// CIBA 11: another client's, or nobody's.
pub(super) async fn fapi_ciba_id1_ensure_wrong_auth_req_id_in_token_endpoint_request(module: Module) {
    let flow = Flow::open(&module).await;
    let (mut party, other) = (flow.party().await, flow.party().await);
    let auth_req_id = flow.begin(&party, json!({})).await;
    flow.approve(&mut party, &auth_req_id).await;
    let foreign = flow.fetch(&other, &auth_req_id).await;
    assert_eq!(error_of(&foreign), "invalid_grant");
    let unknown = flow.fetch(&party, &format!("{auth_req_id}x")).await;
    assert_eq!(error_of(&unknown), "invalid_grant");
    flow.tokens(&party, &flow.fetch(&party, &auth_req_id).await);
}

/// RFC 6749 6, OIDC Core 12: new tokens about the same login, for the same client alone.
pub(super) async fn fapi_ciba_id1_refresh_token(module: Module) {
    let flow = Flow::open(&module).await;
    let (mut party, other) = (flow.party().await, flow.party().await);
    let scope = json!({"scope": "openid offline_access identity:name"});
    let (tokens, id_token) = flow.complete(&mut party, scope).await;
    let refresh = tokens.refresh().expect("a refresh token").to_owned();
    let pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
    ];
    let foreign = flow.send(&other, TOKEN, &pairs).await;
    assert_eq!(error_of(&foreign), "invalid_grant", "another client");
    flow.server.clock.advance(10);
    let (fresh, fresh_id) = flow.tokens(&party, &flow.send(&party, TOKEN, &pairs).await);
    for claim in ["iss", "sub", "aud", "auth_time"] {
        assert_eq!(fresh_id.claims[claim], id_token.claims[claim], "{claim}");
    }
    assert!(fresh_id.number("iat") > id_token.number("iat"));
    assert_ne!(fresh.access(), tokens.access());
    flow.resource(&fresh, Some(&party.certificate)).await.expect(200);
}

/// RFC 8705 3: tokens go with a certificate, and so does asking for them.
pub(super) async fn fapi_ciba_id1_ensure_mtls_holder_of_key_required(module: Module) {
    let flow = Flow::open(&module).await;
    let mut party = flow.party().await;
    let auth_req_id = flow.begin(&party, json!({})).await;
    flow.approve(&mut party, &auth_req_id).await;
    let assertion = flow.assertion(&party, TOKEN, json!({}));
    let mut pairs = vec![("grant_type", GRANT), ("auth_req_id", auth_req_id.as_str())];
    if module.variant == Variant::Certificate {
        pairs.push(("client_id", &party.id));
    } else {
        pairs.push(("client_assertion_type", super::flow::ASSERTION_TYPE));
        pairs.push(("client_assertion", &assertion));
    }
    let error = error_of(&flow.post(TOKEN, &pairs, None).await);
    let known = ["invalid_request", "invalid_client"];
    assert!(known.contains(&error.as_str()), "{error}");
    flow.tokens(&party, &flow.fetch(&party, &auth_req_id).await);
}
