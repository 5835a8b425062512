//! Reading a token: cheap refusals first, the signature last, and nothing of it counts before.

use idp_jose::Verifier;
use idp_jose::json::Map;
use idp_jose::jws::{self, Header, Parsed};
use serde_json::Value;

use super::access::Access;
use crate::keys::{KeyFault, KeyRing, Signed};
use crate::policy::{Issuer, Policy, short_type};
use crate::request::Context;

/// The longest token in bytes.
pub const TOKEN_LIMIT: usize = 8 * 1024;

/// Why a token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// Not a compact JWS with acceptable JSON in it.
    Malformed,
    /// Longer than [`TOKEN_LIMIT`].
    TooLong,
    /// `alg` is none that this product knows, or not the one of the key.
    Algorithm,
    /// `typ` is not one that the issuer's tokens have.
    Type,
    /// `iss` is no issuer that is known here, or not one that the rule takes.
    Issuer,
    /// `aud` names nobody here.
    Audience,
    /// A claim is missing.
    Missing(&'static str),
    /// A claim that the policy asks for is missing.
    MissingRequired,
    /// A claim is of the wrong type.
    Claim(&'static str),
    /// `exp` has passed.
    Expired,
    /// `nbf` or `iat` is ahead.
    NotYetValid,
    /// `iat` is too long ago.
    TooOld,
    /// No key of that name; the issuer with this number may have a new one.
    UnknownKey(usize),
    /// The signature does not match.
    Signature,
}

/// Reads and verifies a token.
///
/// # Errors
/// [`TokenFault`] for the first thing that is wrong.
pub fn read(
    token: &str,
    policy: &Policy,
    keys: &mut KeyRing,
    context: Context<'_>,
) -> Result<Access, TokenFault> {
    if token.len() > TOKEN_LIMIT {
        return Err(TokenFault::TooLong);
    }
    let parsed = jws::parse(token, TOKEN_LIMIT).map_err(|error| match error {
        jws::JwsError::Algorithm => TokenFault::Algorithm,
        _ => TokenFault::Malformed,
    })?;
    let (index, issuer, claims) = issuer_of(&parsed, policy)?;
    check_header(parsed.header(), issuer)?;
    let mut access = Access::new(index, claims, policy.rules.len())?;
    access.is_current(issuer, context.now)?;
    check_audience(&access.claims, &issuer.audiences)?;
    let missing = |name: &String| !access.claims.contains_key(name.as_str());
    if issuer.required_claims.iter().any(missing) {
        return Err(TokenFault::MissingRequired);
    }
    check_signature(&parsed, index, keys, context.verifier)?;
    let payload = parsed.peek_unverified_payload();
    access.headers = policy.identity.headers(&access.claims, payload);
    access.state = policy.identity.state(&access.claims);
    Ok(access)
}

fn issuer_of<'a>(parsed: &Parsed<'_>, policy: &'a Policy) -> Result<(usize, &'a Issuer, Map), TokenFault> {
    let claims = parsed
        .peek_unverified_claims()
        .map_err(|_| TokenFault::Malformed)?;
    let named = claims.get("iss").and_then(Value::as_str);
    let named = named.ok_or(TokenFault::Missing("iss"))?;
    let mut known = policy.issuers.iter().enumerate();
    let (index, issuer) = known
        .find(|(_, issuer)| issuer.issuer == named)
        .ok_or(TokenFault::Issuer)?;
    Ok((index, issuer, claims))
}

/// RFC 8725 sections 3.1 and 3.11. A nested token (`cty`) is none that anybody here issues.
fn check_header(header: &Header, issuer: &Issuer) -> Result<(), TokenFault> {
    if !issuer.algorithms.contains(&header.alg) {
        return Err(TokenFault::Algorithm);
    }
    let named = header.typ.as_deref().ok_or(TokenFault::Type)?;
    let fits = issuer.types.iter().any(|typ| typ == named) || issuer.types.contains(&short_type(named));
    if fits { Ok(()) } else { Err(TokenFault::Type) }
}

/// RFC 7519 section 4.1.3: one of them is enough.
pub(crate) fn check_audience(claims: &Map, accepted: &[String]) -> Result<(), TokenFault> {
    if accepted.is_empty() {
        return Ok(());
    }
    let accepts = |value: &Value| {
        value
            .as_str()
            .is_some_and(|name| accepted.iter().any(|one| one == name))
    };
    let fits = match claims.get("aud").ok_or(TokenFault::Missing("aud"))? {
        Value::Array(names) if names.iter().all(Value::is_string) => names.iter().any(accepts),
        name @ Value::String(_) => accepts(name),
        _ => return Err(TokenFault::Claim("aud")),
    };
    if fits { Ok(()) } else { Err(TokenFault::Audience) }
}

fn check_signature(
    parsed: &Parsed<'_>,
    issuer: usize,
    keys: &mut KeyRing,
    verifier: &dyn Verifier,
) -> Result<(), TokenFault> {
    let (message, signature) = parsed.signed();
    let signed = Signed {
        kid: parsed.header().kid.as_deref(),
        algorithm: parsed.header().alg,
        message,
        signature,
    };
    keys.verify(issuer, &signed, verifier)
        .map_err(|fault| match fault {
            KeyFault::Unknown => TokenFault::UnknownKey(issuer),
            KeyFault::Algorithm => TokenFault::Algorithm,
            KeyFault::Signature => TokenFault::Signature,
        })
}
