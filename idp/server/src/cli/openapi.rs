//! `idp openapi`.

use super::CliError;
use super::output::line;

/// Nothing to choose: the document is JSON already.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  idp openapi > openapi.json")]
pub(super) struct Arguments {
    /// The document is JSON either way.
    #[arg(long, hide = true)]
    json: bool,
}

pub(super) fn run(_arguments: &Arguments) -> Result<(), CliError> {
    line(crate::router::openapi_json().trim_end())
}
