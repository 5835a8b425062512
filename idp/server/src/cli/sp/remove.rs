//! `idp sp remove`.

use saml::EntityId;
use serde_json::json;

use super::entity_id;
use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::output::plain;
use crate::cli::{CliError, Output};
use crate::saml::providers::remove_provider;

/// Which service provider.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  idp sp remove https://sp.example/metadata --config idp.toml

Its account links are forgotten. To stop it for a while: idp service disable")]
pub(in crate::cli) struct Arguments {
    /// The service provider.
    #[arg(value_name = "ENTITYID", value_parser = entity_id)]
    entity_id: EntityId,
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
    let provider = remove_provider(&app, &arguments.entity_id, actor).await?;
    let text = format!(
        "{} is removed; its service {} stays",
        plain(provider.entity_id.as_str()),
        provider.service_id
    );
    let value = json!({"entityId": provider.entity_id, "removed": true, "serviceId": provider.service_id});
    arguments.output.print(&value, &text)
}
