//! Revocation (profile 11): of one device or of the whole tokenId, by an operator, the holder, or a trust list.

use std::net::IpAddr;

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_core::enrolment::{ChangeRefusal, RevocationReason};
use idp_store::ephemeral::Topic;
use idp_store::{Change, Commit, CommitError};
use idp_types::{DeviceId, TokenId};

use super::TRIES;
use crate::app::App;
use crate::approval::end_sessions_of;
use crate::oidc::logout;
use crate::problem::{Code, Problem};

/// Revokes a device, or with `None` the tokenId and all of its devices: live tokens are marked in their status lists, browsers' sessions
/// end with a logout to their relying parties, pending sessions end, phones and browsers are told. Revoking twice changes nothing but the audit log.
///
/// # Errors
/// `not_found` when there is no such holder or device; the stores' problems.
pub(crate) async fn revoke_enrolment(
    app: &App,
    token_id: &TokenId,
    device_id: Option<&DeviceId>,
    reason: RevocationReason,
    actor: Actor,
) -> Result<(), Problem> {
    let revoking = Revoking {
        token_id,
        device_id,
        reason,
        event: AuditEvent::Revoke,
        actor,
        address: None,
    };
    carry_out(app, &revoking).await
}

/// What is revoked, why, and how it is recorded.
pub(super) struct Revoking<'a> {
    pub(super) token_id: &'a TokenId,
    pub(super) device_id: Option<&'a DeviceId>,
    pub(super) reason: RevocationReason,
    pub(super) event: AuditEvent,
    pub(super) actor: Actor,
    pub(super) address: Option<IpAddr>,
}

impl Revoking<'_> {
    fn fact(&self) -> AuditFact {
        let fact = AuditFact::new(self.event, self.actor.clone())
            .about(self.token_id)
            .from_address(self.address)
            .with("reason", reason_name(self.reason));
        match self.device_id {
            Some(device_id) => fact.with("device", device_id.as_str()),
            None => fact,
        }
    }
}

/// Load, decide, commit, tell.
pub(super) async fn carry_out(app: &App, revoking: &Revoking<'_>) -> Result<(), Problem> {
    let now = app.now();
    for _ in 0..TRIES {
        let found = app
            .durable
            .holder(revoking.token_id)
            .await?
            .ok_or(Code::NotFound)?;
        let next = found
            .value
            .clone()
            .revoke(revoking.device_id, revoking.reason, now)
            .map_err(problem)?;
        let record = app.audit.record(&*app.durable, revoking.fact(), now).await?;
        let ending = logout::endings_of_device(app, revoking.token_id, revoking.device_id).await?;
        let mut changes = vec![
            Change::PutHolder {
                holder: Box::new(next),
                expected: found.version,
            },
            Change::RevokeTokens {
                token_id: revoking.token_id.clone(),
                device_id: revoking.device_id.cloned(),
            },
        ];
        changes.extend(ending.changes);
        let mut audit = vec![record];
        audit.extend(ending.audit);
        match app.durable.commit(Commit { changes, audit }).await {
            Ok(_) => return announce(app, revoking.token_id).await,
            Err(CommitError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

/// What follows from a revocation that is committed: status lists are made anew, relying parties hear of sessions that ended, approval
/// sessions end, phones look.
pub(crate) async fn announce(app: &App, token_id: &TokenId) -> Result<(), Problem> {
    logout::announce(app);
    end_sessions_of(app, token_id).await?;
    app.ephemeral.wake(Topic::Holder(token_id.clone())).await?;
    Ok(())
}

/// The reason as the profile spells it.
pub(crate) const fn reason_name(reason: RevocationReason) -> &'static str {
    match reason {
        RevocationReason::LostDevice => "lost_device",
        RevocationReason::Compromised => "compromised",
        RevocationReason::ExpiredDocument => "expired_document",
        RevocationReason::UserRequest => "user_request",
        RevocationReason::RevokedSeal => "revoked_seal",
    }
}

fn problem(refusal: ChangeRefusal) -> Problem {
    match refusal {
        ChangeRefusal::UnknownDevice => Code::NotFound.into(),
        ChangeRefusal::Ended | ChangeRefusal::Chain => Code::Conflict.into(),
        ChangeRefusal::TrustLimit => Code::TrustLimit.into(),
    }
}
