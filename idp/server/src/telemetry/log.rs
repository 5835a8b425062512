//! The log of the process, on standard error, and the way of spans out of it.

use std::io::IsTerminal;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

use super::export::Exporter;
use crate::config::{Config, LogConfig};

/// A log that was begun: its directives can be changed, and its last spans have to be sent.
pub struct Log {
    filter: reload::Handle<EnvFilter, Registry>,
    exporter: Option<Exporter>,
}

/// Begins to log and, where a collector is named, to trace. Inside a runtime, by which spans are sent.
pub fn start(config: &Config) -> Log {
    let LogConfig { filter, json } = &config.log;
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let (filter, handle) = reload::Layer::new(filter);
    // Colours are for eyes: a file or a journal would keep the escape sequences.
    let lines = fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        // A log that cannot be written, as on a full disk, is no reason to panic.
        .log_internal_errors(false);
    let lines = if *json {
        lines.json().flatten_event(true).with_span_list(false).boxed()
    } else {
        lines.boxed()
    };
    let exporter = Exporter::start(&config.traces);
    let spans = exporter.as_ref().map(Exporter::layer);
    let subscriber = tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(spans);
    // A log that was begun before, by a test in the same process, goes on.
    let _ = subscriber.try_init();
    Log {
        filter: handle,
        exporter,
    }
}

impl Log {
    /// A way to put other directives in force.
    pub fn filter(&self) -> impl Fn(&str) -> Result<(), String> + Send + Sync + 'static {
        let handle = self.filter.clone();
        move |text: &str| {
            let filter = EnvFilter::try_new(text).map_err(|error| error.to_string())?;
            handle.reload(filter).map_err(|error| error.to_string())
        }
    }

    /// Sends the spans that are left, for as long as that may take at the end of a process.
    pub async fn end(self) {
        if let Some(exporter) = self.exporter {
            exporter.end().await;
        }
    }
}
