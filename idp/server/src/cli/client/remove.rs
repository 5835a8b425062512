//! `idp client remove`.

use idp_types::ClientId;
use serde_json::json;

use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::{CliError, Output};
use crate::oidc::clients::remove_client;

/// Which client.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  idp client remove shop --config idp.toml

Its tokens are revoked, its grants and account links forgotten. To stop it for a while: idp client change shop --set enabled=false")]
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
    let client = remove_client(&app, &arguments.client_id, actor).await?;
    let text = format!(
        "{} is removed; its service {} stays",
        client.client_id, client.service_id
    );
    let value = json!({"client_id": client.client_id, "removed": true, "service_id": client.service_id});
    arguments.output.print(&value, &text)
}
