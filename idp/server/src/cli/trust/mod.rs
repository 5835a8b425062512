//! `idp trust`: a scheme of one's own.

mod add;
mod init;
mod show;
mod sign;

use crate::cli::CliError;
use crate::clock::{Clock, SystemClock};

/// What to do with a scheme.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a scheme: governance, scheme and trust service list, CA, signing certificate, revocation lists, with their keys.
    Init(init::Arguments),
    /// Add a signing certificate or a revocation; the lists are signed again.
    #[command(subcommand)]
    Add(Box<add::Command>),
    /// Sign every list again, with the next sequence and a new date.
    Sign(sign::Arguments),
    /// Verify a scheme's lists and show them.
    Show(show::Arguments),
}

impl Command {
    pub(super) fn run(self) -> Result<(), CliError> {
        let now = SystemClock.now();
        match self {
            Self::Init(arguments) => init::run(arguments, now),
            Self::Add(command) => command.run(now),
            Self::Sign(arguments) => sign::run(&arguments, now),
            Self::Show(arguments) => show::run(&arguments, now),
        }
    }
}
