//! `idp client rotate-secret`.

use idp_types::ClientId;

use super::{refused, text_of};
use crate::admin::ClientView;
use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::{CliError, Output};
use crate::oidc::clients::rotate_client_secret;

/// Which client.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  idp client rotate-secret shop --config idp.toml

Rotate, give the new secret to the client, then rotate again when the old one must end.")]
pub(in crate::cli) struct Arguments {
    /// The client.
    client_id: ClientId,
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
    let issued = rotate_client_secret(&app, &arguments.client_id, actor).await;
    let view = ClientView::issued(&app, issued.map_err(|problem| refused(&problem))?);
    arguments.output.print(&view, &text_of(&view))
}
