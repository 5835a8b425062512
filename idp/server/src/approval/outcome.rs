//! The end of a session: committed durably before the session is written, then told to whoever waits.

use std::net::IpAddr;

use idp_core::approval::{Purpose, Release, Session, Status, Step};
use idp_core::enrolment::Holder;
use idp_store::durable::{AuditRecord, SessionOutcome, TokenStatus};
use idp_store::ephemeral::{Kind, Swap, Topic};
use idp_store::{Change, Commit, CommitError, Version, Versioned};
use idp_types::{DeviceId, Timestamp, TokenId};

use super::deliver::{Delivery, deliver};
use super::drive::{Driven, LINGER_SECONDS, TRIES, count_failure, records, sort};
use super::protocol;
use crate::app::App;
use crate::problem::{Code, Problem};
use crate::telemetry::metrics::Stage;

/// Seconds that "this was not me" blocks a service and caller for a holder (profile 4).
const BLOCK_SECONDS: i64 = 600;

/// An event that ends the session: `None` when another one ended it first.
pub(super) async fn resolve(
    app: &App,
    step: Step,
    status: Status,
    version: Version,
    address: Option<IpAddr>,
) -> Result<Option<Driven>, Problem> {
    let Step {
        session,
        verdict,
        effects,
    } = step;
    let now = app.now();
    let work = sort(effects, address);
    if status == Status::Approved {
        app.metrics.login_reached(Stage::Compared, &session, now);
    }
    let audit = records(app, work.facts, now).await?;
    let mut plan = Plan {
        status,
        release: work.release.as_ref(),
        clear: work.clear_failures,
        now,
    };
    let Some(delivery) = commit_outcome(app, &session, &mut plan, audit).await? else {
        return Ok(None);
    };
    app.metrics.login_ended(&session, status);
    if status == Status::Approved {
        app.metrics.login_reached(Stage::Approved, &session, app.now());
    }
    // The session has ended: whatever fails from here on, it is told so, and the failure comes last.
    let counted = match work.count_failure {
        Some(device_id) => count_failure(app, &session, Some(device_id), Vec::new()).await,
        None => Ok(()),
    };
    let delivered = match (work.release, delivery) {
        (Some(release), Some(delivery)) => deliver(app, &session, release, delivery).await,
        (Some(release), None) if protocol::is_protocols(&session) => {
            protocol::keep(app, &session, release).await
        }
        _ => Ok(()),
    };
    let blocked = if work.block {
        block(app, &session).await
    } else {
        Ok(())
    };
    force(app, session.clone(), version).await?;
    after_the_end(app, &session, work.wake_browser).await?;
    counted.and(delivered).and(blocked)?;
    Ok(Some(Driven { session, verdict }))
}

/// Questions of the server itself yield no token.
const fn yields_token(session: &Session) -> bool {
    matches!(session.purpose, Purpose::Login | Purpose::Verify)
}

/// What the outcome's commit holds.
struct Plan<'a> {
    status: Status,
    release: Option<&'a Release>,
    clear: Option<DeviceId>,
    now: Timestamp,
}

/// Commits the outcome. `None`: the session has one already.
async fn commit_outcome(
    app: &App,
    session: &Session,
    plan: &mut Plan<'_>,
    audit: Vec<AuditRecord>,
) -> Result<Option<Option<Delivery>>, Problem> {
    for _ in 0..TRIES {
        let holder = match &session.token_id {
            Some(token_id) => app.durable.holder(token_id).await?,
            None => None,
        };
        let delivery = match (plan.release, &holder) {
            (Some(release), Some(holder)) if yields_token(session) => {
                Some(Delivery::plan(app, holder.clone(), release, plan.now)?)
            }
            _ => None,
        };
        let changes = changes(session, plan, delivery.as_ref(), holder.as_deref());
        match app
            .durable
            .commit(Commit {
                changes,
                audit: audit.clone(),
            })
            .await
        {
            Ok(_) => return Ok(Some(delivery)),
            Err(CommitError::AlreadyConsumed) => return Ok(None),
            Err(CommitError::Conflict | CommitError::IndexTaken) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

fn changes(
    session: &Session,
    plan: &Plan<'_>,
    delivery: Option<&Delivery>,
    holder: Option<&Versioned<Holder>>,
) -> Vec<Change> {
    let mut changes = Vec::with_capacity(4);
    if let (Some(release), Some(token_id)) = (plan.release, &session.token_id) {
        let device_id = release.device_id.clone();
        changes.push(Change::RequireActiveDevice {
            token_id: token_id.clone(),
            device_id,
        });
    }
    changes.push(Change::ResolveSession(outcome(session, plan.status, plan.now)));
    if let (Some(delivery), Some(token_id)) = (delivery, &session.token_id) {
        changes.push(Change::IssueToken(token_status(session, delivery, token_id)));
    }
    let cleared = plan.clear.as_ref().zip(holder).and_then(|(device_id, holder)| {
        let next = holder.value.clone().clear_failures(device_id, plan.now)?;
        Some(Change::PutHolder {
            holder: Box::new(next),
            expected: holder.version,
        })
    });
    changes.extend(cleared);
    changes
}

/// The entry that a revocation of the device flips. That of a verification without login names nobody, as nothing of it does.
fn token_status(session: &Session, delivery: &Delivery, token_id: &TokenId) -> TokenStatus {
    let is_named = session.purpose != Purpose::Verify;
    TokenStatus {
        list: delivery.list,
        index: delivery.index,
        holder: is_named.then(|| (token_id.clone(), delivery.device_id.clone())),
        grant_id: None,
        sid: None,
        expires_at: delivery.expires_at,
    }
}

/// A verification without login leaves no trace of whose it was (profile 7).
fn outcome(session: &Session, status: Status, now: Timestamp) -> SessionOutcome {
    let named = session.purpose != Purpose::Verify;
    SessionOutcome {
        session_id: session.id.clone(),
        token_id: session.token_id.clone().filter(|_| named),
        service_id: session.service_id.clone(),
        status,
        initiated_at: session.created_at,
        resolved_at: now,
    }
}

/// Writes the terminal state whatever happened to the session meanwhile: the durable row says that this is it.
pub(super) async fn force(app: &App, session: Session, version: Version) -> Result<(), Problem> {
    let until = app.now().plus_seconds(LINGER_SECONDS).max(session.expires_at);
    let mut version = version;
    for _ in 0..TRIES {
        match app
            .ephemeral
            .replace_session(session.clone(), version, until)
            .await?
        {
            Swap::Swapped | Swap::Gone => return Ok(()),
            Swap::Conflict => match app.ephemeral.session(&session.id, app.now()).await? {
                Some(current) => version = current.version,
                None => return Ok(()),
            },
        }
    }
    Ok(())
}

pub(super) async fn after_the_end(app: &App, session: &Session, wake_browser: bool) -> Result<(), Problem> {
    if wake_browser {
        app.ephemeral.wake(Topic::Session(session.id.to_string())).await?;
    }
    if let Some(token_id) = &session.token_id {
        if session.status() == Status::Approved {
            app.ephemeral
                .take(Kind::PushCount, token_id.as_str(), app.now())
                .await?;
        }
        app.ephemeral.wake(Topic::Holder(token_id.clone())).await?;
    }
    Ok(())
}

/// The key under which a blocked caller is remembered.
pub(super) fn block_key(token_id: &TokenId, session: &Session) -> String {
    format!("{token_id}|{}|{}", session.service_id, session.caller.handle)
}

async fn block(app: &App, session: &Session) -> Result<(), Problem> {
    if let Some(token_id) = &session.token_id {
        let until = app.now().plus_seconds(BLOCK_SECONDS);
        app.ephemeral
            .put(Kind::Block, &block_key(token_id, session), Vec::new(), until)
            .await?;
    }
    Ok(())
}
