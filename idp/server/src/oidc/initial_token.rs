//! Initial access tokens (RFC 7591 1.2): an operator's leave for clients to register themselves for one service, for a while. Signed by
//! the operators' key, which is never published, under a `typ` of their own.

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_core::keys::KeyPurpose;
use idp_jose::Algorithm;
use idp_jose::jws::{self, Expectation, Header, Prepared};
use idp_jose::jwt::Claims;
use idp_store::Commit;
use idp_types::encoding::base64url;
use idp_types::{OperatorName, ServiceId, Timestamp};
use serde_json::json;

use crate::app::App;
use crate::crypto::random;
use crate::problem::{Code, Problem};

const TYPE: &str = "idt-registration+jwt";

/// The longest life, in seconds.
pub(crate) const LONGEST: i64 = 30 * 24 * 3600;

const LIMIT: usize = 4096;

/// Seconds of clock difference that are forgiven.
const LEEWAY: i64 = 30;

/// What an initial access token allows.
pub(super) struct Leave {
    /// Who gave it.
    pub(super) operator: OperatorName,
    /// For which service.
    pub(super) service_id: ServiceId,
}

/// Makes a token; answers it with the moment at which it ends.
///
/// # Errors
/// `service_not_found`; `invalid_request` for a life of no length; a [`Problem`] when it cannot be signed or recorded.
pub(crate) async fn issue_initial_token(
    app: &App,
    operator: &OperatorName,
    service_id: &ServiceId,
    seconds: i64,
) -> Result<(String, Timestamp), Problem> {
    if seconds < 1 {
        return Err(Problem::new(Code::InvalidRequest).detail("a token must live for a second at least"));
    }
    app.durable
        .service(service_id)
        .await?
        .ok_or(Code::ServiceNotFound)?;
    let now = app.now();
    let expires_at = now.plus_seconds(seconds.min(LONGEST));
    let claims = json!({
        "iss": app.config.issuer,
        "aud": app.config.issuer,
        "sub": operator,
        "service_id": service_id,
        "iat": now.unix_seconds(),
        "exp": expires_at.unix_seconds(),
        "jti": base64url(&random::<16>()?),
    });
    let key = app.keys.active(KeyPurpose::Operator, now)?;
    let header = Header::new(Algorithm::Es256).with_kid(key.kid()).with_typ(TYPE);
    let prepared = Prepared::new(&header, claims.to_string().as_bytes());
    let signature = key.signer.sign(prepared.signing_input()).await?;
    let fact = AuditFact::new(AuditEvent::ClientRegister, Actor::Operator(operator.clone()))
        .for_service(service_id)
        .with("step", "registration_allowed");
    let record = app.audit.record(&*app.durable, fact, now).await?;
    let commit = Commit {
        changes: Vec::new(),
        audit: vec![record],
    };
    app.durable.commit(commit).await?;
    Ok((prepared.complete(&signature), expires_at))
}

/// What a token allows; `None` when it is not one of ours, or over.
pub(super) fn verify_initial_token(app: &App, token: &str) -> Option<Leave> {
    let now = app.now();
    let parsed = jws::parse(token, LIMIT).ok()?;
    let kid = parsed.header().kid.clone()?;
    let key = app.keys.verification(KeyPurpose::Operator, &kid, now)?;
    let expectation = Expectation {
        algorithms: &[Algorithm::Es256],
        typ: TYPE,
    };
    let verified = parsed.verify(&app.verifier, &key, &expectation).ok()?;
    let claims = Claims::from_verified(&verified).ok()?;
    claims.require_issuer(&app.config.issuer).ok()?;
    claims.require_sole_audience(&[&app.config.issuer]).ok()?;
    claims.require_unexpired(now.unix_seconds(), 0).ok()?;
    claims.require_recent(now.unix_seconds(), LONGEST, LEEWAY).ok()?;
    Some(Leave {
        operator: OperatorName::parse(claims.required_text("sub").ok()?).ok()?,
        service_id: ServiceId::parse(claims.required_text("service_id").ok()?).ok()?,
    })
}
