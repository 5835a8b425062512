//! An address that the provider calls gone is taken off its device, durably, unless the device has another one by now.

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::{Change, Commit, CommitError};

use super::Job;
use crate::app::App;
use crate::problem::{Code, Problem};

/// How often it is decided again because the holder changed meanwhile.
const TRIES: usize = 5;

pub(super) async fn forget(app: &App, job: &Job, provider: &'static str) -> Result<(), Problem> {
    for _ in 0..TRIES {
        let now = app.now();
        let Some(holder) = app.durable.holder(&job.token_id).await? else {
            return Ok(());
        };
        let before = holder.value.clone();
        let Some(next) = before.forget_push(&job.device_id, &job.push.address, now) else {
            return Ok(());
        };
        let fact = AuditFact::new(AuditEvent::DevicePush, Actor::System)
            .about(&job.token_id)
            .with("device", job.device_id.as_str())
            .with("provider", provider)
            .with("reason", "gone");
        let record = app.audit.record(&*app.durable, fact, now).await?;
        let put = Change::PutHolder {
            holder: Box::new(next),
            expected: holder.version,
        };
        let commit = Commit {
            changes: vec![put],
            audit: vec![record],
        };
        match app.durable.commit(commit).await {
            Err(CommitError::Conflict) => {}
            other => return other.map(|_| ()).map_err(Problem::from),
        }
    }
    Err(Code::Unavailable.into())
}
