//! SIGHUP: what can change without a restart is read again, the TLS certificate, the signing keys, the providers' keys and
//! the trust lists. The rest of the configuration is what it was at the start.

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::edge::Tls;
use crate::trust;

/// Reads it again at each SIGHUP. What cannot be used is said in the log and at `/health/ready`, and what was in use stays.
pub(crate) async fn on_hangup(app: Arc<App>, tls: Option<Arc<Tls>>) {
    let Ok(mut hangups) = signal(SignalKind::hangup()) else {
        tracing::warn!("SIGHUP cannot be listened for");
        return;
    };
    while hangups.recv().await.is_some() {
        reload(&app, tls.clone()).await;
    }
}

async fn reload(app: &Arc<App>, tls: Option<Arc<Tls>>) {
    if let Some(tls) = tls {
        note(app, "tls", files(move || tls.reload()).await);
    }
    let ring = app.clone();
    note(app, "keys", files(move || ring.keys.reload()).await);
    if let Some(configured) = app.push.configured().cloned() {
        note(app, "push_files", files(move || configured.reload()).await);
    }
    note(app, "trust", trust::refresh(app).await);
    tracing::info!("read again what can change while the server runs");
}

/// Away from the requests: files may be slow.
async fn files<E: std::fmt::Display>(
    work: impl FnOnce() -> Result<(), E> + Send + 'static,
) -> Result<(), String> {
    let done = tokio::task::spawn_blocking(move || work().map_err(|error| error.to_string()));
    done.await.map_err(|error| error.to_string())?
}

fn note(app: &App, part: &'static str, outcome: Result<(), String>) {
    if let Err(trouble) = &outcome {
        tracing::error!(part, %trouble, "what is in use stays");
    }
    app.note_health(part, outcome.err());
}
