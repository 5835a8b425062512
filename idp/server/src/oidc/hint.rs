//! ID tokens of ours that come back: `id_token_hint` (OIDC Core 3.1.2.1, RP-Initiated Logout 2).

use idp_jose::Algorithm;
use idp_jose::jws::{self, Expectation};
use idp_jose::jwt::Claims;
use oidc::{Client, OAuthError};

use super::issuer;
use crate::app::App;
use crate::keys::client_purpose;

/// The longest hint.
const LIMIT: usize = 16 * 1024;

/// The claims of an ID token that this server signed, expired or not, as long as the public half of its key is remembered: 400 days
/// after the key is gone ([`idp_core::keys::KeyPurpose::remember_after`]).
pub(crate) fn verify(app: &App, token: &str) -> Option<Claims> {
    let parsed = jws::parse(token, LIMIT).ok()?;
    let header = parsed.header();
    let purpose = client_purpose(header.alg);
    let key = app.keys.remembered(purpose, header.kid.as_deref()?, app.now())?;
    let expectation = Expectation {
        algorithms: &Algorithm::ALL,
        typ: "JWT",
    };
    let verified = parsed.verify(&app.verifier, &key, &expectation).ok()?;
    let claims = Claims::from_verified(&verified).ok()?;
    let issuer = claims.required_text("iss").ok()?;
    issuer::is_ours(app, issuer).then_some(claims)
}

/// Whom a hint names, for the client that it was issued to.
///
/// # Errors
/// `invalid_request`.
pub(crate) fn subject_of(app: &App, client: &Client, token: &str) -> Result<String, OAuthError> {
    let invalid = OAuthError::invalid_request("id_token_hint is not an ID token of this client");
    let claims = verify(app, token).ok_or(invalid)?;
    let is_clients = claims.require_audience(&[client.client_id.as_str()]).is_ok();
    let subject = claims.required_text("sub").map_err(|_| invalid)?;
    is_clients.then(|| subject.to_owned()).ok_or(invalid)
}
