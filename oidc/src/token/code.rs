//! Redeeming an authorization code (RFC 6749 4.1.3, OIDC Core 3.1.3.2). That it happens once is decided by the commit.

use idp_types::Timestamp;
use idp_types::secret::constant_time_equal;

use super::binding::Presenter;
use crate::authorize::CodeGrant;
use crate::client::Client;
use crate::error::OAuthError;
use crate::grant::{Confirmation, Grant, GrantId};
use crate::parameters::Parameters;
use crate::polled;

/// The longest code.
const LIMIT: usize = 256;

/// Of a code's grant the identifier is derived from the code: who reuses the code names what it gave.
const CONTEXT: &[u8] = b"idt-grant-v1";

/// A request that is shaped as RFC 6749 4.1.3 asks.
#[derive(Clone, Copy)]
pub struct CodeRequest<'a> {
    /// The code.
    pub code: &'a str,
    redirect_uri: Option<&'a str>,
    code_verifier: Option<&'a str>,
}

impl std::fmt::Debug for CodeRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeRequest(..)")
    }
}

impl<'a> CodeRequest<'a> {
    /// Reads a request.
    ///
    /// # Errors
    /// `invalid_request` without a code, `invalid_grant` for one that cannot be ours.
    pub fn read(parameters: &'a Parameters) -> Result<Self, OAuthError> {
        let code = parameters.required("code", "code is missing")?;
        if code.len() > LIMIT {
            return Err(UNKNOWN);
        }
        Ok(Self {
            code,
            redirect_uri: parameters.text("redirect_uri"),
            code_verifier: parameters.text("code_verifier"),
        })
    }
}

/// What is said of a code that is unknown, expired, used or another client's: always the same.
pub const UNKNOWN: OAuthError =
    OAuthError::invalid_grant("the code is unknown, expired, used, or was given to another client");

/// The grant that a code gives, or gave.
pub fn grant_of_code(code: &str) -> GrantId {
    polled::grant_of(CONTEXT, code)
}

/// Every check of RFC 6749 4.1.3, RFC 7636 4.6 and RFC 9449 10 but that it is the first redemption.
///
/// # Errors
/// `invalid_grant`, or `invalid_request` for a missing verifier.
pub fn check_code(
    request: &CodeRequest<'_>,
    grant: &CodeGrant,
    client: &Client,
    presenter: Presenter<'_>,
    now: Timestamp,
) -> Result<(), OAuthError> {
    // RFC 6749 4.1.3: issued to this client, not expired.
    if grant.client_id != client.client_id || now >= grant.expires_at {
        return Err(UNKNOWN);
    }
    // RFC 6749 4.1.3: the same redirect URI as in the request.
    if request.redirect_uri != Some(grant.redirect_uri.as_str()) {
        return Err(OAuthError::invalid_grant(
            "redirect_uri is not that of the authorization request",
        ));
    }
    check_proof_key(request, grant)?;
    check_dpop_key(grant, presenter)
}

/// RFC 7636 4.6. A verifier without a challenge is refused: somebody may have stripped the challenge (RFC 9700 4.8.2).
fn check_proof_key(request: &CodeRequest<'_>, grant: &CodeGrant) -> Result<(), OAuthError> {
    match (&grant.code_challenge, request.code_verifier) {
        (Some(challenge), Some(verifier)) => challenge.verify(verifier),
        (Some(_), None) => Err(OAuthError::invalid_grant("code_verifier is missing")),
        (None, Some(_)) => Err(OAuthError::invalid_grant(
            "code_verifier without a code_challenge in the authorization request",
        )),
        (None, None) => Ok(()),
    }
}

/// RFC 9449 10: the key that the authorization request named.
fn check_dpop_key(grant: &CodeGrant, presenter: Presenter<'_>) -> Result<(), OAuthError> {
    let Some(expected) = &grant.dpop_jkt else {
        return Ok(());
    };
    let is_same = presenter
        .jkt
        .is_some_and(|own| constant_time_equal(own.as_bytes(), expected.as_bytes()));
    if is_same {
        Ok(())
    } else {
        Err(OAuthError::invalid_grant(
            "the DPoP key is not that of the authorization request",
        ))
    }
}

/// The grant that comes of a code; it ends at `expires_at`.
pub fn begin_grant(
    grant_id: GrantId,
    code: &CodeGrant,
    confirmation: Option<Confirmation>,
    now: Timestamp,
    expires_at: Timestamp,
) -> Grant {
    Grant {
        grant_id,
        client_id: code.client_id.clone(),
        service_id: code.service_id.clone(),
        subject: code.subject.clone(),
        authentication: code.released.authentication.clone(),
        acr: code.acr.clone(),
        scope: code.scope.to_string(),
        sid: code.sid.clone(),
        resources: code.resources.clone(),
        authorization_details: code.authorization_details.clone(),
        claims_request: code.claims_request.clone(),
        confirmation,
        nonce: code.nonce.clone(),
        created_at: now,
        expires_at,
        claims_until: code.claims_until,
        revoked_at: None,
        refresh: None,
    }
}
