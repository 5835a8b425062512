//! `idp serve`: the server itself.

use std::io::IsTerminal;
use std::path::PathBuf;

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::CliError;
use crate::boot::{self, Parts};
use crate::config::{self, LogConfig};

/// What `idp serve` is told.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The configuration file; variables IDP_... override it.
    #[arg(long, value_name = "FILE", env = "IDTOKEN_CONFIG")]
    config: Option<PathBuf>,
}

/// Resolves when the process is asked to stop.
pub(super) async fn stopped() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Begins to log, to standard error.
pub(super) fn start_log(log: &LogConfig) {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Colours are for eyes: a file or a journal would keep the escape sequences.
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        // A log that cannot be written, as on a full disk, is no reason to panic.
        .log_internal_errors(false);
    // A log that was begun before, by a test in the same process, goes on.
    let _ = if log.json {
        builder.json().try_init()
    } else {
        builder.try_init()
    };
}

/// Serves until it is told to stop.
///
/// # Errors
/// [`CliError`] when the configuration is not valid or the server cannot start.
pub async fn run(arguments: Arguments) -> Result<(), CliError> {
    let config = config::load(arguments.config.as_deref(), std::env::vars())?;
    start_log(&config.log);
    let listening = boot::open_with(config, Parts::default()).await?.listen().await?;
    tracing::info!(issuer = %listening.app().config.issuer, listen = %listening.app().config.listen, "serving");
    let served = listening.serve(stopped()).await;
    served.map_err(|error| CliError::failed("the server ended", error, "the log says what came before"))?;
    tracing::info!("stopped");
    Ok(())
}
