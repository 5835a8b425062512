//! `idp device`: a holder's devices.

mod list;
mod revoke;
mod supersede;

use crate::cli::CliError;

/// What to do with devices.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List a holder's devices.
    List(list::Arguments),
    /// Revoke one device, or a whole tokenId for ever.
    Revoke(revoke::Arguments),
    /// Let a new tokenId take over from an old one; a second operator confirms with the same command.
    Supersede(supersede::Arguments),
}

impl Command {
    pub(super) async fn run(self) -> Result<(), CliError> {
        match self {
            Self::List(arguments) => list::run(&arguments).await,
            Self::Revoke(arguments) => revoke::run(&arguments).await,
            Self::Supersede(arguments) => supersede::run(&arguments).await,
        }
    }
}
