//! Access tokens that come back: ours, not expired, not revoked.

use idp_jose::Algorithm;
use idp_jose::jws::{self, Expectation};
use oidc::claims::{AccessToken, TYPE};
use oidc::introspection::TOKEN_LIMIT;

use crate::app::App;
use crate::keys::client_purpose;
use crate::oidc::issuer;
use crate::problem::Problem;
use crate::status;

/// What access tokens are signed with, as the client's view of the issuer has it.
const ALGORITHMS: [Algorithm; 2] = [Algorithm::Es256, Algorithm::Rs256];

/// A token of ours that has not expired; whether it was revoked is another question. RFC 9068 4: the type is `at+jwt` and no other, so
/// that no ID token or logout token passes for one.
pub(crate) fn verified(app: &App, token: &str) -> Option<AccessToken> {
    let now = app.now();
    let parsed = jws::parse(token, TOKEN_LIMIT).ok()?;
    let header = parsed.header();
    let purpose = client_purpose(header.alg);
    let key = app.keys.verification(purpose, header.kid.as_deref()?, now)?;
    let expectation = Expectation {
        algorithms: &ALGORITHMS,
        typ: TYPE,
    };
    let verified = parsed.verify(&app.verifier, &key, &expectation).ok()?;
    let token: AccessToken = serde_json::from_slice(verified.payload()).ok()?;
    let is_live = now.unix_seconds() < token.exp && issuer::is_ours(app, &token.iss);
    is_live.then_some(token)
}

/// The place of a token's entry.
pub(crate) fn place_of(app: &App, token: &AccessToken) -> Option<(u32, u32)> {
    let reference = &token.status.status_list;
    let prefix = status::uri(&app.config.issuer, 0);
    let prefix = prefix.strip_suffix('0')?;
    let list = reference.uri.strip_prefix(prefix)?.parse().ok()?;
    Some((list, reference.idx))
}

/// Whether a token was revoked. One that has no entry any more is: nobody can vouch for it.
///
/// # Errors
/// The durable store's problems.
pub(crate) async fn is_revoked(app: &App, (list, index): (u32, u32)) -> Result<bool, Problem> {
    let revoked = app.durable.token_is_revoked(list, index).await?;
    Ok(revoked.unwrap_or(true))
}
