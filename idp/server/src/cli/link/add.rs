//! `idp link add`.

use idp_types::TokenId;
use oidc::link::is_address;

use super::Reader;
use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::{CliError, Output};
use crate::oidc::links::{LinkView, put_address};

/// Whose address, and for whom.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp link add --client entra --token-id 7f9c24e8 --email ann@contoso.example --config idp.toml
  idp link add --sp urn:federation:MicrosoftOnline --token-id 7f9c24e8 --email ann@contoso.example --config idp.toml

You vouch for the address: the client reads it as verified. It is sealed at rest and deleted with idp link remove.")]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    reader: Reader,
    /// The holder.
    #[arg(long, value_name = "TOKENID")]
    token_id: TokenId,
    /// The address.
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    operator: ActingOperator,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let actor = arguments.operator.actor()?;
    if !is_address(&arguments.email) {
        let why = "it is not one address";
        return Err(CliError::usage(
            "the address cannot be used",
            why,
            "correct --email",
        ));
    }
    let client = arguments.reader.required()?;
    let app = arguments.config.open().await?;
    let whose = (&client, &arguments.token_id);
    let (link, _) = put_address(&app, whose, &arguments.email, actor).await?;
    let view = LinkView::from(link);
    arguments.output.print(&view, "linked")
}
