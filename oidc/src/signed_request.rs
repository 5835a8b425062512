//! What requests have in common that a client signed: request objects (RFC 9101, OIDC Core 6.1) and authentication requests of CIBA
//! (CIBA 7.1.1). What an error is called differs, and so do the claims that are demanded.

use idp_jose::jws::{self, Expectation};
use idp_jose::jwt::Claims;
use idp_jose::{Algorithm, JwkSet, Verifier};
use idp_types::Timestamp;
use serde_json::Value;

use crate::client::SigningAlgorithm;

/// The longest request, in bytes.
pub const LIMIT: usize = 32 * 1024;

/// Seconds that a clock may be off: eight ahead are accepted, more than sixty are not (FAPI 2.0 5.3.2.1).
pub(crate) const LEEWAY: i64 = 10;

/// Seconds that a request may live, and be old (FAPI 2.0 Message Signing 5.3.1, FAPI-CIBA 5.2.2).
pub(crate) const WINDOW: i64 = 3600;

/// Claims about the request itself: never parameters.
pub(crate) const ABOUT_ITSELF: [&str; 7] = ["iss", "aud", "exp", "nbf", "iat", "jti", "sub"];

/// What a signed request is judged by.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    /// Checks signatures.
    pub verifier: &'a dyn Verifier,
    /// The client's keys.
    pub keys: &'a JwkSet,
    /// Who must be named as audience.
    pub issuer: &'a str,
    /// Now.
    pub now: Timestamp,
}

impl std::fmt::Debug for Circumstances<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Circumstances(..)")
    }
}

/// How far a request came.
pub(crate) enum Fault {
    /// It is no JWS that is taken.
    Form,
    /// No key of the client signed it.
    Key,
    /// It has no claims.
    Claims,
}

/// The claims of a request that a key of the client signed.
pub(crate) fn verified(
    object: &str,
    expectation: &Expectation<'_>,
    circumstances: Circumstances<'_>,
) -> Result<Claims, Fault> {
    let parsed = jws::parse(object, LIMIT).map_err(|_| Fault::Form)?;
    let header = parsed.header();
    let mut keys = circumstances.keys.candidates(header.alg, header.kid.as_deref());
    let verified = keys
        .find_map(|key| {
            parsed
                .verify_untyped(circumstances.verifier, &key.key, expectation)
                .ok()
        })
        .ok_or(Fault::Key)?;
    Claims::from_verified(&verified).map_err(|_| Fault::Claims)
}

/// The registered algorithm, or every one; the profiles of FAPI leave RS256 out.
pub(crate) fn algorithms(registered: Option<SigningAlgorithm>, is_fapi: bool) -> Vec<Algorithm> {
    let registered = registered.map(SigningAlgorithm::as_str);
    let is_accepted = |algorithm: &Algorithm| {
        let is_left_out = is_fapi && *algorithm == Algorithm::Rs256;
        !is_left_out && registered.is_none_or(|name| name == algorithm.name())
    };
    Algorithm::ALL.into_iter().filter(is_accepted).collect()
}

/// A member as a parameter: text as it is, numbers in decimal, anything else as JSON (RFC 9101 4). Truth values and null are none.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(_) | Value::Array(_) => Some(value.to_string()),
        Value::Bool(_) | Value::Null => None,
    }
}
