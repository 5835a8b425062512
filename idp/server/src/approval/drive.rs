//! One driver for every event of every session: load, step, commit, render.
//!
//! An event that *ends* a session is committed durably before the session is written: the unique outcome row decides who won, and
//! whoever lost sees what the winner made of it. Any other event is written to the session first, so that attempts are counted
//! atomically, and recorded afterwards.

use std::net::IpAddr;
use std::time::Duration;

use idp_core::approval::{
    Accepted, Effect, Event, Refusal, RejectReason, Release, Session, State, Status, Step,
};
use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::durable::{AuditRecord, SessionOutcome};
use idp_store::ephemeral::{Swap, Topic};
use idp_store::{Change, Commit, CommitError, Version};
use idp_types::{DeviceId, SessionId, Timestamp};
use tracing::Instrument as _;

use super::outcome::{after_the_end, force, resolve};
use crate::app::App;
use crate::problem::{Code, Problem};

/// Seconds that a finished session stays readable: late sockets, repeated requests (profile 4.5).
pub(crate) const LINGER_SECONDS: i64 = 60;

/// How often a lost race is tried again.
pub(super) const TRIES: usize = 50;

/// The lost race after which the durable outcome is asked for.
const ASKED_AFTER: usize = 2;

/// Milliseconds that a winner may take from its commit to its session.
const FINISHING_MILLIS: i64 = 500;

/// What came of an event.
pub(crate) struct Driven {
    /// The session after it.
    pub(crate) session: Session,
    /// Whether it did what it wanted.
    pub(crate) verdict: Result<Accepted, Refusal>,
}

/// Drives one event through a session. `make` is asked again whenever the session had changed.
///
/// # Errors
/// `session_not_found`, or the stores' problems. A refusal of the engine is not an error here.
pub(crate) async fn drive<F>(
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
        if attempt == ASKED_AFTER && ended_long_ago(app, id).await? {
            break;
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
    let applying = async move {
        match resolution {
            Some(status) => resolve(&app, step, status, version, address).await,
            None => record(&app, step, version, address).await,
        }
    };
    let applied = tokio::spawn(applying.in_current_span());
    applied.await.map_err(|_| Problem::new(Code::Internal))?
}

/// Whether a session ended durably so long ago that nobody is still about to write it: its winner died, or Redis brought it back.
async fn ended_long_ago(app: &App, id: &SessionId) -> Result<bool, Problem> {
    let outcome = app.durable.outcome(id).await?;
    Ok(outcome.is_some_and(|outcome| app.now().millis_since(outcome.resolved_at) >= FINISHING_MILLIS))
}

/// A session that ended durably, of whose end this instance knows no more: the process that ended it died on the way. What was recorded
/// is what whoever waits is told; the claims of an approval are gone with that process, so that they begin again.
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
        session.state = recorded_end(&outcome);
        app.metrics.login_ended(&session, session.status());
        force(app, session.clone(), found.version).await?;
        after_the_end(app, &session, true).await?;
    }
    Ok(Driven {
        session,
        verdict: Err(Refusal::NotPending),
    })
}

/// The end of a session as its outcome knows it. Why it was rejected is in the audit log alone.
const fn recorded_end(outcome: &SessionOutcome) -> State {
    let at = outcome.resolved_at;
    match outcome.status {
        Status::Approved | Status::Interrupted => State::Interrupted { at },
        Status::Rejected => State::Rejected {
            reason: RejectReason::Withdrawn,
            at,
        },
        Status::Expired | Status::Pending => State::Expired { at },
    }
}

/// Seals the facts of a step into records.
pub(super) async fn records(
    app: &App,
    facts: Vec<AuditFact>,
    now: Timestamp,
) -> Result<Vec<AuditRecord>, Problem> {
    let mut records = Vec::with_capacity(facts.len());
    for fact in facts {
        records.push(app.audit.record(&*app.durable, fact, now).await?);
    }
    Ok(records)
}

/// The effects of one step, sorted by who carries them out.
#[derive(Default)]
pub(super) struct Work {
    pub(super) facts: Vec<AuditFact>,
    pub(super) release: Option<Release>,
    pub(super) count_failure: Option<DeviceId>,
    pub(super) clear_failures: Option<DeviceId>,
    pub(super) block: bool,
    pub(super) wake_browser: bool,
}

pub(super) fn sort(effects: Vec<Effect>, address: Option<IpAddr>) -> Work {
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
pub(super) async fn count_failure(
    app: &App,
    session: &Session,
    device: Option<DeviceId>,
    audit: Vec<AuditRecord>,
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
            let fact = AuditFact::new(AuditEvent::DeviceLocked, Actor::System).about(token_id);
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

/// Loads a session that a request names; unknown and forgotten ones are one answer.
pub(crate) async fn load(app: &App, id: &SessionId) -> Result<Session, Problem> {
    let found = app.ephemeral.session(id, app.now()).await?;
    found
        .map(|found| found.value)
        .ok_or_else(|| Code::SessionNotFound.into())
}
