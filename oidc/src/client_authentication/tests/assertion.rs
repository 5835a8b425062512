//! The claims of an assertion.

use idp_jose::jws::{self, Expectation};
use idp_jose::jwt::Claims;
use idp_jose::{Algorithm, PublicKey, SignatureError, Verifier};
use idp_types::Timestamp;
use serde_json::{Value, json};

use super::super::*;
use super::{client, jwt, key};
use crate::client::{ClientProfile, SigningAlgorithm};

const ISSUER: &str = "https://op.example";
const NOW: i64 = 1_700_000_000;

/// Any signature is good: signatures are the shell's and the flow tests' subject.
struct Trusting;

impl Verifier for Trusting {
    fn verify(&self, _: Algorithm, _: &PublicKey, _: &[u8], _: &[u8]) -> Result<(), SignatureError> {
        Ok(())
    }
}

fn claims(value: &Value) -> Claims {
    let text = jwt(value);
    let expectation = Expectation {
        algorithms: &Algorithm::ALL,
        typ: "JWT",
    };
    let parsed = jws::parse(&text, ASSERTION_LIMIT).unwrap();
    let verified = parsed
        .verify_untyped(&Trusting, &key().key, &expectation)
        .unwrap();
    Claims::from_verified(&verified).unwrap()
}

fn good() -> Value {
    json!({"iss": "client", "sub": "client", "aud": ISSUER, "exp": NOW + 60, "jti": "one"})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = good();
    match value {
        Value::Null => claims.as_object_mut().unwrap().remove(name),
        value => claims.as_object_mut().unwrap().insert(name.to_owned(), value),
    };
    claims
}

fn checked(value: &Value) -> Result<CheckedAssertion, OAuthError> {
    check_assertion(
        &claims(value),
        &client(),
        &[ISSUER],
        Timestamp::from_unix_seconds(NOW),
    )
}

#[test]
fn rfc7523_3_every_claim_of_an_assertion() {
    assert_eq!(checked(&good()).unwrap().id, "one");
    let refused = [
        ("iss", Value::Null),
        ("iss", json!("other")),
        ("sub", json!("other")),
        ("sub", Value::Null),
        ("aud", Value::Null),
        ("exp", Value::Null),
        ("exp", json!(NOW - 300)),
        ("exp", json!(NOW + ASSERTION_SECONDS + 1)),
        ("nbf", json!(NOW + 60)),
        ("iat", json!(NOW + 60)),
        ("jti", Value::Null),
        ("jti", json!("")),
        ("jti", json!("x".repeat(257))),
    ];
    for (name, value) in refused {
        let error = checked(&with(name, value.clone())).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidClient, "{name} {value}");
    }
    for (name, value) in [
        ("nbf", json!(NOW + 8)),
        ("iat", json!(NOW - 4000)),
        ("exp", json!(NOW - 5)),
    ] {
        assert!(checked(&with(name, value.clone())).is_ok(), "{name} {value}");
    }
}

/// FAPI 2.0 final; `par-test-array-as-audience-fails` and its siblings.
#[test]
fn the_audience_is_the_issuer_as_a_string() {
    for audience in [
        json!([ISSUER]),
        json!(format!("{ISSUER}/oidc/token")),
        json!(format!("{ISSUER}/oidc/par")),
        json!(format!("{ISSUER}/")),
        json!(7),
    ] {
        assert!(checked(&with("aud", audience.clone())).is_err(), "{audience}");
    }
}

/// CIBA 7.1: "the OP MUST accept its Issuer Identifier, Token Endpoint URL, or Backchannel Authentication Endpoint URL".
#[test]
fn ciba_7_1_a_fapi_ciba_client_may_name_the_endpoint() {
    let till = Client {
        profile: ClientProfile::FapiCiba,
        ..client()
    };
    let accepted = |audience: Value| {
        let claims = claims(&with("aud", audience));
        check_assertion(&claims, &till, &[ISSUER], Timestamp::from_unix_seconds(NOW)).is_ok()
    };
    for path in ["", "/oidc/token", "/oidc/ciba"] {
        assert!(accepted(json!(format!("{ISSUER}{path}"))), "{path}");
    }
    for path in ["/", "/oidc/par", "/oidc/token/", ".evil.example/oidc/token"] {
        assert!(!accepted(json!(format!("{ISSUER}{path}"))), "{path}");
    }
    assert!(!accepted(json!([format!("{ISSUER}/oidc/token")])), "an array");
}

#[test]
fn fapi2_5_4_1_rs256_is_not_among_the_algorithms() {
    let fapi = Client {
        profile: ClientProfile::Fapi2,
        ..client()
    };
    assert!(!algorithms(&fapi).contains(&Algorithm::Rs256));
    assert!(algorithms(&client()).contains(&Algorithm::Rs256));
    let one = Client {
        token_endpoint_auth_signing_alg: Some(SigningAlgorithm::EdDsa),
        ..client()
    };
    assert_eq!(algorithms(&one), [Algorithm::EdDsa]);
}
