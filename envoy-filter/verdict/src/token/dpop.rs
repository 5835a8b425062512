//! Proofs of possession (RFC 9449): a signature over method, address and token by the key to which the token is bound.

use idp_jose::base64::BASE64URL_NOPAD;
use idp_jose::jws::{self, Expectation};
use idp_jose::jwt::Claims;
use idp_jose::{Algorithm, Jwk, Verifier};
use sha2::{Digest as _, Sha256};

/// The longest proof in bytes.
const LIMIT: usize = 4 * 1024;
/// Seconds that a proof may be old, and ahead.
const PAST: i64 = 60;
const FUTURE: i64 = 15;
/// Proofs that one list remembers; 40 bytes each. All of them together hold a thousand proofs a second.
const REMEMBERED: usize = 512;
const IDENTIFIER_LIMIT: usize = 256;

/// Why a proof was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DpopFault {
    /// None, or more than one.
    Missing,
    /// Not a proof, or its signature is wrong.
    Invalid,
    /// Made for another method, address or token, or not now.
    Mismatch,
    /// By another key than the one of the token.
    Key,
    /// Used before.
    Replayed,
    /// More proofs at once than can be remembered.
    Overloaded,
}

/// What a proof has to be about.
pub(crate) struct Proof<'a> {
    pub(crate) text: &'a str,
    pub(crate) method: &'a str,
    pub(crate) address: &'a str,
    pub(crate) token: &'a str,
    pub(crate) thumbprint: &'a str,
    pub(crate) now: i64,
}

/// Proofs that were used and could be used again: SHA-256 of key and `jti`, until when. One list for each first byte.
#[derive(Default)]
pub struct ReplayCache {
    used: Vec<Vec<([u8; 32], i64)>>,
}

impl ReplayCache {
    /// Uses a proof once. A full list refuses, because it could not tell.
    fn consume(&mut self, proof: [u8; 32], until: i64, now: i64) -> Result<(), DpopFault> {
        self.used.resize_with(usize::from(u8::MAX) + 1, Vec::new);
        let [first, ..] = proof;
        let list = self
            .used
            .get_mut(usize::from(first))
            .ok_or(DpopFault::Overloaded)?;
        list.retain(|(_, until)| *until >= now);
        if list.iter().any(|(known, _)| *known == proof) {
            return Err(DpopFault::Replayed);
        }
        if list.len() >= REMEMBERED {
            return Err(DpopFault::Overloaded);
        }
        list.push((proof, until));
        Ok(())
    }
}

/// RFC 9449 section 4.3, every item; the nonce is not asked for.
pub(crate) fn check(
    proof: &Proof<'_>,
    used: &mut ReplayCache,
    verifier: &dyn Verifier,
) -> Result<(), DpopFault> {
    let parsed = jws::parse(proof.text, LIMIT).map_err(|_| DpopFault::Invalid)?;
    let named = parsed.header().extra.get("jwk").ok_or(DpopFault::Invalid)?;
    let key = Jwk::from_value(named).map_err(|_| DpopFault::Invalid)?;
    if key.thumbprint_base64url() != proof.thumbprint {
        return Err(DpopFault::Key);
    }
    let expectation = Expectation {
        algorithms: &Algorithm::ALL,
        typ: "dpop+jwt",
    };
    let signed = parsed
        .verify(verifier, &key.key, &expectation)
        .map_err(|_| DpopFault::Invalid)?;
    let claims = Claims::from_verified(&signed).map_err(|_| DpopFault::Invalid)?;
    claims
        .require_recent(proof.now, PAST - FUTURE, FUTURE)
        .and_then(|()| claims.require_text("htm", proof.method))
        .and_then(|()| {
            claims.require_text(
                "ath",
                &BASE64URL_NOPAD.encode(&Sha256::digest(proof.token.as_bytes())),
            )
        })
        .map_err(|_| DpopFault::Mismatch)?;
    let address = claims.required_text("htu").map_err(|_| DpopFault::Invalid)?;
    if !is_same_address(address, proof.address) {
        return Err(DpopFault::Mismatch);
    }
    let id = claims.required_text("jti").map_err(|_| DpopFault::Invalid)?;
    if id.is_empty() || id.len() > IDENTIFIER_LIMIT {
        return Err(DpopFault::Invalid);
    }
    let name = Sha256::digest([proof.thumbprint, "\n", id].concat().as_bytes());
    used.consume(name.into(), proof.now.saturating_add(PAST + FUTURE), proof.now)
}

/// Without query and fragment; scheme and host in any case, default ports left out (RFC 3986 section 6.2).
fn is_same_address(left: &str, right: &str) -> bool {
    normal(left).is_some_and(|left| Some(left) == normal(right))
}

fn normal(address: &str) -> Option<(String, String, &str)> {
    let end = address.find(['?', '#']).unwrap_or(address.len());
    let (scheme, rest) = address.get(..end)?.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let start = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(start)?;
    let default = if scheme == "https" { ":443" } else { ":80" };
    let authority = authority.to_ascii_lowercase();
    let authority = authority
        .strip_suffix(default)
        .map(str::to_owned)
        .unwrap_or(authority);
    Some((scheme, authority, if path.is_empty() { "/" } else { path }))
}
