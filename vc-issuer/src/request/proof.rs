//! Proofs of possession (OpenID4VCI section 8.2.1 and appendix F): who will hold the credential has its key, now and for us.

use idp_jose::jws::{self, Expectation, Header};
use idp_jose::jwt::Claims;
use idp_jose::{Algorithm, Jwk, Verifier};

use super::attestation::{KeyAttestation, Requirements, Trust};
use super::credential::Proofs;
use super::holder_key;
use super::nonce::Nonce;
use crate::error::{CredentialError, ErrorCode};

/// The type of a proof.
pub const TYP: &str = "openid4vci-proof+jwt";

/// The algorithms that are offered.
pub const ALGORITHMS: [Algorithm; 2] = [Algorithm::Es256, Algorithm::EdDsa];

/// Seconds that a proof is accepted after it was made; the nonce is the sharper limit.
const MAX_AGE: i64 = 300;

/// Seconds of difference between clocks that are forgiven.
const LEEWAY: i64 = 60;

/// The largest proof without a key attestation's keys, octets.
const LIMIT: usize = super::attestation::LIMIT;

/// What a proof is checked against.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The credential issuer identifier at which the request arrived.
    pub identifier: &'a str,
    /// The client of the access token; none where it was got anonymously.
    pub client_id: Option<&'a str>,
    /// Checks signatures.
    pub verifier: &'a dyn Verifier,
    /// Who may attest keys.
    pub trust: Trust<'a>,
    /// Whether keys must be attested, and how well they must be protected.
    pub attestation: Option<Requirements<'a>>,
    /// The most credentials of one request.
    pub batch_size: usize,
    /// Now, Unix seconds.
    pub now: i64,
}

/// Proofs that hold, but for the nonce, which is to be consumed before anything is issued.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedProofs {
    /// The holder's keys: one credential for each, none twice.
    pub keys: Vec<Jwk>,
    /// The nonce that all of them carry.
    pub nonce: Nonce,
    /// What an attester said about their status, to be looked up.
    pub attestation_status: Vec<serde_json::Value>,
}

/// Checks every proof of a request.
///
/// # Errors
/// `invalid_proof`, or `invalid_nonce` where a nonce is missing or cannot be one of ours.
pub fn check(proofs: &Proofs, expected: &Expected<'_>) -> Result<CheckedProofs, CredentialError> {
    let checked = match proofs {
        Proofs::None => return Err(CredentialError::proof("a proof is required")),
        Proofs::Jwt(proofs) => {
            let each: Result<Vec<One>, _> = proofs.iter().map(|proof| jwt(proof, expected)).collect();
            each?
        }
        Proofs::Attestation(attestation) => vec![attested(attestation, expected)?],
    };
    let nonce = common_nonce(&checked)?;
    let mut keys: Vec<Jwk> = Vec::new();
    for key in checked.iter().flat_map(|one| &one.keys) {
        if keys.iter().any(|known| known.key == key.key) {
            return Err(CredentialError::proof("a key stands twice"));
        }
        keys.push(key.clone());
    }
    if keys.len() > expected.batch_size {
        return Err(CredentialError::request("more keys than one request may have"));
    }
    let attestation_status = checked.into_iter().filter_map(|one| one.status).collect();
    Ok(CheckedProofs {
        keys,
        nonce,
        attestation_status,
    })
}

/// One proof.
struct One {
    keys: Vec<Jwk>,
    nonce: Option<String>,
    status: Option<serde_json::Value>,
}

/// Appendix F.1: type, algorithm, one key, signature, audience, time, client, and the attestation of the key.
fn jwt(proof: &str, expected: &Expected<'_>) -> Result<One, CredentialError> {
    let wrong = CredentialError::proof;
    let parsed = jws::parse(proof, LIMIT)
        .map_err(|_| wrong("a proof is no JWT, or its algorithm is none or symmetric"))?;
    let key = named_key(parsed.header())?;
    let expectation = Expectation {
        algorithms: &ALGORITHMS,
        typ: TYP,
    };
    let verified = parsed
        .verify(expected.verifier, &key.key, &expectation)
        .map_err(|_| wrong("type, algorithm or signature of a proof is wrong"))?;
    let claims = Claims::from_verified(&verified).map_err(|_| wrong("a proof has no claims"))?;
    check_claims(&claims, expected)?;
    let nonce = claims
        .text("nonce")
        .map_err(|_| wrong("the nonce of a proof is no text"))?;
    let nonce = nonce.map(str::to_owned);
    let Some(attestation) = parsed.header().extra.get("key_attestation") else {
        return match expected.attestation {
            Some(_) => Err(wrong("a key attestation is required")),
            None => Ok(One {
                keys: vec![key],
                nonce,
                status: None,
            }),
        };
    };
    let attestation = attestation.as_str().ok_or(wrong("key_attestation is no text"))?;
    let attested = attested(attestation, expected)?;
    if attested.nonce.is_some() && attested.nonce != nonce {
        return Err(wrong("proof and key attestation have different nonces"));
    }
    if !attested.keys.iter().any(|own| own.key == key.key) {
        return Err(wrong("the key of the proof is not among the attested ones"));
    }
    Ok(One { nonce, ..attested })
}

fn check_claims(claims: &Claims, expected: &Expected<'_>) -> Result<(), CredentialError> {
    let wrong = CredentialError::proof;
    claims
        .require_audience(&[expected.identifier])
        .map_err(|_| wrong("a proof is for another audience"))?;
    claims
        .require_recent(expected.now, MAX_AGE, LEEWAY)
        .and_then(|()| claims.require_started(expected.now, LEEWAY))
        .and_then(|()| claims.require_unexpired_if_present(expected.now, LEEWAY))
        .map_err(|_| wrong("a proof was not made now"))?;
    let client = claims
        .text("iss")
        .map_err(|_| wrong("iss of a proof is no text"))?;
    if client.is_none() || client == expected.client_id {
        Ok(())
    } else {
        Err(wrong("iss of a proof is not the client of the token"))
    }
}

/// Exactly one of `jwk` and `kid`. Certificates are not offered as holder keys.
fn named_key(header: &Header) -> Result<Jwk, CredentialError> {
    let wrong = CredentialError::proof;
    let (jwk, x5c) = (header.extra.get("jwk"), header.extra.get("x5c"));
    match (jwk, header.kid.as_deref(), x5c) {
        (Some(jwk), None, None) => Jwk::from_value(jwk)
            .map_err(|_| wrong("jwk of a proof is private, or not of a kind that is offered")),
        (None, Some(kid), None) => {
            holder_key::resolve(kid).ok_or(wrong("kid of a proof is no did:jwk or P-256 did:key"))
        }
        _ => Err(wrong("a proof must name its key by exactly one of jwk and kid")),
    }
}

/// Appendix F.3 and D.1.
fn attested(attestation: &str, expected: &Expected<'_>) -> Result<One, CredentialError> {
    let requirements = expected.attestation.unwrap_or_default();
    let checked = KeyAttestation::check(
        attestation,
        expected.trust,
        expected.verifier,
        requirements,
        expected.now,
    )
    .map_err(|_| CredentialError::proof("the key attestation does not hold, or not here"))?;
    Ok(One {
        keys: checked.keys,
        nonce: checked.nonce,
        status: checked.status,
    })
}

/// One nonce for all (section 8.2): each names it, and it has the shape of ours.
fn common_nonce(checked: &[One]) -> Result<Nonce, CredentialError> {
    let invalid = |description| CredentialError::new(ErrorCode::InvalidNonce, description);
    let missing = CredentialError::proof("a proof has no nonce");
    let mut nonces = checked.iter().map(|one| one.nonce.as_deref());
    let first = nonces.next().flatten().ok_or(missing)?;
    if nonces.any(|nonce| nonce != Some(first)) {
        return Err(invalid("the proofs have different nonces"));
    }
    Nonce::parse(first).ok_or(invalid("the nonce is not one of ours"))
}

#[cfg(test)]
mod tests;
