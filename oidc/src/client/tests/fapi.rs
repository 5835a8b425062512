//! What FAPI allows of a registration.

use serde_json::{Value, json};

use super::{error, keys, made, object};
use crate::client::MetadataError;

/// FAPI 2.0 Security Profile 5.3.2 and 5.4.
#[test]
fn fapi_rules_hold() {
    let fine = json!({
        "profile": "fapi2", "token_endpoint_auth_method": "private_key_jwt", "jwks": keys(),
        "dpop_bound_access_tokens": true, "require_pushed_authorization_requests": true,
    });
    assert!(made(fine.clone()).unwrap().require_pkce);
    let cases = [
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("dpop_bound_access_tokens", json!(false)),
        ("require_pushed_authorization_requests", json!(false)),
        ("id_token_signed_response_alg", json!("RS256")),
        ("request_object_signing_alg", json!("RS256")),
    ];
    for (member, value) in cases {
        let mut changed = object(fine.clone());
        changed.insert(member.to_owned(), value);
        assert_eq!(error(Value::Object(changed)), MetadataError::Fapi(member));
    }
}

/// FAPI-CIBA 5.2.2.
#[test]
fn fapi_ciba_rules_hold() {
    let fine = json!({
        "profile": "fapi_ciba", "token_endpoint_auth_method": "private_key_jwt", "jwks": keys(), "redirect_uris": [],
        "grant_types": ["urn:openid:params:grant-type:ciba"], "backchannel_token_delivery_mode": "poll",
        "tls_client_certificate_bound_access_tokens": true,
    });
    let client = made(fine.clone()).unwrap();
    assert!(!client.require_pkce && !client.require_pushed_authorization_requests);
    let cases = [
        (
            "grant_types",
            json!(["authorization_code", "urn:openid:params:grant-type:ciba"]),
        ),
        ("token_endpoint_auth_method", json!("client_secret_post")),
        ("tls_client_certificate_bound_access_tokens", json!(false)),
        ("backchannel_authentication_request_signing_alg", json!("RS256")),
    ];
    for (member, value) in cases {
        let mut changed = object(fine.clone());
        changed.insert(member.to_owned(), value);
        changed.insert("redirect_uris".to_owned(), json!(["https://rp.example/cb"]));
        let refused = error(Value::Object(changed));
        assert!(matches!(refused, MetadataError::Fapi(_)), "{member}: {refused}");
    }
    let mut unsigned = object(fine);
    unsigned.remove("jwks");
    unsigned.insert("token_endpoint_auth_method".to_owned(), json!("tls_client_auth"));
    unsigned.insert("tls_client_auth_subject_dn".to_owned(), json!("CN=till"));
    let missing = MetadataError::Missing("jwks", "backchannel_token_delivery_mode");
    assert_eq!(error(Value::Object(unsigned)), missing);
}
