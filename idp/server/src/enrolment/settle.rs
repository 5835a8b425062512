//! How a supersession ends (profile 11): an old device approves it, or objects, or a day passes.

use std::sync::Arc;
use std::time::Duration;

use idp_core::approval::{Purpose, RejectReason, SESSION_SECONDS, Session, State};
use idp_core::audit::{Actor, AuditEvent};
use idp_core::enrolment::{Holder, SUPERSESSION_DELAY_SECONDS};
use idp_store::durable::Supersession;
use idp_store::ephemeral::{Kind, Lifetime, Topic};
use idp_store::{Change, Commit, CommitError, Versioned};
use idp_types::{Timestamp, TokenId};

use super::TRIES;
use super::revoke::announce;
use super::supersede::{Succession, fact, is_open, write};
use crate::app::App;
use crate::approval::open_supersession;
use crate::oidc::logout;
use crate::problem::{Code, Problem};

/// Seconds between two looks at a question to the old devices; a wake-up comes sooner.
const LOOK_SECONDS: u64 = 10;

/// Seconds between two questions to the old devices while a supersession waits: who was asleep is asked again.
const ASK_AGAIN_SECONDS: i64 = 600;

/// What is to be done with an open supersession now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It takes effect.
    Complete,
    /// An old device objected.
    Refuse,
    /// It waits.
    Wait,
}

/// Decides by what the old devices answered and by the time. An objection weighs more than an approval: one of the devices may be
/// in wrong hands, and two operators can ask again.
fn verdict(supersession: &Supersession, sessions: &[Session], now: Timestamp) -> Verdict {
    let Some(effective_at) = supersession.effective_at else {
        return Verdict::Wait;
    };
    let own = |session: &&Session| {
        let same = matches!(&session.purpose, Purpose::Supersede { by } if *by == supersession.by);
        same && session.created_at >= supersession.requested_at
    };
    let states: Vec<&State> = sessions
        .iter()
        .filter(own)
        .map(|session| &session.state)
        .collect();
    let declined = |state: &&State| {
        matches!(
            state,
            State::Rejected {
                reason: RejectReason::UserRejected,
                ..
            }
        )
    };
    if states.iter().any(declined) {
        Verdict::Refuse
    } else if effective_at <= now || states.iter().any(|state| matches!(state, State::Approved(_))) {
        Verdict::Complete
    } else {
        Verdict::Wait
    }
}

/// Asks the old devices, and carries out what they answer. The background task does the same, should this process end.
pub(super) async fn tell_devices(app: &Arc<App>, old: &Holder, by: &TokenId) {
    match open_supersession(app, old, by.clone()).await {
        Ok(_) => {
            let (app, token_id) = (app.clone(), old.token_id.clone());
            tokio::spawn(async move {
                if let Err(problem) = watch(&app, &token_id).await {
                    tracing::warn!(
                        code = problem.code().as_str(),
                        "a supersession is left to the background task"
                    );
                }
            });
        }
        Err(problem) => tracing::warn!(code = problem.code().as_str(), "the old devices were not asked"),
    }
}

/// Looks at the answer until the question is over.
async fn watch(app: &App, token_id: &TokenId) -> Result<(), Problem> {
    let until = app.now().plus_seconds(SESSION_SECONDS + 5);
    let mut wakeups = app.ephemeral.subscribe(Topic::Holder(token_id.clone())).await?;
    while app.now() < until && is_open(&settle(app, token_id).await?) {
        let woken = tokio::time::timeout(Duration::from_secs(LOOK_SECONDS), wakeups.recv()).await;
        if matches!(woken, Ok(None)) {
            return Ok(());
        }
    }
    Ok(())
}

/// Carries out every supersession that is due or answered. Called from the background, at least once a minute.
///
/// # Errors
/// The last problem; the others were tried nevertheless.
pub(crate) async fn complete_due(app: &App) -> Result<(), Problem> {
    // Everything that is scheduled at all is due within a day: that finds those whose device has answered meanwhile.
    let horizon = app.now().plus_seconds(SUPERSESSION_DELAY_SECONDS);
    let mut trouble = Ok(());
    for found in app.durable.due_supersessions(horizon).await? {
        let settled = match settle(app, &found.value.token_id).await {
            Ok(supersession) if is_open(&supersession) => ask_again(app, &supersession).await,
            other => other.map(|_| ()),
        };
        if let Err(problem) = settled {
            tracing::error!(
                code = problem.code().as_str(),
                "a supersession could not be carried out"
            );
            trouble = Err(problem);
        }
    }
    trouble
}

/// Puts the question to the old devices again, as long as the day lasts; also the first time, for one that was confirmed at the command
/// line, in a process that no phone talks to.
async fn ask_again(app: &App, supersession: &Supersession) -> Result<(), Problem> {
    let now = app.now();
    let Some(old) = app.durable.holder(&supersession.token_id).await? else {
        return Ok(());
    };
    let sessions = app.ephemeral.sessions_of(&supersession.token_id, now).await?;
    let stands = |session: &Session| {
        !session.is_terminal()
            && matches!(&session.purpose, Purpose::Supersede { by } if *by == supersession.by)
    };
    if supersession.effective_at.is_none()
        || !old.value.is_reachable(now)
        || sessions.iter().any(|s| stands(&s.value))
    {
        return Ok(());
    }
    let key = format!("supersede|{}|{}", supersession.token_id, supersession.by);
    let life = Lifetime {
        now,
        until: now.plus_seconds(ASK_AGAIN_SECONDS),
    };
    if app.ephemeral.put_new(Kind::Block, &key, Vec::new(), life).await? {
        open_supersession(app, &old.value, supersession.by.clone()).await?;
    }
    Ok(())
}

/// Carries out, refuses or leaves one supersession.
pub(super) async fn settle(app: &App, token_id: &TokenId) -> Result<Supersession, Problem> {
    for _ in 0..TRIES {
        let now = app.now();
        let found = app.durable.supersession(token_id).await?.ok_or(Code::NotFound)?;
        if !is_open(&found.value) {
            return Ok(found.value);
        }
        let sessions = app.ephemeral.sessions_of(token_id, now).await?;
        let sessions: Vec<Session> = sessions.into_iter().map(|session| session.value).collect();
        let written = match verdict(&found.value, &sessions, now) {
            Verdict::Wait => return Ok(found.value),
            Verdict::Refuse => cancel(app, found, "refused_by_device").await?,
            Verdict::Complete => complete(app, found, now).await?,
        };
        if let Some(supersession) = written {
            return Ok(supersession);
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

fn succession(supersession: &Supersession) -> Succession {
    Succession {
        token_id: supersession.token_id.clone(),
        by: supersession.by.clone(),
    }
}

/// `None`: it changed since it was read.
async fn cancel(
    app: &App,
    found: Versioned<Supersession>,
    step: &'static str,
) -> Result<Option<Supersession>, Problem> {
    let Versioned {
        value: mut supersession,
        version,
    } = found;
    supersession.cancelled = true;
    let fact = fact(app, &succession(&supersession), Actor::System, step);
    Ok(write(app, &supersession, version, fact)
        .await?
        .then_some(supersession))
}

/// Chains the two in one commit: holders, supersession, tokens of the old devices. `None`: something changed since it was read.
async fn complete(
    app: &App,
    found: Versioned<Supersession>,
    now: Timestamp,
) -> Result<Option<Supersession>, Problem> {
    let (token_id, by) = (&found.value.token_id, &found.value.by);
    let old = app.durable.holder(token_id).await?.ok_or(Code::NotFound)?;
    let new = app.durable.holder(by).await?.ok_or(Code::NotFound)?;
    let Ok((old_next, new_next)) = old.value.clone().supersede(new.value.clone(), now) else {
        // Either has ended since it was asked for.
        return cancel(app, found, "impossible").await;
    };
    let mut supersession = found.value.clone();
    supersession.completed_at = Some(now);
    let mut fact = fact(app, &succession(&supersession), Actor::System, "completed");
    fact.event = AuditEvent::Supersede;
    let record = app.audit.record(&*app.durable, fact, now).await?;
    let ending = logout::endings_of_device(app, token_id, None).await?;
    let mut changes = vec![
        Change::PutHolder {
            holder: Box::new(old_next),
            expected: old.version,
        },
        Change::PutHolder {
            holder: Box::new(new_next),
            expected: new.version,
        },
        Change::PutSupersession {
            supersession: supersession.clone(),
            expected: found.version,
        },
        Change::RevokeTokens {
            token_id: token_id.clone(),
            device_id: None,
        },
    ];
    changes.extend(ending.changes);
    let mut audit = vec![record];
    audit.extend(ending.audit);
    match app.durable.commit(Commit { changes, audit }).await {
        Ok(_) => {
            announce(app, token_id).await?;
            app.ephemeral.wake(Topic::Holder(by.clone())).await?;
            Ok(Some(supersession))
        }
        Err(CommitError::Conflict) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use idp_core::approval::{Approval, Caller, Opening, begin};
    use idp_types::{DeviceId, MatchingMode, ScopeSet, ServiceId, SessionId};

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(1_800_000_000 + seconds)
    }

    fn token(text: &str) -> TokenId {
        TokenId::parse(text).unwrap()
    }

    fn asked(by: &str, state: State) -> Session {
        let opening = Opening {
            id: SessionId::parse("sess_1").unwrap(),
            random: String::new(),
            purpose: Purpose::Supersede { by: token(by) },
            service_id: ServiceId::parse("own").unwrap(),
            token_id: Some(token("old")),
            deliverable: true,
            requested: ScopeSet::EMPTY,
            mode: MatchingMode::Compare,
            caller: Caller {
                authenticated: true,
                handle: String::new(),
            },
        };
        Session {
            state,
            ..begin(opening, at(1)).0
        }
    }

    fn approved() -> State {
        State::Approved(Approval {
            device_id: DeviceId::parse("phone").unwrap(),
            granted: ScopeSet::EMPTY,
            at: at(2),
            request_digest: String::new(),
            token_expires_at: at(2),
        })
    }

    fn rejected(reason: RejectReason) -> State {
        State::Rejected { reason, at: at(2) }
    }

    fn scheduled() -> Supersession {
        Supersession {
            token_id: token("old"),
            by: token("new"),
            requested_by: "ann".into(),
            confirmed_by: Some("bob".into()),
            requested_at: at(0),
            effective_at: Some(at(SUPERSESSION_DELAY_SECONDS)),
            completed_at: None,
            cancelled: false,
        }
    }

    #[test]
    fn a_device_hastens_or_stops_it_and_time_completes_it() {
        let supersession = scheduled();
        let now = |sessions: &[Session]| verdict(&supersession, sessions, at(3));
        assert_eq!(now(&[]), Verdict::Wait);
        assert_eq!(now(&[asked("new", approved())]), Verdict::Complete);
        assert_eq!(
            now(&[asked("new", rejected(RejectReason::UserRejected))]),
            Verdict::Refuse
        );
        assert_eq!(now(&[asked("other", approved())]), Verdict::Wait);
        assert_eq!(
            now(&[asked("new", rejected(RejectReason::TooManyAttempts))]),
            Verdict::Wait
        );
        assert_eq!(
            verdict(&supersession, &[], at(SUPERSESSION_DELAY_SECONDS)),
            Verdict::Complete
        );
    }

    #[test]
    fn an_objection_weighs_more_than_an_approval() {
        let sessions = [
            asked("new", approved()),
            asked("new", rejected(RejectReason::UserRejected)),
        ];
        assert_eq!(verdict(&scheduled(), &sessions, at(3)), Verdict::Refuse);
    }

    #[test]
    fn one_operator_alone_brings_nothing_about() {
        let supersession = Supersession {
            effective_at: None,
            ..scheduled()
        };
        let sessions = [asked("new", approved())];
        assert_eq!(
            verdict(&supersession, &sessions, at(SUPERSESSION_DELAY_SECONDS * 2)),
            Verdict::Wait
        );
    }
}
