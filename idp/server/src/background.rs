//! What goes on beside requests. What one instance has to do for all is done by the one that leads; it is right also when two believe that
//! they do.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::Commit;
use idp_store::ephemeral::Topic;
use idp_types::Timestamp;

use crate::app::App;
use crate::audit::write_checkpoints;
use crate::{approval, enrolment, trust};

/// How often it is asked who leads, and how long a lost subscription waits.
const LOOK: Duration = Duration::from_secs(1);

/// How long a trust directory that lags behind another instance's is left alone.
const LAG: Duration = Duration::from_secs(10);

/// How often the PKCS#11 token is looked at while nothing fails.
const TOKEN_LOOK: Duration = Duration::from_secs(5);

/// Everything that goes on beside requests.
pub(crate) fn start(app: &Arc<App>) -> Vec<tokio::task::JoinHandle<()>> {
    let seconds = Duration::from_secs;
    vec![
        tokio::spawn(lead(app.clone())),
        tokio::spawn(follow_keys(app.clone())),
        tokio::spawn(follow_trust(app.clone())),
        tokio::spawn(watch_token(app.clone())),
        tokio::spawn(approval::sweep(app.clone())),
        tokio::spawn(crate::oidc::outbox::run(app.clone())),
        tokio::spawn(crate::saml::providers::keep_fresh(app.clone())),
        tokio::spawn(every(
            app.clone(),
            seconds(app.config.audit.checkpoint_seconds),
            "audit_checkpoint",
            |app| async move {
                if !app.leads() {
                    return Ok(());
                }
                write_checkpoints(&app)
                    .await
                    .map_err(|problem| problem.code().as_str().to_owned())
            },
        )),
        tokio::spawn(every(
            app.clone(),
            seconds(app.config.trust.refresh_seconds),
            "trust",
            |app| async move { trust::refresh_or_follow(&app).await },
        )),
        tokio::spawn(every(
            app.clone(),
            seconds(app.config.tokens.status_ttl_seconds.unsigned_abs() / 2),
            "status_lists",
            |app| async move { crate::status::keep_fresh(&app).await },
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

/// Asks again and again who leads.
async fn lead(app: Arc<App>) {
    loop {
        tokio::time::sleep(LOOK).await;
        let led = app.leads();
        look_who_leads(&app).await;
        if app.leads() && !led {
            // Whoever led before may have ended in the middle of it.
            app.note_health("trust", trust::refresh(&app).await.err());
        }
    }
}

/// Looks whether this instance does what one of all has to do. Who does not know does not.
pub(crate) async fn look_who_leads(app: &App) {
    let leads = app.durable.leads().await.unwrap_or_else(|error| {
        tracing::debug!(%error, "it is not known who leads");
        false
    });
    if app.leads.swap(leads, Ordering::Relaxed) != leads {
        tracing::info!(leads, "the work that one instance does for all");
    }
}

/// Reads the keys as soon as another instance changed them. What is not heard is read at the next upkeep.
async fn follow_keys(app: Arc<App>) {
    loop {
        if let Ok(mut wakeups) = app.ephemeral.subscribe(Topic::Keys).await {
            loop {
                let _noted = reload_keys(&app).await;
                if wakeups.recv().await.is_none() {
                    break;
                }
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Reads the trust lists as soon as another instance read new ones. A directory that lags behind is read again until it does not.
async fn follow_trust(app: Arc<App>) {
    loop {
        if let Ok(mut wakeups) = app.ephemeral.subscribe(Topic::Trust).await {
            // What was said before was missed. Whatever is wrong with the directory is noted at its interval.
            let _trouble = trust::follow(&app).await;
            while wakeups.recv().await.is_some() {
                let mut trouble = trust::follow(&app).await.err();
                while trouble.is_some() {
                    app.note_health("trust", trouble);
                    tokio::time::sleep(LAG).await;
                    trouble = trust::follow(&app).await.err();
                }
                app.note_health("trust", None);
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Looks at the PKCS#11 token, if there is one, every few seconds and after everything that it did not do.
async fn watch_token(app: Arc<App>) {
    let Some(token) = app.keys.token() else {
        return;
    };
    loop {
        let trouble = app.keys.check_token(app.now()).await.err();
        let trouble = trouble.map(|error| error.to_string());
        if let Some(trouble) = &trouble {
            tracing::error!(%trouble, "what is signed there cannot be signed");
        }
        app.note_health("pkcs11", trouble);
        tokio::time::sleep(LOOK).await;
        let _failed = tokio::time::timeout(TOKEN_LOOK, token.failed()).await;
    }
}

async fn reload_keys(app: &App) -> Result<(), String> {
    let read = app.keys.reload().await.map_err(|error| error.to_string());
    app.note_health("keys", read.clone().err());
    read
}

/// What every instance does for itself: it forgets what expired here, and reads the keys that others may have changed.
async fn upkeep(app: &Arc<App>) -> Result<(), String> {
    let now = app.now();
    app.ephemeral
        .prune(now)
        .await
        .map_err(|error| error.to_string())?;
    reload_keys(app).await?;
    if app.leads() {
        upkeep_of_all(app, now).await?;
    }
    Ok(())
}

/// Forgets what expired, rotates keys that are due, lets supersessions take effect.
async fn upkeep_of_all(app: &Arc<App>, now: Timestamp) -> Result<(), String> {
    app.durable.prune(now).await.map_err(|error| error.to_string())?;
    let rotated = app.keys.rotate_due(app.config.keys.rotate_days, now).await;
    for kid in rotated.map_err(|error| error.to_string())? {
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
        tell_keys_changed(app).await;
    }
    enrolment::complete_due(app)
        .await
        .map_err(|problem| problem.code().as_str().to_owned())
}

/// Tells the other instances to read the keys. Who does not hear it reads them within half a minute.
pub(crate) async fn tell_keys_changed(app: &App) {
    if let Err(error) = app.ephemeral.wake(Topic::Keys).await {
        tracing::debug!(%error, "the other instances were not told that the keys changed");
    }
}
