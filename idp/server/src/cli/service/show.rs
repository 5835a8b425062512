//! `idp service show`.

use idp_types::ServiceId;

use super::rows;
use crate::admin::{ServiceView, find_service};
use crate::cli::offline::ConfigFile;
use crate::cli::{CliError, Output};

/// Which service.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  idp service show bar-le-central --config idp.toml")]
pub(in crate::cli) struct Arguments {
    /// The service.
    service_id: ServiceId,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let app = arguments.config.open().await?;
    let view = ServiceView::from(find_service(&app, &arguments.service_id).await?);
    arguments.output.print_table(&view, &rows(&view), "")
}
