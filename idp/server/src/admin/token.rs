//! Operator tokens: signed by a key of their own that is never published, for this issuer alone, short-lived (RFC 8725).

use std::collections::BTreeSet;

use idp_core::keys::KeyPurpose;
use idp_jose::Algorithm;
use idp_jose::jws::{self, Expectation, Header, Prepared};
use idp_jose::jwt::Claims;
use idp_types::encoding::base64url;
use idp_types::{OperatorName, Timestamp};
use serde::Serialize;

use super::permission::{OperatorScope, Role};
use crate::app::App;
use crate::crypto::random;
use crate::problem::{Code, Problem};

/// The `typ` of an operator token, so that no other token of ours is ever taken for one.
pub const OPERATOR_TOKEN_TYPE: &str = "idt-operator+jwt";

/// The longest life of an operator token, in seconds.
pub(crate) const OPERATOR_TOKEN_SECONDS: i64 = 24 * 3600;

const TOKEN_LIMIT: usize = 4096;

/// Seconds of clock difference that are forgiven.
const LEEWAY: i64 = 30;

/// What an operator is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorGrant {
    /// The operator's name, as it stands in the audit log.
    pub name: OperatorName,
    /// What the token is for.
    pub scopes: BTreeSet<OperatorScope>,
    /// How far its bearer goes.
    pub role: Role,
}

#[derive(Serialize)]
struct TokenClaims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    scope: String,
    role: Role,
    iat: i64,
    exp: i64,
    jti: String,
}

/// Signs a token for an operator; answers it with the moment at which it ends. Lives longer than
/// [`OPERATOR_TOKEN_SECONDS`] are cut to that.
///
/// # Errors
/// `invalid_request` for a life of no length; a [`Problem`] when no key can sign.
pub async fn issue_operator_token(
    app: &App,
    grant: &OperatorGrant,
    seconds: i64,
) -> Result<(String, Timestamp), Problem> {
    if seconds < 1 {
        return Err(Problem::new(Code::InvalidRequest).detail("a token must live for a second at least"));
    }
    let now = app.now();
    let expires_at = now.plus_seconds(seconds.min(OPERATOR_TOKEN_SECONDS));
    let scopes: Vec<&str> = grant.scopes.iter().map(|scope| scope.as_str()).collect();
    let claims = TokenClaims {
        iss: &app.config.issuer,
        aud: &app.config.issuer,
        sub: grant.name.as_str(),
        scope: scopes.join(" "),
        role: grant.role,
        iat: now.unix_seconds(),
        exp: expires_at.unix_seconds(),
        jti: base64url(&random::<16>()?),
    };
    let payload = serde_json::to_vec(&claims).map_err(|_| Problem::new(Code::Internal))?;
    let key = app.keys.active(KeyPurpose::Operator, now)?;
    let header = Header::new(Algorithm::Es256)
        .with_kid(key.kid())
        .with_typ(OPERATOR_TOKEN_TYPE);
    let prepared = Prepared::new(&header, &payload);
    let signature = key.signer.sign(prepared.signing_input()).await?;
    Ok((prepared.complete(&signature), expires_at))
}

/// What a token grants, and until when; `None` when it is not one of ours, for another issuer, or over.
pub(super) fn verify_operator_token(app: &App, token: &str) -> Option<(OperatorGrant, Timestamp)> {
    let now = app.now();
    let parsed = jws::parse(token, TOKEN_LIMIT).ok()?;
    let kid = parsed.header().kid.clone()?;
    let key = app.keys.verification(KeyPurpose::Operator, &kid, now)?;
    let expectation = Expectation {
        algorithms: &[Algorithm::Es256],
        typ: OPERATOR_TOKEN_TYPE,
    };
    let verified = parsed.verify(&app.verifier, &key, &expectation).ok()?;
    let claims = Claims::from_verified(&verified).ok()?;
    claims.require_issuer(&app.config.issuer).ok()?;
    claims.require_sole_audience(&[&app.config.issuer]).ok()?;
    claims.require_unexpired(now.unix_seconds(), 0).ok()?;
    claims
        .require_recent(now.unix_seconds(), OPERATOR_TOKEN_SECONDS, LEEWAY)
        .ok()?;
    let role = serde_json::from_value(claims.as_map().get("role")?.clone()).ok()?;
    let grant = OperatorGrant {
        name: OperatorName::parse(claims.required_text("sub").ok()?).ok()?,
        scopes: OperatorScope::set_of(claims.required_text("scope").ok()?),
        role,
    };
    let ends = claims.as_map().get("exp")?.as_i64()?;
    Some((grant, Timestamp::from_unix_seconds(ends)))
}
