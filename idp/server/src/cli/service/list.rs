//! `idp service list`.

use serde_json::json;

use crate::admin::ServiceView;
use crate::cli::offline::ConfigFile;
use crate::cli::output::plain;
use crate::cli::{CliError, Output};

/// Nothing to choose.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  idp service list --config idp.toml")]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let app = arguments.config.open().await?;
    let services: Vec<ServiceView> = app
        .durable
        .services()
        .await?
        .into_iter()
        .map(ServiceView::from)
        .collect();
    let row = |view: &ServiceView| {
        let state = if view.enabled { "enabled" } else { "disabled" };
        [
            view.service.service_id.to_string(),
            state.to_owned(),
            plain(&view.service.name),
            view.service.url.clone(),
        ]
    };
    let rows: Vec<[String; 4]> = services.iter().map(row).collect();
    let empty = "no service yet: idp service add --help";
    arguments
        .output
        .print_table(&json!({"services": services}), &rows, empty)
}
