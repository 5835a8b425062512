//! `idp trust show`.

use std::path::PathBuf;

use idp_types::Timestamp;

use crate::admin::TrustView;
use crate::cli::trust_lists::load;
use crate::cli::{CliError, Output};

/// Which folder.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  idp trust show /var/lib/idtoken/trust")]
pub(in crate::cli) struct Arguments {
    /// A trust folder, with or without its private part.
    directory: PathBuf,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(arguments: &Arguments, now: Timestamp) -> Result<(), CliError> {
    let view = TrustView::of(&load(&arguments.directory, now)?, now);
    arguments
        .output
        .print_table(&view, &view.lines(), "no list leads anywhere")
}
