//! One entry for each parser, for the fuzz crate and the never-panic properties. Not part of the API.

use crate::jwe;
use crate::key::{EcPublicKey, Ed25519PublicKey, Jwk, JwkSet, RsaPublicKey};
use crate::sd_jwt::{DisclosureView, PresentationExpectation, SdJwt};
use crate::status_list::{StatusList, StatusReference};
use crate::{Algorithm, P256Verifier, PublicKey, ecdsa_signature_to_raw, json, jws, jwt, sd_jwt};

const LIMIT: usize = 64 * 1024;

/// JSON without repeated members.
pub fn json(data: &[u8]) {
    let _ = json::parse(data, LIMIT);
}

/// A JWK; what was read must be written as it is read.
pub fn jwk(data: &[u8]) {
    if let Ok(key) = Jwk::parse(data) {
        let again = Jwk::from_value(&key.to_value());
        assert_eq!(again.as_ref(), Ok(&key));
        let _ = key.thumbprint();
    }
}

/// A JWK set; what was read must be written as it is read, and a key must be found by its name.
pub fn jwk_set(data: &[u8]) {
    let Ok(set) = JwkSet::parse(data, LIMIT) else {
        return;
    };
    assert_eq!(JwkSet::from_value(&set.to_value()).as_ref(), Ok(&set));
    for algorithm in Algorithm::ALL {
        let _ = set.find(None, algorithm);
        for key in set.keys().iter().filter(|key| key.may_verify(algorithm)) {
            let found = key
                .kid
                .as_deref()
                .map(|kid| set.find(Some(kid), algorithm).is_some());
            assert_ne!(found, Some(false));
        }
    }
}

/// P-256 points, `SubjectPublicKeyInfo` in DER and PEM, RSA components, Ed25519 points.
pub fn keys(data: &[u8]) {
    let _ = Ed25519PublicKey::from_bytes(data);
    let _ = EcPublicKey::from_sec1(data);
    if let Ok(key) = EcPublicKey::from_spki_der(data) {
        assert_eq!(EcPublicKey::from_spki_pem(&key.to_spki_pem()).as_ref(), Ok(&key));
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = EcPublicKey::from_spki_pem(text);
    }
    let (modulus, exponent) = data.split_at(data.len().saturating_sub(3));
    if let Ok(key) = RsaPublicKey::from_components(modulus, exponent) {
        assert_eq!(
            RsaPublicKey::from_pkcs1_der(&key.to_pkcs1_der()).as_ref(),
            Ok(&key)
        );
    }
    let _ = RsaPublicKey::from_pkcs1_der(data);
}

/// ECDSA signatures, raw or DER.
pub fn ecdsa_signature(data: &[u8]) {
    if let Ok(raw) = ecdsa_signature_to_raw(data) {
        assert_eq!(ecdsa_signature_to_raw(&raw), Ok(raw));
    }
}

/// A compact JWS and the claims in it.
pub fn jws(data: &[u8]) {
    let Some((parsed, key)) = text(data)
        .and_then(|text| jws::parse(text, LIMIT).ok())
        .zip(key())
    else {
        return;
    };
    let expectation = jws::Expectation {
        algorithms: &Algorithm::ALL,
        typ: "JWT",
    };
    let _ = parsed.peek_unverified_claims();
    if let Ok(verified) = parsed.verify_untyped(&P256Verifier, &key, &expectation) {
        let _ = jwt::Claims::from_verified(&verified);
    }
}

/// Claims and their checks.
pub fn jwt(data: &[u8]) {
    let Ok(members) = json::parse_object(data, LIMIT) else {
        return;
    };
    let _ = StatusReference::from_claims(&members);
    let _ = StatusList::from_claims(&members, LIMIT);
    let claims = jwt::Claims::from_map(members);
    let _ = claims.require_audience(&["a"]);
    let _ = claims.require_issuer("a");
    let _ = claims.require_unexpired(0, 5);
    let _ = claims.require_started(0, 5);
    let _ = claims.require_recent(0, 5, 5);
}

/// An SD-JWT, as its holder and as a verifier read it.
pub fn sd_jwt(data: &[u8]) {
    let (Some(text), Some(key)) = (text(data), key()) else {
        return;
    };
    let _ = DisclosureView::parse(text);
    if let Ok(credential) = SdJwt::parse(text, LIMIT) {
        let shown = credential.present(|_| true);
        let _ = SdJwt::parse(shown.as_str(), LIMIT);
    }
    let expectation = PresentationExpectation {
        typ: "JWT",
        audience: "a",
        nonce: "n",
        now: 0,
        max_age: 60,
        leeway: 5,
        limit: LIMIT,
    };
    let _ = sd_jwt::verify(text, &P256Verifier, &key, &expectation);
}

/// The payload of an SD-JWT with its disclosures, past the signature: the first line is the payload, each further one a
/// disclosure in clear.
pub fn sd_jwt_processing(data: &[u8]) {
    sd_jwt::process_unsigned(data);
}

/// A compact JWE.
pub fn jwe(data: &[u8]) {
    let (Some(text), Ok(secret)) = (text(data), jwe::EcdhSecretKey::from_scalar(&[7; 32])) else {
        return;
    };
    let _ = jwe::decrypt(text, &secret, LIMIT);
}

/// A compressed status list; what was read must survive being written.
pub fn status_list(data: &[u8]) {
    if let Some(list) = text(data).and_then(|text| StatusList::decode(text, LIMIT).ok()) {
        assert_eq!(StatusList::decode(&list.encode(), LIMIT).as_ref(), Ok(&list));
    }
}

fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

fn key() -> Option<PublicKey> {
    let secret = jwe::EcdhSecretKey::from_scalar(&[7; 32]).ok()?;
    Some(PublicKey::P256(secret.public_key().clone()))
}
