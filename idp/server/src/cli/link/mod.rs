//! `idp link`: the same as `/admin/links`, at the server's own machine.

mod add;
mod list;
mod remove;

use crate::cli::CliError;

/// What to do with account links.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Assert an enterprise address of a tokenId for one client; it becomes `email` with `email_verified: true`.
    Add(add::Arguments),
    /// List links.
    List(list::Arguments),
    /// Delete what links a tokenId to a client.
    Remove(remove::Arguments),
}

impl Command {
    pub(super) async fn run(self) -> Result<(), CliError> {
        match self {
            Self::Add(arguments) => add::run(&arguments).await,
            Self::List(arguments) => list::run(&arguments).await,
            Self::Remove(arguments) => remove::run(&arguments).await,
        }
    }
}
