//! What goes on beside requests.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::Commit;
use idp_types::{KeyId, Timestamp};

use crate::app::App;
use crate::audit::write_checkpoints;
use crate::{approval, enrolment, trust};

/// Everything that goes on beside requests.
pub(crate) fn start(app: &Arc<App>) -> Vec<tokio::task::JoinHandle<()>> {
    let seconds = Duration::from_secs;
    vec![
        tokio::spawn(approval::sweep(app.clone())),
        tokio::spawn(crate::oidc::outbox::run(app.clone())),
        tokio::spawn(every(
            app.clone(),
            seconds(app.config.audit.checkpoint_seconds),
            "audit_checkpoint",
            |app| async move {
                write_checkpoints(&app)
                    .await
                    .map_err(|problem| problem.code().as_str().to_owned())
            },
        )),
        tokio::spawn(every(
            app.clone(),
            seconds(app.config.trust.refresh_seconds),
            "trust",
            |app| async move { trust::refresh(&app).await },
        )),
        tokio::spawn(every(app.clone(), seconds(30), "upkeep", |app| async move {
            upkeep(&app).await
        })),
    ]
}

/// Runs a task at an interval and notes whether it went well.
async fn every<F, Fut>(app: Arc<App>, interval: Duration, name: &'static str, work: F)
where
    F: Fn(Arc<App>) -> Fut + Send,
    Fut: Future<Output = Result<(), String>> + Send,
{
    let mut ticks = tokio::time::interval(interval.max(Duration::from_secs(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let trouble = work(app.clone()).await.err();
        if let Some(trouble) = &trouble {
            tracing::error!(part = name, %trouble, "background work failed");
        }
        app.note_health(name, trouble);
    }
}

/// Reads the keys again and rotates those that are due. Beside the requests, because an RSA key takes long to make.
async fn rotate_due(app: &Arc<App>, now: Timestamp) -> Result<Vec<KeyId>, String> {
    let ring = app.clone();
    let rotated = tokio::task::spawn_blocking(move || {
        ring.keys.reload()?;
        ring.keys.rotate_due(ring.config.keys.rotate_days, now)
    });
    let rotated = rotated.await.map_err(|error| error.to_string())?;
    rotated.map_err(|error| error.to_string())
}

/// Forgets what expired, rotates keys that are due, lets supersessions take effect.
async fn upkeep(app: &Arc<App>) -> Result<(), String> {
    let now = app.now();
    app.durable.prune(now).await.map_err(|error| error.to_string())?;
    app.ephemeral
        .prune(now)
        .await
        .map_err(|error| error.to_string())?;
    for kid in rotate_due(app, now).await? {
        let fact = AuditFact::new(AuditEvent::KeyRotate, Actor::System).with("kid", kid.as_str());
        let record = app
            .audit
            .record(&*app.durable, fact, now)
            .await
            .map_err(|p| p.code().as_str().to_owned())?;
        let commit = Commit {
            changes: Vec::new(),
            audit: vec![record],
        };
        app.durable
            .commit(commit)
            .await
            .map_err(|error| error.to_string())?;
    }
    enrolment::complete_due(app)
        .await
        .map_err(|problem| problem.code().as_str().to_owned())
}
