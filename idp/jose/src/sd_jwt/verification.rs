//! The verifier's side (RFC 9901 sections 7.1 and 7.3).

use super::presentation::{Parts, by_digest, split};
use super::{KEY_BINDING_TYP, SdJwtError, disclosure, processing};
use crate::alg::Algorithm;
use crate::json::Map;
use crate::jws::{self, Expectation};
use crate::jwt::{Claims, JwtError};
use crate::key::{EcPublicKey, Jwk, PublicKey};
use crate::verifier::Verifier;

const ALGORITHMS: &[Algorithm] = &[Algorithm::Es256];

/// What a verifier expects of a presentation. A key binding is always required.
#[derive(Clone, Copy, Debug)]
pub struct PresentationExpectation<'a> {
    /// `typ` of the issuer-signed JWT.
    pub typ: &'a str,
    /// `aud` of the key binding: this verifier.
    pub audience: &'a str,
    /// `nonce` of the key binding: the one this verifier gave out.
    pub nonce: &'a str,
    /// The present, Unix seconds.
    pub now: i64,
    /// How many seconds ago the key binding may have been made.
    pub max_age: i64,
    /// Clock difference in seconds that is forgiven, in both directions.
    pub leeway: i64,
    /// Size limit of the whole presentation in bytes.
    pub limit: usize,
}

/// A presentation of which everything was checked.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct VerifiedSdJwt {
    /// Claims in clear, without `_sd`, `_sd_alg` and `cnf`.
    pub claims: Map,
    /// Claims that the issuer hid at the top level and the holder showed.
    pub disclosed: Map,
    /// The holder's key, which made the key binding.
    pub cnf: EcPublicKey,
    /// When the key binding was made, Unix seconds.
    pub bound_at: i64,
}

/// Verifies a presentation: the issuer's signature, every disclosure, the times, and the key binding.
///
/// # Errors
/// [`SdJwtError`] naming the first check that failed.
pub fn verify(
    presentation: &str,
    verifier: &dyn Verifier,
    issuer_key: &PublicKey,
    expectation: &PresentationExpectation<'_>,
) -> Result<VerifiedSdJwt, SdJwtError> {
    let parts = split(presentation, expectation.limit)?;
    if parts.key_binding.is_empty() {
        return Err(SdJwtError::KeyBindingMissing);
    }
    let claims = issuer_claims(&parts, verifier, issuer_key, expectation.typ)?;
    let processed = processing::process(claims, by_digest(&parts.disclosures)?)?;
    let claims = Claims::from_map(processed.plain);
    check_validity(&claims, expectation).map_err(SdJwtError::IssuerClaim)?;
    let (claims, cnf) = take_confirmation(claims.into_map())?;
    let bound_at = check_key_binding(&parts, verifier, &cnf, expectation)?;
    Ok(VerifiedSdJwt {
        claims,
        disclosed: processed.disclosed,
        cnf,
        bound_at,
    })
}

fn issuer_claims(
    parts: &Parts<'_>,
    verifier: &dyn Verifier,
    key: &PublicKey,
    typ: &str,
) -> Result<Map, SdJwtError> {
    jws::parse(parts.issuer_jwt, parts.issuer_jwt.len())
        .and_then(|jwt| {
            jwt.verify(
                verifier,
                key,
                &Expectation {
                    algorithms: ALGORITHMS,
                    typ,
                },
            )
        })
        .and_then(|verified| verified.claims())
        .map_err(SdJwtError::Issuer)
}

/// RFC 9901 section 7.1, step 5: the limits that the issuer set.
fn check_validity(claims: &Claims, expectation: &PresentationExpectation<'_>) -> Result<(), JwtError> {
    claims.require_started(expectation.now, expectation.leeway)?;
    claims.require_unexpired_if_present(expectation.now, expectation.leeway)
}

/// RFC 9901 section 4.1.2, RFC 7800 section 3.2: the holder's key is the one in `cnf.jwk`.
fn take_confirmation(mut claims: Map) -> Result<(Map, EcPublicKey), SdJwtError> {
    let cnf = claims.remove("cnf").ok_or(SdJwtError::Confirmation)?;
    let key = cnf
        .get("jwk")
        .and_then(|jwk| Jwk::from_value(jwk).ok())
        .ok_or(SdJwtError::Confirmation)?;
    match key.key {
        PublicKey::P256(key) => Ok((claims, key)),
        PublicKey::Rsa(_) | PublicKey::Ed25519(_) => Err(SdJwtError::Confirmation),
    }
}

/// RFC 9901 section 7.3, step 5: type, signature, time, audience, nonce, and the hash of what was shown.
fn check_key_binding(
    parts: &Parts<'_>,
    verifier: &dyn Verifier,
    holder: &EcPublicKey,
    expectation: &PresentationExpectation<'_>,
) -> Result<i64, SdJwtError> {
    let key = PublicKey::P256(holder.clone());
    let expected = Expectation {
        algorithms: ALGORITHMS,
        typ: KEY_BINDING_TYP,
    };
    let claims = jws::parse(parts.key_binding, parts.key_binding.len())
        .and_then(|jwt| jwt.verify(verifier, &key, &expected))
        .and_then(|verified| verified.claims())
        .map_err(SdJwtError::KeyBinding)?;
    let claims = Claims::from_map(claims);
    let bound_at = key_binding_claims(&claims, expectation).map_err(SdJwtError::KeyBindingClaim)?;
    let hash = claims
        .required_text("sd_hash")
        .map_err(SdJwtError::KeyBindingClaim)?;
    if hash == disclosure::digest(parts.bound) {
        Ok(bound_at)
    } else {
        Err(SdJwtError::HashMismatch)
    }
}

fn key_binding_claims(claims: &Claims, expectation: &PresentationExpectation<'_>) -> Result<i64, JwtError> {
    claims.require_recent(expectation.now, expectation.max_age, expectation.leeway)?;
    claims.require_text("aud", expectation.audience)?;
    claims.require_text("nonce", expectation.nonce)?;
    claims.required_time("iat")
}

crate::redaction::redacted_debug!(VerifiedSdJwt);
