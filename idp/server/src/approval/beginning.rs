//! How every session begins, whoever asks: its names, its place in the store, its first record.

use std::net::IpAddr;

use idp_core::approval::{Effect, Session};
use idp_core::audit::AuditFact;
use idp_store::Commit;
use idp_types::encoding::lowerhex;
use idp_types::{SessionId, Timestamp};
use tracing::Instrument as _;

use super::drive::LINGER_SECONDS;
use crate::app::App;
use crate::crypto::{random, random_id};
use crate::problem::{Code, Problem};

/// A fresh session's identifier, and the random value that its service gets back: 128 bits each.
///
/// # Errors
/// `internal` when the system gives no randomness.
pub(super) fn fresh_names() -> Result<(SessionId, String), Problem> {
    let id = SessionId::parse(random_id("sess_")?).map_err(|_| Problem::new(Code::Internal))?;
    Ok((id, lowerhex(&random::<16>()?)))
}

/// Stores a session that begins and records what `begin` said of it.
///
/// # Errors
/// The stores' problems.
pub(super) async fn enter(
    app: &App,
    (session, effects): (&Session, Vec<Effect>),
    address: Option<IpAddr>,
    now: Timestamp,
) -> Result<(), Problem> {
    app.ephemeral
        .insert_session(session.clone(), session.expires_at.plus_seconds(LINGER_SECONDS))
        .await?;
    app.metrics.login_began(session, now);
    for effect in effects {
        if let Effect::Record(fact) = effect {
            note(app, fact.from_address(address), now).await?;
        }
    }
    Ok(())
}

/// Records a beginning. It is queued in order before anything that follows from it, and not waited for: no truth depends on it.
async fn note(app: &App, fact: AuditFact, now: Timestamp) -> Result<(), Problem> {
    let record = app.audit.record(&*app.durable, fact, now).await?;
    let durable = app.durable.clone();
    let recording = async move {
        let commit = Commit {
            changes: Vec::new(),
            audit: vec![record],
        };
        if let Err(error) = durable.commit(commit).await {
            tracing::error!(%error, "an initiated session was not recorded");
        }
    };
    tokio::spawn(recording.in_current_span());
    Ok(())
}
