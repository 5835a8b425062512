//! The ID token (OIDC Core 2, 3.1.3.6 and 3.1.3.7).

use aws_lc_rs::digest;
use idp_jose::Algorithm;
use idp_jose::jws::{self, Expectation, Header};
use idp_server::crypto::AwsVerifier;
use idp_types::encoding::base64url;
use serde_json::Value;

use super::claims::check_types;
use super::provider::Provider;

/// The longest token that is read, in bytes.
const LIMIT: usize = 64 * 1024;

/// Seconds that a token may be old when it comes.
const AGE: i64 = 300;

/// Seconds that clocks may differ.
const SKEW: i64 = 5;

/// What the client knows beforehand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected<'a> {
    /// The client.
    pub(crate) client_id: &'a str,
    /// What it registered as `id_token_signed_response_alg`.
    pub(crate) algorithm: Algorithm,
    /// The request's `nonce`; without one the token has none.
    pub(crate) nonce: Option<&'a str>,
    /// The access token that came beside.
    pub(crate) access_token: Option<&'a str>,
    /// Unix seconds.
    pub(crate) now: i64,
}

/// A checked ID token.
#[derive(Debug, Clone)]
pub(crate) struct IdToken {
    /// As it came.
    pub(crate) text: String,
    /// Its header.
    pub(crate) header: Header,
    /// Its claims.
    pub(crate) claims: Value,
}

impl IdToken {
    /// A claim that is a text.
    pub(crate) fn text(&self, name: &str) -> &str {
        let value = self.claims[name].as_str();
        value.unwrap_or_else(|| panic!("{name} in {}", self.claims))
    }

    /// A claim that is a number.
    pub(crate) fn number(&self, name: &str) -> i64 {
        let value = self.claims[name].as_i64();
        value.unwrap_or_else(|| panic!("{name} in {}", self.claims))
    }
}

impl Provider {
    /// Verifies an ID token by the published keys and checks its claims.
    pub(crate) fn id_token(&self, text: &str, expected: &Expected<'_>) -> IdToken {
        let (header, claims) = self.verified(text, expected.algorithm);
        let algorithm = header.alg.name();
        assert!(
            self.advertises("id_token_signing_alg_values_supported", algorithm),
            "{algorithm} is advertised"
        );
        self.check_parties(&claims, expected);
        check_times(&claims, expected.now);
        check_authentication(&claims, expected);
        check_types(&claims);
        let text = text.to_owned();
        IdToken { text, header, claims }
    }

    /// Header and claims of a token that is signed with this algorithm, by a published key that it names.
    pub(crate) fn verified(&self, text: &str, algorithm: Algorithm) -> (Header, Value) {
        let parsed = jws::parse(text, LIMIT).expect("a compact JWS");
        let header = parsed.header().clone();
        assert_eq!(header.alg, algorithm, "the registered algorithm");
        let kid = header.kid.clone().expect("a kid");
        let expectation = Expectation {
            algorithms: &[algorithm],
            typ: "JWT",
        };
        let key = &self.key(&kid, algorithm).key;
        let verified = parsed.verify_untyped(&AwsVerifier, key, &expectation);
        let verified = verified.expect("a good signature");
        (header, Value::Object(verified.claims().expect("claims")))
    }

    /// OIDC Core 3.1.3.7, 2 to 5: from whom, for whom, about whom.
    fn check_parties(&self, claims: &Value, expected: &Expected<'_>) {
        assert_eq!(claims["iss"], self.issuer.as_str(), "{claims}");
        match &claims["aud"] {
            Value::Array(several) => {
                assert!(several.iter().any(|one| one == expected.client_id), "{claims}");
                assert!(several.len() == 1 || claims["azp"].is_string(), "{claims}");
            }
            one => assert_eq!(one, expected.client_id, "{claims}"),
        }
        let party = claims.get("azp");
        assert!(party.is_none_or(|azp| azp == expected.client_id), "{claims}");
        let subject = claims["sub"].as_str().unwrap_or_default();
        assert!(
            !subject.is_empty() && subject.len() <= 255 && subject.is_ascii(),
            "{claims}"
        );
    }
}

/// OIDC Core 3.1.3.7, 9 and 10.
fn check_times(claims: &Value, now: i64) {
    let time = |name: &str| {
        claims[name]
            .as_i64()
            .unwrap_or_else(|| panic!("{name} in {claims}"))
    };
    assert!(time("exp") > now, "it is expired: {claims}");
    let issued = time("iat");
    assert!((now - AGE..=now + SKEW).contains(&issued), "iat in {claims}");
    assert!(
        claims.get("nbf").is_none() || time("nbf") <= now + SKEW,
        "nbf in {claims}"
    );
}

/// OIDC Core 3.1.3.7, 11 to 13; 3.1.3.6.
fn check_authentication(claims: &Value, expected: &Expected<'_>) {
    assert_eq!(
        claims.get("nonce").map(Value::as_str),
        expected.nonce.map(Some),
        "{claims}"
    );
    let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    assert!(claims.get("acr").is_none_or(is_text), "acr in {claims}");
    let methods = claims
        .get("amr")
        .map(|amr| amr.as_array().map_or(&[][..], Vec::as_slice));
    assert!(
        methods.is_none_or(|methods| !methods.is_empty() && methods.iter().all(is_text)),
        "amr in {claims}"
    );
    if claims.get("auth_time").is_some() {
        let authenticated = claims["auth_time"].as_i64().expect("a time");
        let sane = expected.now - 366 * 86_400..=expected.now + SKEW;
        assert!(sane.contains(&authenticated), "auth_time in {claims}");
    }
    if let (Some(hash), Some(token)) = (claims.get("at_hash"), expected.access_token) {
        assert_eq!(*hash, half_hash(expected.algorithm, token), "at_hash in {claims}");
    }
}

/// OIDC Core 3.1.3.6; of Ed25519, with the hash that it has inside (RFC 8032 5.1).
fn half_hash(algorithm: Algorithm, text: &str) -> String {
    let hash = match algorithm {
        Algorithm::EdDsa => &digest::SHA512,
        _ => &digest::SHA256,
    };
    let whole = digest::digest(hash, text.as_bytes());
    base64url(&whole.as_ref()[..hash.output_len() / 2])
}
