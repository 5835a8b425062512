//! Committing what operators do.

use idp_core::audit::AuditFact;
use idp_store::{Change, Commit};

use crate::app::App;
use crate::problem::Problem;

/// Records a fact that changes nothing.
pub(super) async fn record(app: &App, fact: AuditFact) -> Result<(), Problem> {
    commit(app, Vec::new(), fact).await
}

/// Commits changes with the fact that they are.
pub(super) async fn commit(app: &App, changes: Vec<Change>, fact: AuditFact) -> Result<(), Problem> {
    let record = app.audit.record(&*app.durable, fact, app.now()).await?;
    app.durable
        .commit(Commit {
            changes,
            audit: vec![record],
        })
        .await?;
    Ok(())
}
