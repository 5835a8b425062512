//! A condition that is evaluated on what is loaded and holds until the commit: the commit is refused when the record changed meanwhile,
//! and then both are done again.

use std::time::Duration;

use idp_core::audit::Actor;
use idp_store::{Change, Commit, CommitError, Versioned};

use crate::app::App;
use crate::problem::Problem;

/// A part of the longest time after which an instance has noticed what another one wrote.
const NOTICING: Duration = Duration::from_millis(60);

/// Says whether a write may go on where this is stored; `None` where nothing is.
pub(crate) type Guard<'a, T> = &'a (dyn Fn(Option<&Versioned<T>>) -> Result<(), Problem> + Send + Sync);

/// Who writes, and on what condition.
pub(crate) struct Writer<'a, T> {
    /// As the audit log names them.
    pub(crate) actor: Actor,
    /// The condition.
    pub(crate) guard: Guard<'a, T>,
    /// Whether everything is decided and nothing written.
    pub(crate) is_plan: bool,
}

impl<T: 'static> Writer<'_, T> {
    /// Decides what a write would do, and writes nothing.
    pub(crate) fn plan(actor: Actor) -> Self {
        Self {
            is_plan: true,
            ..actor.into()
        }
    }
}

impl<T> Writer<'_, T> {
    /// Whether what was read, maybe from memory, is stored at that version still. If it is not, it is forgotten by the time of the answer.
    ///
    /// # Errors
    /// The store's problems.
    pub(crate) async fn is_so(&self, app: &App, required: Change) -> Result<bool, Problem> {
        if self.is_plan {
            return Ok(true);
        }
        let commit = Commit {
            changes: vec![required],
            audit: Vec::new(),
        };
        match app.durable.commit(commit).await {
            Ok(_) => Ok(true),
            Err(CommitError::Conflict) => {
                forget().await;
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Waits a moment before a decision is made again, so that a record of another instance's commit is not taken from memory for ever.
pub(crate) async fn forget() {
    tokio::time::sleep(NOTICING).await;
}

impl<T> Clone for Writer<'_, T> {
    fn clone(&self) -> Self {
        Self {
            actor: self.actor.clone(),
            guard: self.guard,
            is_plan: self.is_plan,
        }
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "a condition may refuse; this one never does"
)]
fn unconditional<T>(_: Option<&Versioned<T>>) -> Result<(), Problem> {
    Ok(())
}

impl<T: 'static> From<Actor> for Writer<'_, T> {
    fn from(actor: Actor) -> Self {
        Self {
            actor,
            guard: &unconditional::<T>,
            is_plan: false,
        }
    }
}

/// What a write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// There was none before.
    Created,
    /// What was there is another now.
    Changed,
    /// It was so already: nothing was written, nothing recorded.
    Unchanged,
}
