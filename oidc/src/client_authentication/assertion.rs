//! `private_key_jwt` (RFC 7523 3, OIDC Core 9, FAPI 2.0 Security Profile 5.3.2.1).

use idp_jose::Algorithm;
use idp_jose::jws;
use idp_jose::jwt::{Claims, JwtError};
use idp_types::Timestamp;

use super::REFUSED;
use crate::client::{Client, ClientProfile, SigningAlgorithm};
use crate::error::{ErrorCode, OAuthError};

/// RFC 7523 2.2.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The largest client assertion, in bytes.
pub const ASSERTION_LIMIT: usize = 8 * 1024;

/// The longest remaining life of a client assertion, in seconds. An identifier is remembered for as long.
pub const ASSERTION_SECONDS: i64 = 3600;

/// Seconds that clocks may differ.
const LEEWAY: i64 = 10;

/// The longest `jti`.
const IDENTIFIER_LIMIT: usize = 256;

/// The endpoints that a FAPI-CIBA client may name as the audience.
const ENDPOINTS: [&str; 2] = ["/oidc/token", "/oidc/ciba"];

/// What FAPI 2.0 allows (Security Profile 5.4.1): no RS256.
const FAPI: [Algorithm; 3] = [Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa];

/// Which algorithms a client's assertions may have: the one that it registered, else those of its profile.
pub fn algorithms(client: &Client) -> &'static [Algorithm] {
    match (client.token_endpoint_auth_signing_alg, client.profile) {
        (Some(SigningAlgorithm::Es256), _) => &[Algorithm::Es256],
        (Some(SigningAlgorithm::Ps256), _) => &[Algorithm::Ps256],
        (Some(SigningAlgorithm::EdDsa), _) => &[Algorithm::EdDsa],
        (Some(SigningAlgorithm::Rs256) | None, profile) if profile.is_fapi() => &FAPI,
        (Some(SigningAlgorithm::Rs256), _) => &[Algorithm::Rs256],
        (None, _) => &Algorithm::ALL,
    }
}

/// An assertion whose claims hold. Its identifier has to be used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedAssertion {
    /// `jti`.
    pub id: String,
    /// Until when it could be used again.
    pub expires_at: Timestamp,
}

/// The client that an assertion names, **before verification**: `sub` (RFC 7523 3).
///
/// # Errors
/// `invalid_client`.
pub fn named_client(assertion: &str) -> Result<String, OAuthError> {
    let parsed = jws::parse(assertion, ASSERTION_LIMIT).map_err(|_| REFUSED)?;
    let claims = parsed.peek_unverified_claims().map_err(|_| REFUSED)?;
    let subject = claims.get("sub").and_then(serde_json::Value::as_str);
    subject.map(str::to_owned).ok_or(REFUSED)
}

/// The claims of a verified assertion. `issuers` are our names: the audience is one of them, alone and as a string, never an array and
/// never an endpoint, so that no other server can be sent the same assertion (profile 5; FAPI 2.0; draft-ietf-oauth-rfc7523bis).
/// FAPI-CIBA clients alone may name an endpoint, because CIBA 7.1 says "MUST accept"; one that has several providers should not.
///
/// # Errors
/// `invalid_client`.
pub fn check_assertion(
    claims: &Claims,
    client: &Client,
    issuers: &[&str],
    now: Timestamp,
) -> Result<CheckedAssertion, OAuthError> {
    let seconds = now.unix_seconds();
    check_parties(claims, client, issuers).map_err(refused)?;
    check_times(claims, seconds).map_err(refused)?;
    // OIDC Core 9: jti is REQUIRED.
    let id = claims.required_text("jti").map_err(refused)?;
    if id.is_empty() || id.len() > IDENTIFIER_LIMIT {
        return Err(OAuthError::new(
            ErrorCode::InvalidClient,
            "the assertion's jti is empty or too long",
        ));
    }
    let expires = claims.required_time("exp").map_err(refused)?;
    Ok(CheckedAssertion {
        id: id.to_owned(),
        expires_at: Timestamp::from_unix_seconds(expires.saturating_add(LEEWAY)),
    })
}

/// RFC 7523 3, items 1 to 3.
fn check_parties(claims: &Claims, client: &Client, issuers: &[&str]) -> Result<(), JwtError> {
    claims.require_issuer(client.client_id.as_str())?;
    claims.require_text("sub", client.client_id.as_str())?;
    match claims.text("aud")? {
        Some(audience) if is_audience(client, issuers, audience) => Ok(()),
        Some(_) => Err(JwtError::Mismatch("aud")),
        None => Err(JwtError::Missing("aud")),
    }
}

/// One of our names; for a FAPI-CIBA client the token endpoint and the backchannel authentication endpoint, too (CIBA 7.1).
fn is_audience(client: &Client, issuers: &[&str], audience: &str) -> bool {
    let mut beyond = issuers.iter().filter_map(|issuer| audience.strip_prefix(issuer));
    let may_name_endpoints = client.profile == ClientProfile::FapiCiba;
    beyond.any(|path| path.is_empty() || may_name_endpoints && ENDPOINTS.contains(&path))
}

/// RFC 7523 3, items 4 to 6.
fn check_times(claims: &Claims, now: i64) -> Result<(), JwtError> {
    claims.require_unexpired(now, LEEWAY)?;
    if claims.required_time("exp")? > now.saturating_add(ASSERTION_SECONDS) {
        return Err(JwtError::TooOld);
    }
    claims.require_started(now, LEEWAY)?;
    match claims.time("iat")? {
        Some(issued) if issued > now.saturating_add(LEEWAY) => Err(JwtError::NotYetValid),
        _ => Ok(()),
    }
}

/// Which claim failed is no secret: whoever signs assertions wrote it.
fn refused(error: JwtError) -> OAuthError {
    let description = match error {
        JwtError::Missing("aud") | JwtError::Mismatch("aud") | JwtError::WrongType("aud") => {
            "the assertion's aud must be the issuer, as a string"
        }
        JwtError::Missing("jti") | JwtError::WrongType("jti") => "the assertion has no jti",
        JwtError::Expired => "the assertion has expired",
        JwtError::NotYetValid => "the assertion is not valid yet",
        JwtError::TooOld => "the assertion is valid for too long",
        _ => "the assertion's claims are not the client's",
    };
    OAuthError::new(ErrorCode::InvalidClient, description)
}
