//! `idp trust sign`.

use std::path::PathBuf;

use idp_types::Timestamp;
use serde_json::json;

use crate::admin::TrustView;
use crate::cli::trust_lists::load;
use crate::cli::{CliError, Output};
use crate::scheme::Scheme;

/// Which scheme.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  idp trust sign trust      run it by a timer, well before the lists are due"
)]
pub(in crate::cli) struct Arguments {
    /// The scheme's folder.
    directory: PathBuf,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(arguments: &Arguments, now: Timestamp) -> Result<(), CliError> {
    Scheme::open(&arguments.directory)?.sign(now)?;
    // What was written is read back the way a server reads it.
    let view = TrustView::of(&load(&arguments.directory, now)?, now);
    let text = format!("signed {}; its lists hold", arguments.directory.display());
    arguments
        .output
        .print(&json!({"directory": arguments.directory, "trust": view}), &text)
}
