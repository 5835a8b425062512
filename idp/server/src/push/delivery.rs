//! One message: tried, tried again, delivered or given up when its session ends.

use std::time::Duration;

use idp_push::{Admission, PushError, backoff};
use idp_types::Timestamp;

use super::lane::Lane;
use super::{Job, forget};
use crate::app::App;
use crate::crypto::random;

/// The longest that a message sleeps before it looks at the clock again.
const NAP: Duration = Duration::from_secs(1);

/// How a message ended, in the words of the counter `idp_push_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The provider took it.
    Delivered,
    /// The lane was full.
    Dropped,
    /// Its session ended before.
    Expired,
    /// Somebody answered meanwhile.
    Answered,
    /// The provider would not take it, and trying again would not help.
    Failed(PushError),
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Dropped => "dropped",
            Self::Expired => "expired",
            Self::Answered => "answered",
            Self::Failed(error) => error.outcome(),
        }
    }
}

/// Sends it on its way. Nobody waits for it.
pub(super) fn begin(app: &App, job: Job) {
    let (Some(lane), Some(app)) = (app.push.lane(&job.push.address), app.handle.upgrade()) else {
        return;
    };
    let Some(room) = lane.enter() else {
        tracing::warn!(provider = %lane.name, "too many pushes wait: this phone has to ask by itself");
        app.metrics.pushed(lane.provider, Outcome::Dropped.word());
        return;
    };
    tokio::spawn(async move {
        let outcome = carry(&app, &lane, &job).await;
        drop(room);
        app.metrics.pushed(lane.provider, outcome.word());
        if let Outcome::Failed(error) = outcome {
            fail(&app, &lane, &job, error).await;
        }
    });
}

async fn fail(app: &App, lane: &Lane, job: &Job, error: PushError) {
    match error {
        PushError::NotConfigured => {}
        PushError::Gone => {
            let forgotten = forget::forget(app, job, lane.provider).await;
            if let Err(problem) = forgotten {
                let code = problem.code().as_str();
                tracing::warn!(provider = %lane.name, code, "an address that is gone was not forgotten");
            }
        }
        error => tracing::warn!(provider = %lane.name, %error, "a push was not delivered"),
    }
}

/// Tries until something is certain.
async fn carry(app: &App, lane: &Lane, job: &Job) -> Outcome {
    let mut tried = 0;
    loop {
        if app.now() >= job.push.expires_at {
            return Outcome::Expired;
        }
        if tried > 0 && !is_awaited(app, job).await {
            return Outcome::Answered;
        }
        let Some(sent) = attempt(app, lane, job).await else {
            continue;
        };
        tried += 1;
        let error = match sent {
            Ok(()) => return Outcome::Delivered,
            Err(error) => error,
        };
        let Some(asked) = error.retry() else {
            return Outcome::Failed(error);
        };
        let milliseconds = backoff::delay(tried, dice(), asked);
        let Some(again) = later(app.now(), milliseconds).filter(|again| *again < job.push.expires_at) else {
            return Outcome::Failed(error);
        };
        tracing::debug!(provider = %lane.name, %error, tried, "a push is tried again");
        while app.now() < again {
            tokio::time::sleep(remaining(app.now(), again).min(NAP)).await;
        }
    }
}

/// One try; nothing where the circuit held it back for a while.
async fn attempt(app: &App, lane: &Lane, job: &Job) -> Option<Result<(), PushError>> {
    let patience = remaining(app.now(), job.push.expires_at);
    let turn = tokio::time::timeout(patience, lane.turns.acquire())
        .await
        .ok()?
        .ok()?;
    let now = app.now();
    if let Admission::Wait(until) = lane.admit(now) {
        drop(turn);
        let until = until.min(job.push.expires_at);
        tokio::select! {
            () = lane.closed.notified() => {}
            () = tokio::time::sleep(remaining(now, until).min(NAP)) => {}
        }
        return None;
    }
    let patience = remaining(now, job.push.expires_at);
    let sent = tokio::time::timeout(patience, app.push.try_once(&job.push, now)).await;
    drop(turn);
    let sent = sent.unwrap_or(Err(PushError::Unavailable {
        reason: "timed_out",
        retry_after: None,
    }));
    let is_well = !sent.as_ref().is_err_and(PushError::is_the_providers);
    if lane.settle(is_well, app.now()) {
        note(app, lane, sent.as_ref().err());
    }
    Some(sent)
}

/// A circuit opened or closed: the log and the probe say so.
fn note(app: &App, lane: &Lane, error: Option<&PushError>) {
    let part = match lane.provider {
        "fcm" => "push_fcm",
        "apns" => "push_apns",
        _ => "push_webpush",
    };
    let trouble = app.push.trouble(lane.provider);
    if let Some(error) = error {
        tracing::error!(provider = %lane.name, %error, "the provider is left alone for a while");
    } else {
        tracing::info!(provider = %lane.name, "the provider takes messages again");
    }
    app.note_health(part, trouble);
}

/// Whether anybody still waits for an answer. A store that does not answer does not stop a push.
async fn is_awaited(app: &App, job: &Job) -> bool {
    match app.ephemeral.session(&job.push.session_id, app.now()).await {
        Ok(Some(found)) => !found.value.is_terminal(),
        Ok(None) => false,
        Err(_) => true,
    }
}

fn remaining(now: Timestamp, until: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(until.millis_since(now)).unwrap_or_default())
}

fn later(now: Timestamp, milliseconds: u64) -> Option<Timestamp> {
    let milliseconds = i64::try_from(milliseconds).ok()?;
    Some(Timestamp::from_unix_millis(
        now.unix_millis().checked_add(milliseconds)?,
    ))
}

fn dice() -> u64 {
    random().map_or(0, u64::from_be_bytes)
}
