//! The published keys (RFC 7517; RFC 7518 6): public, asymmetric, named, each name once.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::Value;

/// Members that only a private or a symmetric key has (RFC 7518 6.2.2, 6.3.2, 6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Octets of an RSA modulus, at least (RFC 7518 3.3).
const MODULUS: usize = 256;

/// Checks every key.
pub(super) fn check_keys(keys: &[Value]) {
    assert!(!keys.is_empty(), "there is a key");
    let mut names: Vec<&str> = Vec::new();
    for key in keys {
        let kid = key["kid"].as_str().unwrap_or_default();
        assert!(!kid.is_empty(), "a key has no kid: {key}");
        assert!(!names.contains(&kid), "two keys are named {kid}");
        names.push(kid);
        for member in PRIVATE {
            assert!(key.get(member).is_none(), "the key {kid} shows {member}");
        }
        check_use(key, kid);
        check_material(key, kid);
        check_certificates(key, kid);
    }
}

/// RFC 7517 4.2 to 4.4.
fn check_use(key: &Value, kid: &str) {
    let purpose = key.get("use").map_or(Some("sig"), Value::as_str);
    assert!(
        matches!(purpose, Some("sig" | "enc")),
        "the use of {kid} is {purpose:?}"
    );
    let algorithm = key.get("alg").map(|name| name.as_str().unwrap_or_default());
    assert!(
        algorithm.is_none_or(|name| !name.is_empty() && name != "none"),
        "the alg of {kid} is {algorithm:?}"
    );
}

/// RFC 7518 6.2.1 and 6.3.1, RFC 8037 2.
fn check_material(key: &Value, kid: &str) {
    let length = |member: &str| {
        let text = key[member].as_str().unwrap_or_default();
        let octets = BASE64URL_NOPAD.decode(text.as_bytes());
        octets
            .unwrap_or_else(|_| panic!("{member} of {kid} is no base64url"))
            .len()
    };
    match (
        key["kty"].as_str().unwrap_or_default(),
        key["crv"].as_str().unwrap_or_default(),
    ) {
        ("RSA", "") => {
            assert!(length("n") >= MODULUS, "{kid} is too short");
            assert!(length("e") > 0, "{kid} has no exponent");
        }
        ("EC", "P-256") => assert_eq!((length("x"), length("y")), (32, 32), "{kid}"),
        ("EC", "P-384") => assert_eq!((length("x"), length("y")), (48, 48), "{kid}"),
        ("OKP", "Ed25519") => assert_eq!(length("x"), 32, "{kid}"),
        (family, curve) => panic!("{kid} is a key of {family} {curve}"),
    }
}

/// RFC 7517 4.7: DER in base64, not base64url.
fn check_certificates(key: &Value, kid: &str) {
    let Some(chain) = key.get("x5c") else { return };
    let chain = chain.as_array().filter(|chain| !chain.is_empty());
    for certificate in chain.unwrap_or_else(|| panic!("x5c of {kid} is no chain")) {
        let text = certificate.as_str().unwrap_or_default();
        assert!(
            BASE64.decode(text.as_bytes()).is_ok_and(|der| !der.is_empty()),
            "{kid}"
        );
    }
}
