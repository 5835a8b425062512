//! `idp service disable`.

use idp_types::ServiceId;

use crate::admin::ServiceView;
use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::{CliError, Output};
use crate::services::set_enabled;

/// Which service.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp service disable bar-le-central --config idp.toml
  idp service disable bar-le-central --undo --config idp.toml")]
pub(in crate::cli) struct Arguments {
    /// The service.
    service_id: ServiceId,
    /// Let it answer again.
    #[arg(long)]
    undo: bool,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    operator: ActingOperator,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let actor = arguments.operator.actor()?;
    let app = arguments.config.open().await?;
    let service = set_enabled(&app, &arguments.service_id, arguments.undo, actor)
        .await?
        .value;
    let state = if service.enabled { "enabled" } else { "disabled" };
    let text = format!("{} is {state}", service.service_id);
    arguments.output.print(&ServiceView::from(service), &text)
}
