//! `idp audit`: reading the log, and proving that it is whole.

mod tail;
mod verify;

use std::path::PathBuf;

use crate::cli::offline::ConfigFile;
use crate::cli::{CliError, Output};

/// What to do with the audit log.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Print the last records, oldest first; with --follow the coming ones too.
    Tail(tail::Arguments),
    /// Check every record of every chain against its hash and against the signed checkpoints.
    Verify(verify::Arguments),
}

impl Command {
    pub(super) async fn run(self) -> Result<(), CliError> {
        match self {
            Self::Tail(arguments) => tail::run(&arguments).await,
            Self::Verify(arguments) => verify::run(&arguments).await,
        }
    }
}

/// The whole log of an installation that was put back, and the checkpoints that were copied with it.
pub(super) async fn verify_restored(
    config: ConfigFile,
    checkpoints: Option<PathBuf>,
    output: Output,
) -> Result<(), CliError> {
    verify::run(&verify::Arguments::of(config, checkpoints, output)).await
}

pub(super) fn fuzz(data: &[u8]) {
    verify::fuzz(data);
}
