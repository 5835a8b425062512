//! DPoP proofs (RFC 9449): a signature over method, address and time by the key to which tokens are bound.

use idp_jose::jws::{self, Expectation};
use idp_jose::jwt::Claims;
use idp_jose::{Algorithm, Jwk, Verifier};
use idp_types::Timestamp;
use idp_types::encoding::base64url;
use idp_types::secret::constant_time_equal;
use sha2::{Digest, Sha256};

use crate::client::Client;
use crate::error::{ErrorCode, OAuthError};

/// The largest proof, in bytes: an RSA key and a signature of 4096 bits fit.
pub const PROOF_LIMIT: usize = 8 * 1024;

/// Seconds that a proof is accepted after it was made.
pub const PAST_SECONDS: i64 = 60;

/// Seconds that a proof may be ahead of our clock.
pub const FUTURE_SECONDS: i64 = 15;

/// The longest `jti`.
const IDENTIFIER_LIMIT: usize = 256;

/// What the proof must be about.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The request's method.
    pub method: &'a str,
    /// The address that the client called.
    pub uri: &'a str,
    /// The access token that came along, at a resource.
    pub access_token: Option<&'a str>,
    /// The algorithms that are accepted.
    pub algorithms: &'a [Algorithm],
    /// Now.
    pub now: Timestamp,
}

/// A proof that holds. Its identifier is to be remembered, and its nonce to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedProof {
    /// The key's RFC 7638 thumbprint, base64url.
    pub jkt: String,
    /// base64url of SHA-256 over key, address and `jti`: the same proof has the same.
    pub replay_key: String,
    /// Until when the same proof would be accepted again.
    pub replay_until: Timestamp,
    /// `nonce`.
    pub nonce: Option<String>,
}

const fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidDpopProof, description)
}

/// The algorithms of proofs for a client's tokens: FAPI 2.0 allows no RS256.
pub fn algorithms(client: Option<&Client>) -> &'static [Algorithm] {
    match client.map(|client| client.profile) {
        Some(profile) if profile.is_fapi() => &[Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa],
        _ => &Algorithm::ALL,
    }
}

/// RFC 9449 4.3: every check but that of the nonce and of repetition, which need memory.
///
/// # Errors
/// `invalid_dpop_proof`.
pub fn check(
    proof: &str,
    expected: &Expected<'_>,
    verifier: &dyn Verifier,
) -> Result<CheckedProof, OAuthError> {
    let (claims, key) = verified(proof, expected.algorithms, verifier)?;
    check_request(&claims, expected)?;
    let issued = check_times(&claims, expected.now.unix_seconds())?;
    check_access_token(&claims, expected.access_token)?;
    let id = text(&claims, "jti")?;
    if id.is_empty() || id.len() > IDENTIFIER_LIMIT {
        return Err(invalid("the proof's jti is empty or too long"));
    }
    let nonce = claims
        .text("nonce")
        .map_err(|_| invalid("the proof's nonce is no string"))?;
    let jkt = key.thumbprint_base64url();
    let named = [jkt.as_str(), expected.uri, id].join("\n");
    Ok(CheckedProof {
        replay_key: base64url(&Sha256::digest(named.as_bytes())),
        jkt,
        replay_until: Timestamp::from_unix_seconds(issued.saturating_add(PAST_SECONDS + FUTURE_SECONDS)),
        nonce: nonce.map(str::to_owned),
    })
}

/// Items 2 to 7: one well-formed JWT of type `dpop+jwt`, signed by the public key in its header.
fn verified(
    proof: &str,
    algorithms: &[Algorithm],
    verifier: &dyn Verifier,
) -> Result<(Claims, Jwk), OAuthError> {
    let parsed = jws::parse(proof, PROOF_LIMIT).map_err(|_| invalid("the proof is not a JWT"))?;
    let named = parsed.header().extra.get("jwk");
    let named = named.ok_or(invalid("the proof's header has no jwk"))?;
    let key = Jwk::from_value(named).map_err(|_| invalid("the proof's jwk is not a public key"))?;
    let expectation = Expectation {
        algorithms,
        typ: "dpop+jwt",
    };
    let signed = parsed
        .verify(verifier, &key.key, &expectation)
        .map_err(|_| invalid("the proof's type, algorithm or signature is wrong"))?;
    let claims = Claims::from_verified(&signed).map_err(|_| invalid("the proof has no claims"))?;
    Ok((claims, key))
}

fn text<'a>(claims: &'a Claims, name: &'static str) -> Result<&'a str, OAuthError> {
    claims
        .required_text(name)
        .map_err(|_| invalid("the proof lacks jti, htm or htu"))
}

/// Items 8 and 9: `htm` is the method, `htu` the address without query and fragment, normalised.
fn check_request(claims: &Claims, expected: &Expected<'_>) -> Result<(), OAuthError> {
    if text(claims, "htm")? != expected.method {
        return Err(invalid("the proof is for another method"));
    }
    let named = text(claims, "htu")?;
    let is_same =
        named == expected.uri || normal(named).is_some_and(|named| Some(named) == normal(expected.uri));
    if is_same {
        Ok(())
    } else {
        Err(invalid("the proof is for another address"))
    }
}

/// RFC 3986 6.2.2 and 6.2.3: case, default port, dot segments; query and fragment make no difference (RFC 9449 4.3, item 9).
fn normal(address: &str) -> Option<String> {
    let mut parsed = url::Url::parse(address).ok()?;
    parsed.set_query(None);
    parsed.set_fragment(None);
    Some(parsed.into())
}

/// Item 11: made just now. `nbf` and `exp` are not the proof's to set, but where they stand they hold (RFC 7519 4.1).
fn check_times(claims: &Claims, now: i64) -> Result<i64, OAuthError> {
    claims
        .require_recent(now, PAST_SECONDS - FUTURE_SECONDS, FUTURE_SECONDS)
        .map_err(|_| invalid("the proof's iat is missing or not now"))?;
    claims
        .require_started(now, FUTURE_SECONDS)
        .and_then(|()| claims.require_unexpired_if_present(now, FUTURE_SECONDS))
        .map_err(|_| invalid("the proof is not valid now"))?;
    claims
        .required_time("iat")
        .map_err(|_| invalid("the proof's iat is missing or not now"))
}

/// Item 12: `ath` is the hash of the access token that came along.
fn check_access_token(claims: &Claims, access_token: Option<&str>) -> Result<(), OAuthError> {
    let Some(token) = access_token else {
        return Ok(());
    };
    let own = claims.text("ath").ok().flatten();
    let expected = base64url(&Sha256::digest(token.as_bytes()));
    match own {
        Some(own) if constant_time_equal(own.as_bytes(), expected.as_bytes()) => Ok(()),
        _ => Err(invalid("the proof's ath is not the access token's hash")),
    }
}

#[cfg(test)]
mod tests;
