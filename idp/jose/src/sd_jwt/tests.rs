use data_encoding::BASE64URL_NOPAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};

use super::*;
use crate::alg::Algorithm;
use crate::json::Map;
use crate::jws::{Header, Prepared};
use crate::key::{EcPublicKey, Jwk, PublicKey};
use crate::verifier::{P256Verifier, SignatureError};

const LIMIT: usize = 64 * 1024;
const NOW: i64 = 1_800_000_000;
const EXPECTATION: PresentationExpectation<'_> = PresentationExpectation {
    typ: "example+sd-jwt",
    audience: "https://idp.example",
    nonce: "n-1",
    now: NOW,
    max_age: 60,
    leeway: 5,
    limit: LIMIT,
};

fn issuer() -> SigningKey {
    SigningKey::from_slice(&[1; 32]).unwrap()
}

fn holder() -> SigningKey {
    SigningKey::from_slice(&[2; 32]).unwrap()
}

fn public(key: &SigningKey) -> EcPublicKey {
    EcPublicKey::from_sec1(key.verifying_key().to_sec1_point(false).as_bytes()).unwrap()
}

fn sign(key: &SigningKey, input: &[u8]) -> [u8; 64] {
    let signature: Signature = key.sign(input);
    signature.to_bytes().into()
}

fn map(value: Value) -> Map {
    let Value::Object(members) = value else {
        panic!("an object")
    };
    members
}

fn header() -> Header {
    Header::new(Algorithm::Es256).with_typ("example+sd-jwt")
}

fn cnf() -> Value {
    json!({"jwk": Jwk::new(public(&holder())).to_value()})
}

fn credential() -> String {
    let claims = json!({"token_id": "t", "cnf": cnf(), "exp": NOW + 10});
    let disclosures = vec![
        Disclosure::new([1; 16], "family_name", "Möbius"),
        Disclosure::new([2; 16], "age_over_18", true),
    ];
    let issuance = SdJwtIssuance::new(&header(), map(claims), disclosures).unwrap();
    let signature = sign(&issuer(), issuance.signing_input());
    issuance.complete(&signature)
}

/// An SD-JWT of any payload, signed as an issuer would, with these disclosures.
fn hand_made(mut payload: Value, disclosures: &[String]) -> String {
    payload["cnf"] = cnf();
    let prepared = Prepared::new(&header(), payload.to_string().as_bytes());
    let signature = sign(&issuer(), prepared.signing_input());
    let mut text = prepared.complete(&signature);
    text.push('~');
    for disclosure in disclosures {
        text.push_str(disclosure);
        text.push('~');
    }
    text
}

fn encoded(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

fn bind_with(sd_jwt: &str, header: &Header, change: impl Fn(&mut Value)) -> String {
    let mut payload = json!({
        "aud": EXPECTATION.audience, "nonce": EXPECTATION.nonce, "iat": NOW, "sd_hash": disclosure::digest(sd_jwt),
    });
    change(&mut payload);
    let prepared = Prepared::new(header, payload.to_string().as_bytes());
    let signature = sign(&holder(), prepared.signing_input());
    format!("{sd_jwt}{}", prepared.complete(&signature))
}

fn bind(sd_jwt: &str) -> String {
    bind_with(
        sd_jwt,
        &Header::new(Algorithm::Es256).with_typ(KEY_BINDING_TYP),
        |_| (),
    )
}

fn check(presentation: &str) -> Result<VerifiedSdJwt, SdJwtError> {
    verify(
        presentation,
        &P256Verifier,
        &PublicKey::P256(public(&issuer())),
        &EXPECTATION,
    )
}

fn check_payload(payload: Value, disclosures: &[String]) -> Result<VerifiedSdJwt, SdJwtError> {
    check(&bind(&hand_made(payload, disclosures)))
}

#[test]
fn issued_presented_verified() {
    let credential = SdJwt::parse(&credential(), LIMIT).unwrap();
    let names: Vec<_> = credential
        .disclosures()
        .filter_map(DisclosureView::name)
        .collect();
    assert_eq!(names, ["family_name", "age_over_18"]);
    assert_eq!(credential.peek_unverified_claims()["token_id"], "t");

    let prepared = credential.present(|name| name == "age_over_18").key_binding(
        EXPECTATION.audience,
        EXPECTATION.nonce,
        NOW - 3,
    );
    let signature = sign(&holder(), prepared.signing_input());
    let verified = check(&prepared.complete(&signature)).unwrap();
    assert_eq!(verified.claims, map(json!({"token_id": "t", "exp": NOW + 10})));
    assert_eq!(verified.disclosed, map(json!({"age_over_18": true})));
    assert_eq!(verified.cnf, public(&holder()));
    assert_eq!(verified.bound_at, NOW - 3);
}

#[test]
fn digests_are_sorted_and_named() {
    let text = credential();
    let payload = text.split('.').nth(1).unwrap();
    let payload: Value =
        serde_json::from_slice(&BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap();
    let digests: Vec<&str> = payload["_sd"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(digests.len(), 2);
    assert!(digests.is_sorted());
    assert_eq!(payload["_sd_alg"], "sha-256");
    assert!(!payload.to_string().contains("family_name"));
}

#[test]
fn an_issuer_cannot_misname_claims() {
    let refused = |claims: Value, names: &[&str]| {
        let disclosures = names
            .iter()
            .map(|name| Disclosure::new([1; 16], *name, 1))
            .collect();
        SdJwtIssuance::new(&header(), map(claims), disclosures)
            .map(|_| ())
            .unwrap_err()
    };
    assert_eq!(refused(json!({}), &["_sd"]), SdJwtError::ReservedName);
    assert_eq!(refused(json!({}), &["..."]), SdJwtError::ReservedName);
    assert_eq!(
        refused(json!({"a": [{"_sd": []}]}), &[]),
        SdJwtError::ReservedName
    );
    assert_eq!(refused(json!({}), &["exp"]), SdJwtError::HiddenValidity);
    assert_eq!(refused(json!({"a": 1}), &["a"]), SdJwtError::NameConflict);
    assert_eq!(refused(json!({}), &["a", "a"]), SdJwtError::NameConflict);
    let many: Vec<String> = (0..257).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(refused(json!({}), &many), SdJwtError::TooManyDisclosures);
}

#[test]
fn nested_objects_and_elements_are_put_back() {
    let street = encoded(&json!(["salt", "street", "Main"]));
    let city = encoded(&json!(["salt", "city", "Ulm"]));
    let address =
        encoded(&json!(["salt", "address", {"_sd": [disclosure::digest(&street)], "country": "DE"}]));
    let element = encoded(&json!(["salt", {"_sd": [disclosure::digest(&city)]}]));
    let payload = json!({
        "_sd": [disclosure::digest(&address), "decoy"],
        "list": [{"...": disclosure::digest(&element)}, {"...": "another decoy"}, 7],
    });
    let verified = check_payload(payload, &[street, city, address, element]).unwrap();
    assert_eq!(verified.claims, map(json!({"list": [{"city": "Ulm"}, 7]})));
    assert_eq!(
        verified.disclosed,
        map(json!({"address": {"country": "DE", "street": "Main"}}))
    );
}

#[test]
fn every_rule_on_digests_and_disclosures_holds() {
    let claim = encoded(&json!(["salt", "a", 1]));
    let element = encoded(&json!(["salt", 1]));
    let digest = disclosure::digest(&claim);
    let refused = |payload: Value, disclosures: &[&String]| {
        let disclosures: Vec<String> = disclosures.iter().map(|text| (*text).clone()).collect();
        check_payload(payload, &disclosures).unwrap_err()
    };
    assert_eq!(
        refused(json!({"_sd": []}), &[&claim]),
        SdJwtError::UnusedDisclosure
    );
    assert_eq!(
        refused(json!({"_sd": [digest]}), &[&claim, &claim]),
        SdJwtError::DuplicateDigest
    );
    assert_eq!(
        refused(json!({"_sd": [digest, digest]}), &[&claim]),
        SdJwtError::DuplicateDigest
    );
    assert_eq!(
        refused(json!({"_sd": ["d"], "b": {"_sd": ["d"]}}), &[]),
        SdJwtError::DuplicateDigest
    );
    assert_eq!(
        refused(json!({"_sd": [digest], "a": 1}), &[&claim]),
        SdJwtError::NameConflict
    );
    assert_eq!(refused(json!({"_sd": [1]}), &[]), SdJwtError::Digests);
    assert_eq!(refused(json!({"_sd": "d"}), &[]), SdJwtError::Digests);
    assert_eq!(refused(json!({"a": {"...": "d"}}), &[]), SdJwtError::Digests);
    assert_eq!(
        refused(json!({"a": [{"...": "d", "b": 1}]}), &[]),
        SdJwtError::Digests
    );
    assert_eq!(
        refused(json!({"a": [{"...": digest}]}), &[&claim]),
        SdJwtError::Disclosure
    );
    assert_eq!(
        refused(json!({"_sd": [disclosure::digest(&element)]}), &[&element]),
        SdJwtError::Disclosure
    );
    assert_eq!(
        refused(json!({"_sd_alg": "sha-384"}), &[]),
        SdJwtError::HashAlgorithm
    );
    assert_eq!(refused(json!({"_sd_alg": 1}), &[]), SdJwtError::HashAlgorithm);
}

#[test]
fn reserved_and_deciding_names_are_refused_in_disclosures() {
    for (name, error) in [
        ("_sd", SdJwtError::ReservedName),
        ("...", SdJwtError::ReservedName),
        ("_sd_alg", SdJwtError::ReservedName),
        ("exp", SdJwtError::HiddenValidity),
        ("cnf", SdJwtError::NameConflict),
        ("status", SdJwtError::HiddenValidity),
    ] {
        let claim = encoded(&json!(["salt", name, 1]));
        let payload = json!({"_sd": [disclosure::digest(&claim)]});
        assert_eq!(check_payload(payload, &[claim]).unwrap_err(), error, "{name}");
    }
}

#[test]
fn malformed_disclosures_are_refused() {
    for value in [
        json!(["s"]),
        json!([1, "a", 1]),
        json!(["s", 1, 1]),
        json!(["s", "a", 1, 1]),
        json!({}),
        json!(1),
    ] {
        assert_eq!(
            check_payload(json!({}), &[encoded(&value)]).unwrap_err(),
            SdJwtError::Disclosure,
            "{value}"
        );
    }
    let repeated = BASE64URL_NOPAD.encode(br#"["s","a",{"b":1,"b":2}]"#);
    assert_eq!(
        check_payload(json!({}), &[repeated]).unwrap_err(),
        SdJwtError::Disclosure
    );
    let padded = format!("{}=", encoded(&json!(["salt", 1])));
    assert_eq!(
        check_payload(json!({}), &[padded]).unwrap_err(),
        SdJwtError::Disclosure
    );
}

#[test]
fn depth_is_bounded_through_disclosures() {
    let mut disclosures = vec![encoded(&json!(["salt", "a", 1]))];
    for _ in 0..100 {
        let digest = disclosure::digest(disclosures.last().unwrap());
        disclosures.push(encoded(&json!(["salt", "a", {"_sd": [digest]}])));
    }
    let payload = json!({"_sd": [disclosure::digest(disclosures.last().unwrap())]});
    assert_eq!(
        check_payload(payload, &disclosures).unwrap_err(),
        SdJwtError::TooDeep
    );
}

#[test]
fn the_issuers_limits_hold() {
    let expired = check_payload(json!({"exp": NOW - 5}), &[]).unwrap_err();
    assert_eq!(expired, SdJwtError::IssuerClaim(JwtError::Expired));
    let early = check_payload(json!({"nbf": NOW + 6}), &[]).unwrap_err();
    assert_eq!(early, SdJwtError::IssuerClaim(JwtError::NotYetValid));
    assert!(check_payload(json!({"exp": NOW - 4, "nbf": NOW + 5}), &[]).is_ok());
}

#[test]
fn the_issuers_signature_and_type_are_checked() {
    let presentation = bind(&credential());
    let other = PublicKey::P256(public(&holder()));
    let refused = verify(&presentation, &P256Verifier, &other, &EXPECTATION).unwrap_err();
    assert_eq!(
        refused,
        SdJwtError::Issuer(JwsError::Signature(SignatureError::Invalid))
    );
    let key = PublicKey::P256(public(&issuer()));
    let expectation = PresentationExpectation {
        typ: "dc+sd-jwt",
        ..EXPECTATION
    };
    let refused = verify(&presentation, &P256Verifier, &key, &expectation).unwrap_err();
    assert_eq!(refused, SdJwtError::Issuer(JwsError::Type));
}

#[test]
fn every_rule_on_the_key_binding_holds() {
    let credential = credential();
    let header = Header::new(Algorithm::Es256).with_typ(KEY_BINDING_TYP);
    let refused = |change: fn(&mut Value)| check(&bind_with(&credential, &header, change)).unwrap_err();
    let claim = SdJwtError::KeyBindingClaim;
    assert!(check(&bind(&credential)).is_ok());
    assert_eq!(check(&credential).unwrap_err(), SdJwtError::KeyBindingMissing);
    assert_eq!(
        refused(|payload| payload["aud"] = json!("https://rp.example")),
        claim(JwtError::Mismatch("aud"))
    );
    assert_eq!(
        refused(|payload| payload["aud"] = json!([EXPECTATION.audience])),
        claim(JwtError::WrongType("aud"))
    );
    assert_eq!(
        refused(|payload| payload["nonce"] = json!("n-2")),
        claim(JwtError::Mismatch("nonce"))
    );
    assert_eq!(
        refused(|payload| payload["iat"] = json!(NOW - 66)),
        claim(JwtError::TooOld)
    );
    assert_eq!(
        refused(|payload| payload["iat"] = json!(NOW + 6)),
        claim(JwtError::NotYetValid)
    );
    assert_eq!(
        refused(|payload| payload["sd_hash"] = json!("AAAA")),
        SdJwtError::HashMismatch
    );
    for name in ["aud", "nonce", "iat", "sd_hash"] {
        let presentation = bind_with(&credential, &header, |payload| {
            payload.as_object_mut().unwrap().remove(name);
        });
        assert_eq!(check(&presentation).unwrap_err(), claim(JwtError::Missing(name)));
    }
    let untyped = bind_with(
        &credential,
        &Header::new(Algorithm::Es256).with_typ("JWT"),
        |_| (),
    );
    assert_eq!(
        check(&untyped).unwrap_err(),
        SdJwtError::KeyBinding(JwsError::Type)
    );
}

#[test]
fn withholding_after_binding_breaks_the_hash() {
    let presentation = bind(&credential());
    let mut pieces: Vec<&str> = presentation.split('~').collect();
    pieces.remove(1);
    assert_eq!(check(&pieces.join("~")).unwrap_err(), SdJwtError::HashMismatch);
}

#[test]
fn a_binding_by_another_key_is_refused() {
    let credential = credential();
    let prepared = SdJwt::parse(&credential, LIMIT)
        .unwrap()
        .present(|_| true)
        .key_binding(EXPECTATION.audience, EXPECTATION.nonce, NOW);
    let signature = sign(&issuer(), prepared.signing_input());
    let refused = check(&prepared.complete(&signature)).unwrap_err();
    assert_eq!(
        refused,
        SdJwtError::KeyBinding(JwsError::Signature(SignatureError::Invalid))
    );
}

#[test]
fn the_shape_and_the_limits_are_strict() {
    let credential = credential();
    let bound = bind(&credential);
    assert_eq!(SdJwt::parse(&bound, LIMIT).unwrap_err(), SdJwtError::Shape);
    assert_eq!(
        SdJwt::parse(&credential, 10).unwrap_err(),
        SdJwtError::TooLarge { limit: 10 }
    );
    assert_eq!(SdJwt::parse("", LIMIT).unwrap_err(), SdJwtError::Shape);
    assert_eq!(SdJwt::parse("~", LIMIT).unwrap_err(), SdJwtError::Shape);
    assert_eq!(
        check(&bound.replacen('~', "~~", 1)).unwrap_err(),
        SdJwtError::Shape
    );
    let many = format!("{}{}", credential, "a~".repeat(257));
    assert_eq!(
        SdJwt::parse(&many, LIMIT).unwrap_err(),
        SdJwtError::TooManyDisclosures
    );
}

#[test]
fn values_are_not_printed() {
    let shown = format!("{:?}", Disclosure::new([9; 16], "family_name", "Möbius"));
    assert_eq!(shown, "Disclosure(family_name)");
    let parsed = format!(
        "{:?}",
        SdJwt::parse(&credential(), LIMIT).unwrap().disclosures().next()
    );
    assert!(!parsed.contains("Möbius"));
    assert_eq!(
        format!("{:?}", check(&bind(&credential()))),
        "Ok(VerifiedSdJwt(..))"
    );
}
