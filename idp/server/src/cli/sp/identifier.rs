//! `idp sp identifier`.

use idp_types::TokenId;
use saml::EntityId;
use serde_json::json;

use super::entity_id;
use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::{CliError, Output};
use crate::saml::providers::{find_provider, persistent_identifier};

/// Who, and where.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  idp sp identifier urn:federation:MicrosoftOnline --token-id 7f9c24e8 --config idp.toml

Directories that keep the NameID of a person, such as OnPremisesImmutableId of Microsoft Entra, are given it before the first login.
Looking is recorded in the audit log.")]
pub(in crate::cli) struct Arguments {
    /// The service provider.
    #[arg(value_name = "ENTITYID", value_parser = entity_id)]
    entity_id: EntityId,
    /// The holder.
    #[arg(long, value_name = "TOKENID")]
    token_id: TokenId,
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
    let provider = find_provider(&app, &arguments.entity_id).await?;
    let identifier = persistent_identifier(&app, &provider.value, &arguments.token_id, actor).await?;
    let value = json!({"entityId": arguments.entity_id, "tokenId": arguments.token_id, "nameId": identifier});
    arguments.output.print(&value, &identifier)
}
