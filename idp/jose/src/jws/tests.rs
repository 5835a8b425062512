use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::json;

use super::*;
use crate::key::EcPublicKey;
use crate::verifier::P256Verifier;

const LIMIT: usize = 4096;
const EXPECTATION: Expectation<'_> = Expectation {
    algorithms: &[Algorithm::Es256],
    typ: "at+jwt",
};

fn pair() -> (SigningKey, PublicKey) {
    let signing = SigningKey::from_slice(&[7; 32]).unwrap();
    let point = signing.verifying_key().to_sec1_point(false);
    (
        signing,
        PublicKey::P256(EcPublicKey::from_sec1(point.as_bytes()).unwrap()),
    )
}

fn signed(header: &serde_json::Value, payload: &[u8]) -> String {
    let input = format!(
        "{}.{}",
        BASE64URL_NOPAD.encode(header.to_string().as_bytes()),
        BASE64URL_NOPAD.encode(payload)
    );
    let signature: Signature = pair().0.sign(input.as_bytes());
    format!("{input}.{}", BASE64URL_NOPAD.encode(&signature.to_bytes()))
}

fn verify(compact: &str) -> Result<Verified, JwsError> {
    parse(compact, LIMIT)?.verify(&P256Verifier, &pair().1, &EXPECTATION)
}

#[test]
fn prepared_completed_parsed_verified() {
    let (signing, _) = pair();
    let header = Header::new(Algorithm::Es256)
        .with_kid("k\"1")
        .with_typ("at+jwt")
        .with("x5c", json!(["AA"]));
    let prepared = Prepared::new(&header, br#"{"sub":"a"}"#);
    let signature: Signature = signing.sign(prepared.signing_input());
    let capacity = prepared.signing_input().len() + 87;
    let compact = prepared.complete(&signature.to_bytes());
    assert_eq!(compact.len(), capacity);
    assert_eq!(
        compact.capacity(),
        capacity,
        "one allocation, exactly as large as the token"
    );

    let verified = verify(&compact).unwrap();
    assert_eq!(verified.header(), &header);
    assert_eq!(verified.claims().unwrap()["sub"], "a");
}

#[test]
fn reserved_members_cannot_be_smuggled_into_a_header() {
    let header = Header::new(Algorithm::Es256)
        .with("alg", "none")
        .with("crit", json!(["b64"]))
        .with("b64", false);
    let compact = Prepared::new(&header, b"{}").complete(&[1; 64]);
    assert_eq!(
        parse(&compact, LIMIT).unwrap().header(),
        &Header::new(Algorithm::Es256)
    );
}

#[test]
fn type_is_compared_as_a_media_type() {
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        assert!(
            verify(&signed(&json!({"alg": "ES256", "typ": typ}), b"{}")).is_ok(),
            "{typ}"
        );
    }
    for header in [
        json!({"alg": "ES256"}),
        json!({"alg": "ES256", "typ": "JWT"}),
        json!({"alg": "ES256", "typ": "text/at+jwt"}),
        json!({"alg": "ES256", "typ": "application/application/at+jwt"}),
    ] {
        assert_eq!(verify(&signed(&header, b"{}")), Err(JwsError::Type), "{header}");
    }
}

#[test]
fn a_format_without_type_still_refuses_other_types() {
    let untyped = |header| {
        let compact = signed(&header, b"{}");
        parse(&compact, LIMIT)
            .unwrap()
            .verify_untyped(&P256Verifier, &pair().1, &EXPECTATION)
            .map(|_| ())
    };
    assert_eq!(untyped(json!({"alg": "ES256"})), Ok(()));
    assert_eq!(untyped(json!({"alg": "ES256", "typ": "jwt"})), Ok(()));
    assert_eq!(untyped(json!({"alg": "ES256", "typ": "at+jwt"})), Ok(()));
    assert_eq!(
        untyped(json!({"alg": "ES256", "typ": "dpop+jwt"})),
        Err(JwsError::Type)
    );
}

#[test]
fn headers_that_change_the_rules_are_refused() {
    let refused = |header: serde_json::Value| verify(&signed(&header, b"{}")).unwrap_err();
    assert_eq!(
        refused(json!({"alg": "none", "typ": "at+jwt"})),
        JwsError::Algorithm
    );
    assert_eq!(
        refused(json!({"alg": "HS256", "typ": "at+jwt"})),
        JwsError::Algorithm
    );
    assert_eq!(
        refused(json!({"alg": "RS256", "typ": "at+jwt"})),
        JwsError::Algorithm
    );
    assert_eq!(refused(json!({"typ": "at+jwt"})), JwsError::HeaderMember("alg"));
    assert_eq!(
        refused(json!({"alg": "ES256", "typ": 1})),
        JwsError::HeaderMember("typ")
    );
    assert_eq!(
        refused(json!({"alg": "ES256", "crit": ["exp"]})),
        JwsError::Critical
    );
    assert_eq!(refused(json!({"alg": "ES256", "crit": []})), JwsError::Critical);
    assert_eq!(
        refused(json!({"alg": "ES256", "b64": false})),
        JwsError::Unencoded
    );
}

#[test]
fn the_places_where_a_key_could_come_from_are_dropped() {
    let header =
        json!({"alg": "ES256", "typ": "at+jwt", "jku": "https://a.example", "x5u": "https://a.example"});
    assert!(verify(&signed(&header, b"{}")).unwrap().header().extra.is_empty());
}

#[test]
fn repeated_members_are_refused_in_header_and_payload() {
    let repeated = BASE64URL_NOPAD.encode(br#"{"alg":"ES256","alg":"ES256"}"#);
    let header = parse(&format!("{repeated}.e30.AA"), LIMIT)
        .map(|_| ())
        .unwrap_err();
    assert_eq!(header, JwsError::HeaderJson(JsonError::DuplicateMember));
    let payload = signed(&json!({"alg": "ES256", "typ": "at+jwt"}), br#"{"a":1,"a":2}"#);
    let claims = verify(&payload).unwrap().claims();
    assert_eq!(claims, Err(JwsError::PayloadJson(JsonError::DuplicateMember)));
}

#[test]
fn only_the_canonical_shape_is_read() {
    let good = signed(&json!({"alg": "ES256", "typ": "at+jwt"}), b"{}");
    let refused = |text: &str| parse(text, LIMIT).map(|_| ()).unwrap_err();
    assert_eq!(
        parse(&good, 10).map(|_| ()),
        Err(JwsError::TooLarge { limit: 10 })
    );
    for text in ["", ".", "..", "a.b", "a.b.c.d", "e30.e30.", &format!("{good}.")] {
        assert_eq!(refused(text), JwsError::Shape, "{text}");
    }
    assert_eq!(refused(&format!("{good}=")), JwsError::Base64);
    assert_eq!(refused(&format!("{good}\n")), JwsError::Base64);
    // 64 bytes leave four unused bits in the last character; set one of them.
    let (start, last) = good.split_at(good.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let next = alphabet
        .find(last)
        .map(|index| &alphabet[index + 1..index + 2])
        .unwrap();
    assert_eq!(refused(&format!("{start}{next}")), JwsError::Base64);
}

#[test]
fn a_changed_payload_or_another_key_is_refused() {
    let good = signed(&json!({"alg": "ES256", "typ": "at+jwt"}), b"{}");
    let (input, signature) = good.rsplit_once('.').unwrap();
    let (header, _) = input.split_once('.').unwrap();
    let changed = format!("{header}.e30K.{signature}");
    assert_eq!(
        verify(&changed),
        Err(JwsError::Signature(SignatureError::Invalid))
    );
}
