//! `idp gateway`: what the gateway would decide.

mod check;

use super::CliError;
use crate::clock::{Clock, SystemClock};

/// What to do about the gateway.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Explain what a policy decides on a request, by the code of the gateway itself.
    Check(check::Arguments),
}

impl Command {
    pub(super) fn run(self) -> Result<(), CliError> {
        match self {
            Self::Check(arguments) => check::run(&arguments, SystemClock.now()),
        }
    }
}
