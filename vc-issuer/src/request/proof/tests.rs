use idp_jose::jws::Prepared;
use idp_jose::{P256Verifier, PublicKey};
use idp_types::encoding::base64url;
use serde_json::{Value, json};

use super::*;
use crate::format::tests::{NOW, public, sign};

const IDENTIFIER: &str = "https://seal.example";

fn nonce() -> Nonce {
    Nonce::new([9; 16])
}

fn header(seed: u8) -> Header {
    Header::new(Algorithm::Es256)
        .with_typ(TYP)
        .with("jwk", Jwk::new(public(seed)).to_value())
}

fn claims() -> Value {
    json!({"aud": IDENTIFIER, "iat": NOW, "nonce": nonce().as_str()})
}

fn signed(seed: u8, header: &Header, claims: &Value) -> String {
    let prepared = Prepared::new(header, claims.to_string().as_bytes());
    let signature = sign(seed, prepared.signing_input());
    prepared.complete(&signature)
}

fn proof(seed: u8) -> String {
    signed(seed, &header(seed), &claims())
}

fn expected() -> Expected<'static> {
    Expected {
        identifier: IDENTIFIER,
        client_id: Some("wallet"),
        verifier: &P256Verifier,
        trust: &|_| Some(PublicKey::P256(public(50))),
        attestation: None,
        batch_size: 3,
        now: NOW,
    }
}

fn checked(proofs: Vec<String>) -> Result<CheckedProofs, CredentialError> {
    check(&Proofs::Jwt(proofs), &expected())
}

fn code(result: Result<CheckedProofs, CredentialError>) -> ErrorCode {
    result.map(|_| ()).unwrap_err().code
}

#[test]
fn a_batch_gives_each_key_once_under_one_nonce() {
    let batch = checked(vec![proof(2), proof(3)]).unwrap();
    assert_eq!(batch.keys, [Jwk::new(public(2)), Jwk::new(public(3))]);
    assert_eq!(batch.nonce, nonce());
    assert_eq!(code(checked(vec![proof(2), proof(2)])), ErrorCode::InvalidProof);
    let mut other = claims();
    other["nonce"] = Nonce::new([8; 16]).as_str().into();
    let mixed = checked(vec![proof(2), signed(3, &header(3), &other)]);
    assert_eq!(code(mixed), ErrorCode::InvalidNonce);
}

#[test]
fn claims_that_are_not_for_us_now_are_refused() {
    let changes: [(&str, Value, ErrorCode); 9] = [
        ("aud", "https://other.example".into(), ErrorCode::InvalidProof),
        ("aud", Value::Null, ErrorCode::InvalidProof),
        ("iat", (NOW - 3600).into(), ErrorCode::InvalidProof),
        ("iat", (NOW + 3600).into(), ErrorCode::InvalidProof),
        ("iss", "other".into(), ErrorCode::InvalidProof),
        ("exp", (NOW - 100).into(), ErrorCode::InvalidProof),
        ("nonce", Value::Null, ErrorCode::InvalidProof),
        ("nonce", "short".into(), ErrorCode::InvalidNonce),
        ("nonce", 5.into(), ErrorCode::InvalidProof),
    ];
    for (name, value, expected) in changes {
        let mut claims = claims();
        claims[name] = value.clone();
        assert_eq!(
            code(checked(vec![signed(2, &header(2), &claims)])),
            expected,
            "{name} {value}"
        );
    }
    let mut named = claims();
    named["iss"] = "wallet".into();
    assert!(checked(vec![signed(2, &header(2), &named)]).is_ok());
    let mut nonceless = claims();
    nonceless.as_object_mut().unwrap().remove("nonce");
    assert_eq!(
        code(checked(vec![signed(2, &header(2), &nonceless)])),
        ErrorCode::InvalidProof
    );
}

#[test]
fn headers_that_prove_nothing_are_refused() {
    let mut private = Jwk::new(public(2)).to_value();
    private["d"] = "AA".into();
    let did = format!(
        "did:jwk:{}",
        base64url(Jwk::new(public(2)).to_value().to_string().as_bytes())
    );
    let plain = Header::new(Algorithm::Es256).with_typ(TYP);
    for wrong in [
        plain.clone(),
        plain.clone().with("jwk", private),
        header(2).with_kid(did.clone()),
        header(2).with("x5c", json!(["AA=="])),
        header(2).with_typ("JWT"),
        plain.clone().with_kid("did:web:other.example"),
        Header::new(Algorithm::EdDsa)
            .with_typ(TYP)
            .with("jwk", Jwk::new(public(2)).to_value()),
    ] {
        assert_eq!(
            code(checked(vec![signed(2, &wrong, &claims())])),
            ErrorCode::InvalidProof,
            "{wrong:?}"
        );
    }
    assert!(checked(vec![signed(2, &plain.with_kid(did), &claims())]).is_ok());
    assert_eq!(
        code(checked(vec![signed(3, &header(2), &claims())])),
        ErrorCode::InvalidProof
    );
}

#[test]
fn none_and_symmetric_algorithms_are_refused() {
    for alg in ["none", "HS256"] {
        let jwk = Jwk::new(public(2)).to_value();
        let header = json!({"alg": alg, "typ": TYP, "jwk": jwk}).to_string();
        let body = claims().to_string();
        let proof = format!(
            "{}.{}.AAAA",
            base64url(header.as_bytes()),
            base64url(body.as_bytes())
        );
        assert_eq!(code(checked(vec![proof])), ErrorCode::InvalidProof, "{alg}");
    }
}

fn attestation(seed: u8, change: impl Fn(&mut Value)) -> String {
    let keys: Vec<Value> = [2, 3].map(|seed| Jwk::new(public(seed)).to_value()).to_vec();
    let mut claims = json!({
        "iat": NOW, "exp": NOW + 600, "attested_keys": keys, "nonce": nonce().as_str(),
        "key_storage": ["iso_18045_high"], "user_authentication": ["iso_18045_high"],
    });
    change(&mut claims);
    let header = Header::new(Algorithm::Es256).with_typ("key-attestation+jwt");
    signed(seed, &header, &claims)
}

#[test]
fn attested_keys_are_each_worth_a_credential() {
    let alone = check(&Proofs::Attestation(attestation(50, |_| {})), &expected()).unwrap();
    assert_eq!(alone.keys.len(), 2);
    let with_attestation = header(2).with("key_attestation", attestation(50, |_| {}));
    let within = checked(vec![signed(2, &with_attestation, &claims())]).unwrap();
    assert_eq!(within.keys, alone.keys);
    let stranger = header(4).with("key_attestation", attestation(50, |_| {}));
    assert_eq!(
        code(checked(vec![signed(4, &stranger, &claims())])),
        ErrorCode::InvalidProof
    );
}

#[test]
fn attestations_of_others_over_or_too_weak_are_refused() {
    let refused = |text| code(check(&Proofs::Attestation(text), &expected()));
    assert_eq!(refused(attestation(51, |_| {})), ErrorCode::InvalidProof);
    assert_eq!(
        refused(attestation(50, |claims| claims["exp"] = (NOW - 100).into())),
        ErrorCode::InvalidProof
    );
    assert_eq!(
        refused(attestation(50, |claims| claims["attested_keys"] = json!([]))),
        ErrorCode::InvalidProof
    );
    assert_eq!(
        refused(attestation(50, |claims| claims["nonce"] = Value::from("x"))),
        ErrorCode::InvalidNonce
    );
    let mut strict = expected();
    strict.attestation = Some(Requirements {
        key_storage: &["iso_18045_high"],
        user_authentication: &[],
    });
    assert!(check(&Proofs::Attestation(attestation(50, |_| {})), &strict).is_ok());
    let weak = attestation(50, |claims| claims["key_storage"] = json!(["iso_18045_basic"]));
    assert_eq!(
        code(check(&Proofs::Attestation(weak), &strict)),
        ErrorCode::InvalidProof
    );
    let bare = check(&Proofs::Jwt(vec![proof(2)]), &strict);
    assert_eq!(
        code(bare),
        ErrorCode::InvalidProof,
        "a required attestation is missing"
    );
}

#[test]
fn nothing_is_issued_without_a_proof_or_beyond_the_batch() {
    assert_eq!(code(check(&Proofs::None, &expected())), ErrorCode::InvalidProof);
    let many = (2..6).map(proof).collect();
    assert_eq!(code(checked(many)), ErrorCode::InvalidCredentialRequest);
}
