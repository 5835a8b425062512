//! What a code will be bound to: a proof key (RFC 7636), a DPoP key (RFC 9449 10).

use idp_types::encoding::from_base64url;

use crate::client::{Client, ClientProfile};
use crate::error::OAuthError;
use crate::parameters::Parameters;
use crate::pkce::CodeChallenge;

/// RFC 7636 4.4.1: required of public clients (RFC 9700 2.1.1), of FAPI 2.0 (5.3.2.2) and where the registration says so.
pub(super) fn challenge(
    parameters: &Parameters,
    client: &Client,
) -> Result<Option<CodeChallenge>, OAuthError> {
    let is_required = client.is_public() || client.require_pkce || client.profile == ClientProfile::Fapi2;
    let method = parameters.text("code_challenge_method");
    match parameters.text("code_challenge") {
        Some(challenge) => CodeChallenge::parse(challenge, method).map(Some),
        None if is_required => Err(OAuthError::invalid_request("code_challenge is missing")),
        None if method.is_some() => Err(OAuthError::invalid_request(
            "code_challenge_method stands without code_challenge",
        )),
        None => Ok(None),
    }
}

/// RFC 9449 10: the SHA-256 thumbprint of the key that will redeem the code.
pub(super) fn dpop_key(parameters: &Parameters) -> Result<Option<String>, OAuthError> {
    let Some(thumbprint) = parameters.text("dpop_jkt") else {
        return Ok(None);
    };
    let is_digest = from_base64url(thumbprint).is_some_and(|bytes| bytes.len() == 32);
    is_digest
        .then(|| Some(thumbprint.to_owned()))
        .ok_or(OAuthError::invalid_request(
            "dpop_jkt is not a SHA-256 thumbprint",
        ))
}
