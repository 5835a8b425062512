//! DPoP (RFC 9449): what needs memory. A proof is accepted once; its nonce, where it has one, must be ours and recent.
//!
//! Nonces are a MAC of a time slot, so that every instance knows them and none is stored. Public clients need one at the token endpoint
//! and its siblings: nothing else keeps an attacker who ran in the browser for a moment from taking proofs for later along
//! (RFC 9449 11.2). Confidential clients authenticate besides, so that a nonce is theirs to use.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue};
use idp_store::ephemeral::{Kind, Lifetime};
use idp_types::Timestamp;
use idp_types::encoding::base64url;
use idp_types::secret::constant_time_equal;
use oidc::dpop::{self, Expected};
use oidc::{Client, ErrorCode, OAuthError};

use super::derived::tag;
use super::failure::OidcFailure;
use crate::app::App;

/// RFC 9449 4.1.
const PROOF: HeaderName = HeaderName::from_static("dpop");

/// RFC 9449 8.
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// Seconds of a slot. A nonce is accepted in its own and the next one.
const SLOT_SECONDS: i64 = 120;

const LABEL: &[u8] = b"idt-dpop-nonce-v1";

/// What a proof must be about.
pub(crate) struct Asked<'a> {
    /// The request's method.
    pub(crate) method: &'a str,
    /// The address that the client called.
    pub(crate) uri: &'a str,
    /// The access token that came along, at a resource.
    pub(crate) access_token: Option<&'a str>,
    /// Whose request it is, as far as that is known.
    pub(crate) client: Option<&'a Client>,
}

/// Whether a request has a proof.
pub(crate) fn has_proof(headers: &HeaderMap) -> bool {
    headers.contains_key(PROOF)
}

/// The thumbprint of the key that the request proves, `None` without a proof.
///
/// # Errors
/// `invalid_dpop_proof`, or `use_dpop_nonce` with which the client tries again.
pub(crate) async fn prove(
    app: &App,
    headers: &HeaderMap,
    asked: &Asked<'_>,
) -> Result<Option<String>, OidcFailure> {
    let mut proofs = headers.get_all(PROOF).into_iter();
    let Some(proof) = proofs.next() else {
        return Ok(None);
    };
    let invalid = |description| OAuthError::new(ErrorCode::InvalidDpopProof, description);
    // RFC 9449 4.3, item 1: one proof and no more.
    if proofs.next().is_some() {
        return Err(invalid("there are two DPoP proofs").into());
    }
    let proof = proof
        .to_str()
        .map_err(|_| invalid("the DPoP proof is not a JWT"))?;
    let now = app.now();
    let expected = Expected {
        method: asked.method,
        uri: asked.uri,
        access_token: asked.access_token,
        algorithms: dpop::algorithms(asked.client),
        now,
    };
    let checked = dpop::check(proof, &expected, &app.verifier)?;
    let is_public = asked.client.is_some_and(Client::is_public);
    check_nonce(
        app,
        checked.nonce.as_deref(),
        is_public && asked.access_token.is_none(),
        now,
    )?;
    let life = Lifetime {
        now,
        until: checked.replay_until,
    };
    let is_new = app
        .ephemeral
        .put_new(Kind::DpopProof, &checked.replay_key, Vec::new(), life)
        .await?;
    if is_new {
        Ok(Some(checked.jkt))
    } else {
        Err(invalid("the DPoP proof was used before").into())
    }
}

/// RFC 9449 8: a nonce that is there is one of ours, and one is there where it is needed.
fn check_nonce(app: &App, nonce: Option<&str>, is_needed: bool, now: Timestamp) -> Result<(), OAuthError> {
    let again = OAuthError::new(ErrorCode::UseDpopNonce, "use the nonce of the DPoP-Nonce header");
    let Some(nonce) = nonce else {
        return if is_needed { Err(again) } else { Ok(()) };
    };
    let slot = slot(now);
    let is_ours = [slot, slot - 1]
        .into_iter()
        .any(|slot| constant_time_equal(nonce_of(app, slot).as_bytes(), nonce.as_bytes()));
    if is_ours { Ok(()) } else { Err(again) }
}

const fn slot(now: Timestamp) -> i64 {
    now.unix_seconds().div_euclid(SLOT_SECONDS)
}

fn nonce_of(app: &App, slot: i64) -> String {
    base64url(&tag::<16>(app, LABEL, &slot.to_be_bytes()))
}

/// The nonce of now.
pub(crate) fn nonce(app: &App) -> String {
    nonce_of(app, slot(app.now()))
}

/// The answer of an endpoint that clients call with a proof: with the nonce for the next one where there was one, or should have been
/// (RFC 9449 8.2).
pub(crate) fn answer(app: &App, headers: &HeaderMap, outcome: Result<Response, OidcFailure>) -> Response {
    let wants_nonce = has_proof(headers)
        || matches!(&outcome, Err(OidcFailure::OAuth(error)) if error.code == ErrorCode::UseDpopNonce);
    let mut response = outcome.unwrap_or_else(IntoResponse::into_response);
    if wants_nonce {
        with_nonce(app, &mut response);
    }
    response
}

/// Hands the client the nonce for its next proof (RFC 9449 8.2).
pub(crate) fn with_nonce(app: &App, response: &mut Response) {
    if let Ok(value) = HeaderValue::from_str(&nonce(app)) {
        response.headers_mut().insert(NONCE, value);
    }
}
