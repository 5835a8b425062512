//! Request objects. The signature primitive is injected everywhere; here it accepts one signature and no other.

use idp_jose::{Algorithm, EcPublicKey, Jwk, JwkSet, PublicKey, SignatureError, Verifier};
use idp_types::Timestamp;
use idp_types::encoding::base64url;
use serde_json::{Value, json};

use super::{client, parameters};
use crate::authorize::request_object::{Circumstances, merge};
use crate::client::{Client, ClientProfile, SigningAlgorithm};
use crate::error::ErrorCode;
use crate::parameters::Parameters;

const NOW: i64 = 1_768_435_200;
const ISSUER: &str = "https://seal.example";

struct OneSignature;

impl Verifier for OneSignature {
    fn verify(&self, _: Algorithm, _: &PublicKey, _: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        (signature == b"good")
            .then_some(())
            .ok_or(SignatureError::Invalid)
    }
}

fn keys() -> JwkSet {
    let secret = idp_jose::jwe::EcdhSecretKey::from_scalar(&[7; 32]).unwrap();
    let key: EcPublicKey = secret.public_key().clone();
    JwkSet::new(vec![Jwk {
        kid: Some("a".to_owned()),
        ..Jwk::new(key)
    }])
}

fn object(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let part = |value: &Value| base64url(value.to_string().as_bytes());
    format!("{}.{}.{}", part(header), part(claims), base64url(signature))
}

/// Good claims with some changed; null removes one.
fn claims(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": "bar-le-central", "aud": ISSUER, "client_id": "bar-le-central", "exp": NOW + 300, "nbf": NOW, "iat": NOW,
        "response_type": "code", "redirect_uri": "https://bar.example/callback", "scope": "openid",
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
        .as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    claims
}

fn header() -> Value {
    json!({"alg": "ES256", "kid": "a", "typ": "oauth-authz-req+jwt"})
}

fn opened(client: &Client, object: &str) -> Result<Parameters, ErrorCode> {
    let circumstances = Circumstances {
        verifier: &OneSignature,
        keys: &keys(),
        issuer: ISSUER,
        now: Timestamp::from_unix_seconds(NOW),
    };
    let beside = parameters(&[("nonce", "beside"), ("scope", "openid identity:name")]);
    merge(&beside, object, client, circumstances).map_err(|error| error.code)
}

fn with(client: &Client, changes: &Value) -> Result<Parameters, ErrorCode> {
    opened(client, &object(&header(), &claims(changes), b"good"))
}

fn fapi() -> Client {
    let mut client = client();
    client.profile = ClientProfile::Fapi2;
    client
}

const INVALID: ErrorCode = ErrorCode::InvalidRequestObject;

#[test]
fn oidc_core_6_1_members_outweigh_the_parameters_beside_them() {
    let merged = with(
        &client(),
        &json!({"max_age": 60, "resource": ["https://a/", "https://b/"], "claims": {"id_token": {}}}),
    )
    .unwrap();
    assert_eq!(merged.text("scope"), Some("openid"));
    assert_eq!(
        merged.text("nonce"),
        Some("beside"),
        "what the object leaves open is filled"
    );
    assert_eq!(merged.text("max_age"), Some("60"));
    assert_eq!(
        merged.all("resource").collect::<Vec<_>>(),
        ["https://a/", "https://b/"]
    );
    assert_eq!(merged.text("claims"), Some(r#"{"id_token":{}}"#));
    assert!(!merged.has("iss") && !merged.has("exp") && !merged.has("request"));
}

#[test]
fn rfc9101_6_3_of_clients_that_must_sign_only_the_members_count() {
    for strict in [
        fapi(),
        Client {
            require_signed_request_object: true,
            ..client()
        },
    ] {
        let merged = with(&strict, &json!({})).unwrap();
        assert_eq!(merged.text("nonce"), None);
        assert_eq!(merged.text("state"), None);
        assert_eq!(merged.text("client_id"), Some("bar-le-central"));
    }
}

#[test]
fn rfc9101_6_2_the_signature_is_the_clients() {
    let good = claims(&json!({}));
    assert_eq!(
        opened(&client(), &object(&header(), &good, b"evil")).unwrap_err(),
        INVALID
    );
    let unknown = json!({"alg": "ES256", "kid": "b"});
    assert_eq!(
        opened(&client(), &object(&unknown, &good, b"good")).unwrap_err(),
        INVALID
    );
    let other_type = json!({"alg": "ES256", "kid": "a", "typ": "at+jwt"});
    assert_eq!(
        opened(&client(), &object(&other_type, &good, b"good")).unwrap_err(),
        INVALID
    );
    for typ in [json!({"alg": "ES256"}), json!({"alg": "ES256", "typ": "JWT"})] {
        assert!(opened(&client(), &object(&typ, &good, b"good")).is_ok(), "{typ}");
    }
    for nonsense in ["", "a.b", "a.b.c", "....", &"a".repeat(40_000)] {
        assert_eq!(opened(&client(), nonsense).unwrap_err(), INVALID);
    }
}

#[test]
fn oidc_core_3_1_2_6_an_unsigned_object_is_refused_never_ignored() {
    let unsigned = object(&json!({"alg": "none"}), &claims(&json!({})), b"");
    assert_eq!(
        opened(&client(), &unsigned).unwrap_err(),
        ErrorCode::RequestNotSupported
    );
    assert_eq!(opened(&fapi(), &unsigned).unwrap_err(), INVALID);
}

#[test]
fn oidc_registration_2_the_registered_algorithm_alone() {
    let mut strict = client();
    strict.request_object_signing_alg = Some(SigningAlgorithm::Ps256);
    assert_eq!(with(&strict, &json!({})).unwrap_err(), INVALID);
    strict.request_object_signing_alg = Some(SigningAlgorithm::Es256);
    assert!(with(&strict, &json!({})).is_ok());
}

#[test]
fn rfc9101_4_issuer_audience_and_times() {
    for bad in [
        json!({"iss": null}),
        json!({"iss": "other"}),
        json!({"aud": null}),
        json!({"aud": "https://other.example"}),
        json!({"exp": NOW}),
        json!({"exp": "soon"}),
        json!({"nbf": NOW + 61}),
        json!({"iat": NOW + 61}),
        json!({"sub": "bar-le-central"}),
    ] {
        assert_eq!(with(&client(), &bad).unwrap_err(), INVALID, "{bad}");
    }
    for good in [
        json!({"aud": ["https://other.example", ISSUER]}),
        json!({"exp": null, "nbf": null, "iat": null}),
        json!({"nbf": NOW + 8, "iat": NOW + 8}),
        json!({"exp": NOW + 86_400}),
    ] {
        assert!(with(&client(), &good).is_ok(), "{good}");
    }
}

#[test]
fn fapi2_message_signing_5_3_1_objects_are_young_and_short_lived() {
    for bad in [
        json!({"exp": null}),
        json!({"nbf": null}),
        json!({"exp": NOW + 4200}),
        json!({"nbf": NOW - 3601, "exp": NOW + 10}),
        json!({"nbf": NOW - 1800, "exp": NOW + 1900}),
        json!({"nbf": NOW + 61}),
    ] {
        assert_eq!(with(&fapi(), &bad).unwrap_err(), INVALID, "{bad}");
    }
    assert!(with(&fapi(), &json!({"nbf": NOW + 8, "exp": NOW + 308})).is_ok());
    assert!(with(&fapi(), &json!({"nbf": NOW - 1800, "exp": NOW + 1800})).is_ok());
}

#[test]
fn rfc9101_5_who_asks_is_the_same_inside_and_beside() {
    for bad in [
        json!({"client_id": "other"}),
        json!({"client_id": 7}),
        json!({"response_type": "token"}),
        json!({"request": "x"}),
        json!({"request_uri": "urn:x"}),
        json!({"scope": true}),
    ] {
        assert_eq!(with(&client(), &bad).unwrap_err(), INVALID, "{bad}");
    }
    assert!(with(&client(), &json!({"client_id": null})).is_ok());
}
