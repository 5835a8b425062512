//! SIGHUP: what can change without a restart is read again, the configuration first, then the TLS certificate, the signing keys, the
//! providers' keys, the gateway's policy and the trust lists. What only a restart can change stays as it was, and is named in the log and at
//! `/health/ready`.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::config::{Config, ConfigErrors};
use crate::edge::EdgeSettings;
use crate::live::Live;
use crate::trust;

/// Reads the configuration anew.
type Load = Box<dyn Fn() -> Result<Config, ConfigErrors> + Send + Sync>;

/// Puts other directives of the log in force.
type Filter = Box<dyn Fn(&str) -> Result<(), String> + Send + Sync>;

/// Where the configuration comes from, for whoever reads it again.
pub struct ConfigSource {
    /// Reads it anew.
    pub load: Load,
    /// Puts `log.filter` in force.
    pub filter: Filter,
}

impl fmt::Debug for ConfigSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConfigSource(..)")
    }
}

/// What can be read again, and what of it waits for a restart.
#[derive(Debug, Default)]
pub(crate) struct Reloads {
    source: Option<ConfigSource>,
    waiting: Mutex<Vec<&'static str>>,
}

impl Reloads {
    /// From a source, if there is one.
    pub(crate) fn new(source: Option<ConfigSource>) -> Self {
        Self {
            source,
            ..Self::default()
        }
    }

    /// The keys whose new values wait for a restart.
    pub(crate) fn waiting(&self) -> Vec<&'static str> {
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether there are any.
    pub(crate) fn needs_restart(&self) -> bool {
        !self.waiting().is_empty()
    }

    fn wait_for(&self, keys: Vec<&'static str>) {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = keys;
    }
}

/// Reads it again at each SIGHUP. What cannot be used is said in the log and at `/health/ready`, and what was in use stays.
pub(crate) async fn on_hangup(app: Arc<App>, edge: Arc<Live<EdgeSettings>>) {
    let Ok(mut hangups) = signal(SignalKind::hangup()) else {
        tracing::warn!("SIGHUP cannot be listened for");
        return;
    };
    while hangups.recv().await.is_some() {
        reload(&app, &edge).await;
    }
}

async fn reload(app: &Arc<App>, edge: &Arc<Live<EdgeSettings>>) {
    configuration(app, edge).await;
    if let (Some(tls), Some(names)) = (edge.tls.clone(), app.config.tls.clone()) {
        note(app, "tls", files(move || tls.reload(&names)).await);
    }
    let keys = app.keys.reload().await;
    note(app, "keys", keys.map_err(|error| error.to_string()));
    if let Some(configured) = app.push.configured().cloned() {
        note(app, "push_files", files(move || configured.reload()).await);
    }
    if app.gateway.is_some() {
        let reader = app.clone();
        let read = move || {
            reader
                .gateway
                .as_ref()
                .map_or(Ok(()), |gateway| gateway.reload(&reader.config.issuer))
        };
        note(app, "gateway", files(read).await);
    }
    note(app, "trust", trust::refresh_or_follow(app).await);
    tracing::info!("read again what can change while the server runs");
}

/// Puts the file's configuration in force as far as that is possible. One that is not valid changes nothing.
async fn configuration(app: &Arc<App>, edge: &Live<EdgeSettings>) {
    let reader = app.clone();
    let read = tokio::task::spawn_blocking(move || {
        let source = reader.reloads.source.as_ref()?;
        Some((source.load)())
    });
    let Ok(Some(read)) = read.await else { return };
    app.metrics.reloaded(read.is_ok());
    let fresh = match read {
        Ok(fresh) => fresh,
        Err(errors) => {
            tracing::error!(%errors, "the configuration is refused; what is in force stays");
            // The log alone says why: probes are for everybody.
            let trouble = "the file is refused, and what was in force stays; the log says why";
            return app.note_health("config", Some(trouble.to_owned()));
        }
    };
    app.note_health("config", None);
    let (fresh, waiting) = fresh.keeping_fixed(&app.config);
    if !waiting.is_empty() {
        tracing::warn!(
            keys = waiting.join(", "),
            "a restart is needed for what changed here"
        );
    }
    app.reloads.wait_for(waiting);
    if fresh != *app.config {
        adopt(app, edge, fresh);
    }
}

fn adopt(app: &App, edge: &Live<EdgeSettings>, fresh: Config) {
    if let Some(source) = &app.reloads.source
        && fresh.log.filter != app.config.log.filter
        && let Err(error) = (source.filter)(&fresh.log.filter)
    {
        tracing::error!(%error, "the log keeps its directives");
    }
    edge.replace(EdgeSettings {
        tls: edge.tls.clone(),
        counters: edge.counters.clone(),
        ..EdgeSettings::from(&fresh)
    });
    app.config.replace(fresh);
    tracing::info!("the configuration that was read is in force");
}

/// Away from the requests: files may be slow.
async fn files<E: fmt::Display>(work: impl FnOnce() -> Result<(), E> + Send + 'static) -> Result<(), String> {
    let done = tokio::task::spawn_blocking(move || work().map_err(|error| error.to_string()));
    done.await.map_err(|error| error.to_string())?
}

fn note(app: &App, part: &'static str, outcome: Result<(), String>) {
    if let Err(trouble) = &outcome {
        tracing::error!(part, %trouble, "what is in use stays");
    }
    app.note_health(part, outcome.err());
}
