//! RFC 9449 4.3, one check a test, and the vectors of its figures 2 and 12.

use idp_jose::jws::{Header, Prepared};
use idp_jose::{P256Verifier, PublicKey, SignatureError};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const NOW: i64 = 1_562_262_616;
const URI: &str = "https://server.example.com/token";

/// RFC 9449, figure 2.
const FIGURE_2: &str = concat!(
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldW",
    "QVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2My",
    "bFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP",
    "0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg",
);

struct Trusting;

impl Verifier for Trusting {
    fn verify(&self, _: Algorithm, _: &PublicKey, _: &[u8], _: &[u8]) -> Result<(), SignatureError> {
        Ok(())
    }
}

fn jwk() -> Value {
    json!({
        "kty": "EC", "crv": "P-256",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    })
}

fn proof(header: &Header, claims: &Value) -> String {
    Prepared::new(header, claims.to_string().as_bytes()).complete(&[1; 64])
}

fn header() -> Header {
    Header::new(Algorithm::Es256)
        .with_typ("dpop+jwt")
        .with("jwk", jwk())
}

fn good() -> Value {
    json!({"jti": "one", "htm": "POST", "htu": URI, "iat": NOW})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = good();
    match value {
        Value::Null => claims.as_object_mut().unwrap().remove(name),
        value => claims.as_object_mut().unwrap().insert(name.to_owned(), value),
    };
    claims
}

fn expected<'a>() -> Expected<'a> {
    Expected {
        method: "POST",
        uri: URI,
        access_token: None,
        algorithms: &Algorithm::ALL,
        now: Timestamp::from_unix_seconds(NOW),
    }
}

fn checked(claims: &Value) -> Result<CheckedProof, OAuthError> {
    check(&proof(&header(), claims), &expected(), &Trusting)
}

#[test]
fn figure_2_holds_and_names_its_key() {
    let checked = check(FIGURE_2, &expected(), &P256Verifier).unwrap();
    assert_eq!(checked.jkt, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    assert_eq!(checked.nonce, None);
    let changed = FIGURE_2.replace("2-GxA6T8", "2-GxA6T9");
    assert!(check(&changed, &expected(), &P256Verifier).is_err());
}

#[test]
fn item_3_every_claim_is_there() {
    assert!(checked(&good()).is_ok());
    for name in ["jti", "htm", "htu", "iat"] {
        let error = checked(&with(name, Value::Null)).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidDpopProof, "{name}");
        assert!(checked(&with(name, json!([]))).is_err(), "{name}");
    }
    assert!(checked(&with("jti", json!(""))).is_err());
    assert!(checked(&with("jti", json!("x".repeat(257)))).is_err());
}

#[test]
fn items_4_to_7_the_header() {
    let of = |header: Header| check(&proof(&header, &good()), &expected(), &Trusting);
    assert!(of(header().with_typ("JWT")).is_err(), "the type");
    assert!(
        of(Header::new(Algorithm::Es256).with_typ("dpop+jwt")).is_err(),
        "no key"
    );
    assert!(
        of(header().with("jwk", json!({"kty": "oct", "k": "AA"}))).is_err(),
        "a symmetric key"
    );
    let mut private = jwk();
    private["d"] = json!("AA");
    assert!(of(header().with("jwk", private)).is_err(), "a private key");
    let mut other = header();
    other.alg = Algorithm::Rs256;
    assert!(of(other).is_err(), "an algorithm that is not the key's");
    let narrow = Expected {
        algorithms: &[Algorithm::EdDsa],
        ..expected()
    };
    assert!(
        check(&proof(&header(), &good()), &narrow, &Trusting).is_err(),
        "an algorithm that is not allowed"
    );
    for text in [
        "",
        "a.b.c",
        "eyJhbGciOiJub25lIn0.e30.",
        &"x".repeat(PROOF_LIMIT + 1),
    ] {
        assert!(check(text, &expected(), &Trusting).is_err(), "{text}");
    }
}

#[test]
fn item_8_the_method_is_exact() {
    for method in ["GET", "post", ""] {
        assert!(checked(&with("htm", json!(method))).is_err(), "{method}");
    }
}

#[test]
fn item_9_the_address_is_compared_in_normal_form() {
    for same in [
        "https://server.example.com:443/token",
        "HTTPS://SERVER.example.com/token",
        "https://server.example.com/x/../token",
        "https://server.example.com/token?a=b",
        "https://server.example.com/token#c",
    ] {
        assert!(checked(&with("htu", json!(same))).is_ok(), "{same}");
    }
    for other in [
        "http://server.example.com/token",
        "https://server.example.com/token/",
        "https://server.example.com/Token",
        "https://server.example.com:444/token",
        "https://other.example.com/token",
        "token",
        "",
    ] {
        assert!(checked(&with("htu", json!(other))).is_err(), "{other}");
    }
}

#[test]
fn item_11_made_just_now() {
    for seconds in [-60, -10, 0, 10, 15] {
        assert!(checked(&with("iat", json!(NOW + seconds))).is_ok(), "{seconds}");
    }
    for seconds in [-61, -3600, 16, 3600] {
        assert!(checked(&with("iat", json!(NOW + seconds))).is_err(), "{seconds}");
    }
}

/// `fapi2-security-profile-final-check-dpop-proof-nbf-exp`.
#[test]
fn nbf_and_exp_hold_where_they_stand() {
    assert!(checked(&with("exp", json!(NOW + 60))).is_ok());
    assert!(checked(&with("nbf", json!(NOW))).is_ok());
    assert!(checked(&with("exp", json!(NOW - 60))).is_err());
    assert!(checked(&with("nbf", json!(NOW + 60))).is_err());
}

#[test]
fn item_12_the_access_token_is_hashed_into_the_proof() {
    // RFC 9449, figures 12 and 13.
    let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    let at_resource = Expected {
        access_token: Some(token),
        ..expected()
    };
    let of = |claims: &Value| check(&proof(&header(), claims), &at_resource, &Trusting);
    assert!(of(&with("ath", json!("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"))).is_ok());
    assert!(of(&with("ath", json!("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEp"))).is_err());
    assert!(of(&good()).is_err());
}

#[test]
fn a_proof_is_known_again_by_key_address_and_identifier() {
    let key = |claims: &Value| checked(claims).unwrap().replay_key;
    assert_eq!(key(&good()), key(&with("nonce", json!("n"))));
    assert_ne!(key(&good()), key(&with("jti", json!("two"))));
    assert_eq!(
        checked(&with("nonce", json!("n"))).unwrap().nonce.as_deref(),
        Some("n")
    );
    let ends = checked(&good()).unwrap().replay_until;
    assert!(ends >= Timestamp::from_unix_seconds(NOW + PAST_SECONDS));
}

proptest! {
    #[test]
    fn checking_never_panics(text in "\\PC*") {
        let _ = check(&text, &expected(), &Trusting);
    }

    #[test]
    fn claims_of_any_shape_are_answered(name in "jti|htm|htu|iat|nbf|exp|ath|nonce", number in any::<i64>()) {
        let _ = checked(&with(&name, json!(number)));
    }
}
