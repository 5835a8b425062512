//! `idp sp show`.

use saml::EntityId;

use super::{entity_id, text_of};
use crate::cli::offline::ConfigFile;
use crate::cli::{CliError, Output};
use crate::saml::providers::{ProviderView, find_provider};

/// Which service provider.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  idp sp show urn:federation:MicrosoftOnline --config idp.toml")]
pub(in crate::cli) struct Arguments {
    /// The service provider.
    #[arg(value_name = "ENTITYID", value_parser = entity_id)]
    entity_id: EntityId,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let app = arguments.config.open().await?;
    let view = ProviderView::of(&app, &find_provider(&app, &arguments.entity_id).await?.value);
    arguments.output.print(&view, &text_of(&view, app.now()))
}
