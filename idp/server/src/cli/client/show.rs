//! `idp client show`.

use idp_types::ClientId;

use super::text_of;
use crate::admin::ClientView;
use crate::cli::offline::ConfigFile;
use crate::cli::{CliError, Output};
use crate::oidc::clients::find_client;

/// Which client.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  idp client show okta --config idp.toml")]
pub(in crate::cli) struct Arguments {
    /// The client.
    client_id: ClientId,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let app = arguments.config.open().await?;
    let view = ClientView::of(&app, &find_client(&app, &arguments.client_id).await?.value);
    arguments.output.print(&view, &text_of(&view))
}
