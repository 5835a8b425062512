//! `idp link remove`.

use idp_types::{ClientId, TokenId};
use oidc::link::LinkKind;
use serde_json::json;

use crate::admin::LinkKindName;
use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::{CliError, Output};
use crate::oidc::links::remove_links;

/// Which links go.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  idp link remove --client entra --token-id 7f9c24e8 --config idp.toml")]
pub(in crate::cli) struct Arguments {
    /// The client.
    #[arg(long, value_name = "CLIENT")]
    client: ClientId,
    /// The holder.
    #[arg(long, value_name = "TOKENID")]
    token_id: TokenId,
    /// Only links of this kind.
    #[arg(long, value_enum)]
    kind: Option<LinkKindName>,
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
    let whose = (&arguments.client, &arguments.token_id);
    let removed = remove_links(&app, whose, arguments.kind.map(LinkKind::from), actor).await?;
    arguments
        .output
        .print(&json!({"removed": removed}), &format!("{removed} removed"))
}
