//! `idp link remove`.

use idp_types::TokenId;
use oidc::link::LinkKind;
use serde_json::json;

use super::Reader;
use crate::admin::LinkKindName;
use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::{CliError, Output};
use crate::oidc::links::remove_links;

/// Which links go.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  idp link remove --client entra --token-id 7f9c24e8 --config idp.toml")]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    reader: Reader,
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
    let client = arguments.reader.required()?;
    let app = arguments.config.open().await?;
    let whose = (&client, &arguments.token_id);
    let removed = remove_links(&app, whose, arguments.kind.map(LinkKind::from), actor).await?;
    arguments
        .output
        .print(&json!({"removed": removed}), &format!("{removed} removed"))
}
