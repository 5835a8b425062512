//! `idp serve`: the server itself.

use std::path::PathBuf;

use tokio::signal::unix::{SignalKind, signal};

use super::CliError;
use crate::boot::{self, Parts};
use crate::config;
use crate::reload::ConfigSource;
use crate::telemetry::log;

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

/// Serves until it is told to stop.
///
/// # Errors
/// [`CliError`] when the configuration is not valid or the server cannot start.
pub async fn run(arguments: Arguments) -> Result<(), CliError> {
    let config = config::load(arguments.config.as_deref(), std::env::vars())?;
    let log = log::start(&config);
    let path = arguments.config;
    let source = ConfigSource {
        load: Box::new(move || config::load(path.as_deref(), std::env::vars())),
        filter: Box::new(log.filter()),
    };
    let parts = Parts {
        source: Some(source),
        ..Parts::default()
    };
    let listening = boot::open_with(config, parts).await?.listen().await?;
    tracing::info!(issuer = %listening.app().config.issuer, listen = %listening.app().config.listen, "serving");
    let served = listening.serve(stopped()).await;
    log.end().await;
    served.map_err(|error| CliError::failed("the server ended", error, "the log says what came before"))?;
    tracing::info!("stopped");
    Ok(())
}
