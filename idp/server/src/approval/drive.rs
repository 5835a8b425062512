//! One driver for every event of every session: load, step, commit, render.
//!
//! An event that *ends* a session is committed durably before the session is written: the unique outcome row decides who won, and
//! whoever lost sees what the winner made of it. Any other event is written to the session first, so that attempts are counted
//! atomically, and recorded afterwards.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use idp_core::approval::{Accepted, Effect, Event, Purpose, Refusal, Release, Session, State, Status, Step};
use idp_core::audit::{AuditEvent, AuditFact};
use idp_core::enrolment::Holder;
use idp_store::durable::{SessionOutcome, TokenStatus};
use idp_store::ephemeral::{Kind, Swap, Topic};
use idp_store::{Change, Commit, CommitError, Version, Versioned};
use idp_types::{DeviceId, SessionId, Timestamp, TokenId};

use super::deliver::{Delivery, deliver};
use crate::app::App;
use crate::problem::{Code, Problem};

/// Seconds that a finished session stays readable: late sockets, repeated requests (profile 4.5).
pub(super) const LINGER_SECONDS: i64 = 60;

/// Seconds that "this was not me" blocks a service and caller for a holder (profile 4).
const BLOCK_SECONDS: i64 = 600;

/// How often a lost race is tried again.
const TRIES: usize = 50;

/// What came of an event.
pub(super) struct Driven {
    /// The session after it.
    pub(super) session: Session,
    /// Whether it did what it wanted.
    pub(super) verdict: Result<Accepted, Refusal>,
}

/// Drives one event through a session. `make` is asked again whenever the session had changed.
///
/// # Errors
/// `session_not_found`, or the stores' problems. A refusal of the engine is not an error here.
pub(super) async fn drive<F>(
    app: &App,
    id: &SessionId,
    address: Option<IpAddr>,
    mut make: F,
) -> Result<Driven, Problem>
where
    F: FnMut(&Session) -> Event + Send,
{
    for attempt in 0..TRIES {
        let now = app.now();
        let found = app
            .ephemeral
            .session(id, now)
            .await?
            .ok_or(Code::SessionNotFound)?;
        let event = make(&found.value);
        let step = found.value.step(event, now);
        if let Some(driven) = apply(app, step, found.version, address).await? {
            return Ok(driven);
        }
        // The winner of a race needs a moment between its commit and its session.
        tokio::time::sleep(Duration::from_millis(if attempt < 3 { 1 } else { 10 })).await;
    }
    abandon(app, id).await
}

/// Applies a step in a task of its own: what was begun is finished, whether or not the caller's connection lives.
async fn apply(
    app: &App,
    step: Step,
    version: Version,
    address: Option<IpAddr>,
) -> Result<Option<Driven>, Problem> {
    if step.effects.is_empty() {
        return Ok(Some(Driven {
            session: step.session,
            verdict: step.verdict,
        }));
    }
    let resolution = step.effects.iter().find_map(|effect| match effect {
        Effect::Resolve(status) => Some(*status),
        _ => None,
    });
    let app = app.handle.upgrade().ok_or(Code::Unavailable)?;
    let applied = tokio::spawn(async move {
        match resolution {
            Some(status) => resolve(&app, step, status, version, address).await,
            None => record(&app, step, version, address).await,
        }
    });
    applied.await.map_err(|_| Problem::new(Code::Internal))?
}

/// A session that ended durably, of whose end this instance knows no more: the process that ended it died on the way. Whoever waits
/// asks again.
async fn abandon(app: &App, id: &SessionId) -> Result<Driven, Problem> {
    let unavailable = || Problem::new(Code::Unavailable).retry_after(1);
    let outcome = app.durable.outcome(id).await?.ok_or_else(unavailable)?;
    let found = app
        .ephemeral
        .session(id, app.now())
        .await?
        .ok_or(Code::SessionNotFound)?;
    let mut session = found.value;
    if !session.is_terminal() {
        session.state = State::Expired {
            at: outcome.resolved_at,
        };
        force(app, session.clone(), found.version).await?;
        after_the_end(app, &session, true).await?;
    }
    Ok(Driven {
        session,
        verdict: Err(Refusal::NotPending),
    })
}

/// Seals the facts of a step into records.
async fn records(
    app: &App,
    facts: Vec<AuditFact>,
    now: Timestamp,
) -> Result<Vec<idp_store::durable::AuditRecord>, Problem> {
    let mut records = Vec::with_capacity(facts.len());
    for fact in facts {
        records.push(app.audit.record(&*app.durable, fact, now).await?);
    }
    Ok(records)
}

/// The effects of one step, sorted by who carries them out.
#[derive(Default)]
struct Work {
    facts: Vec<AuditFact>,
    release: Option<Release>,
    count_failure: Option<DeviceId>,
    clear_failures: Option<DeviceId>,
    block: bool,
    wake_browser: bool,
}

fn sort(effects: Vec<Effect>, address: Option<IpAddr>) -> Work {
    let mut work = Work::default();
    for effect in effects {
        match effect {
            Effect::Record(fact) => work.facts.push(fact.from_address(address)),
            Effect::Release(release) => work.release = Some(release),
            Effect::CountFailure(device_id) => work.count_failure = Some(device_id),
            Effect::ClearFailures(device_id) => work.clear_failures = Some(device_id),
            Effect::BlockCaller => work.block = true,
            Effect::WakeBrowser => work.wake_browser = true,
            // Resolve is the commit itself; phones are told by whoever begins a session.
            _ => {}
        }
    }
    work
}

/// An event that leaves the session open.
async fn record(
    app: &App,
    step: Step,
    version: Version,
    address: Option<IpAddr>,
) -> Result<Option<Driven>, Problem> {
    let Step {
        session,
        verdict,
        effects,
    } = step;
    let driven = Driven {
        session: session.clone(),
        verdict,
    };
    let work = sort(effects, address);
    let until = session.expires_at.plus_seconds(LINGER_SECONDS);
    match app
        .ephemeral
        .replace_session(session.clone(), version, until)
        .await?
    {
        Swap::Swapped => {}
        Swap::Conflict => return Ok(None),
        Swap::Gone => return Err(Code::SessionNotFound.into()),
    }
    let now = app.now();
    let audit = records(app, work.facts, now).await?;
    count_failure(app, &session, work.count_failure, audit).await?;
    if work.wake_browser {
        app.ephemeral.wake(Topic::Session(session.id.to_string())).await?;
    }
    Ok(Some(driven))
}

/// Commits records, and the holder's failure count where a wrong code came under a valid signature.
async fn count_failure(
    app: &App,
    session: &Session,
    device: Option<DeviceId>,
    audit: Vec<idp_store::durable::AuditRecord>,
) -> Result<(), Problem> {
    let (Some(device_id), Some(token_id)) = (device, &session.token_id) else {
        app.durable
            .commit(Commit {
                changes: Vec::new(),
                audit,
            })
            .await?;
        return Ok(());
    };
    let now = app.now();
    for _ in 0..TRIES {
        let holder = app.durable.holder(token_id).await?.ok_or(Code::SessionNotFound)?;
        let Ok((next, locked)) = holder.value.clone().count_failure(&device_id, now) else {
            return Ok(());
        };
        let mut audit = audit.clone();
        if locked {
            let fact =
                AuditFact::new(AuditEvent::DeviceLocked, idp_core::audit::Actor::System).about(token_id);
            audit.extend(records(app, vec![fact], now).await?);
        }
        let change = Change::PutHolder {
            holder: Box::new(next),
            expected: holder.version,
        };
        match app
            .durable
            .commit(Commit {
                changes: vec![change],
                audit,
            })
            .await
        {
            Err(CommitError::Conflict) => {}
            other => return other.map(|_| ()).map_err(Problem::from),
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

/// An event that ends the session: `None` when another one ended it first.
async fn resolve(
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
    // The session has ended: whatever fails from here on, it is told so, and the failure comes last.
    let counted = match work.count_failure {
        Some(device_id) => count_failure(app, &session, Some(device_id), Vec::new()).await,
        None => Ok(()),
    };
    let delivered = match (work.release, delivery) {
        (Some(release), Some(delivery)) => deliver(app, &session, release, delivery).await,
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
    audit: Vec<idp_store::durable::AuditRecord>,
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

/// The entry that a revocation of the device flips. That of a verification without login names nobody, as nothing of it does: the
/// entry is this token's own, and ends with it.
fn token_status(session: &Session, delivery: &Delivery, token_id: &TokenId) -> TokenStatus {
    let nobody = TokenId::parse(session.id.as_str())
        .ok()
        .zip(DeviceId::parse("none").ok());
    let (token_id, device_id) = match nobody {
        Some(nobody) if session.purpose == Purpose::Verify => nobody,
        _ => (token_id.clone(), delivery.device_id.clone()),
    };
    TokenStatus {
        list: delivery.list,
        index: delivery.index,
        token_id,
        device_id,
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
async fn force(app: &App, session: Session, version: Version) -> Result<(), Problem> {
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

async fn after_the_end(app: &App, session: &Session, wake_browser: bool) -> Result<(), Problem> {
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

/// Loads a session that a request names; unknown and forgotten ones are one answer.
pub(super) async fn load(app: &Arc<App>, id: &SessionId) -> Result<Session, Problem> {
    let found = app.ephemeral.session(id, app.now()).await?;
    found
        .map(|found| found.value)
        .ok_or_else(|| Code::SessionNotFound.into())
}
