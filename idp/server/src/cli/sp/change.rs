//! `idp sp change`.

use std::path::PathBuf;

use saml::EntityId;

use super::add::members;
use super::{entity_id, refused, text_of};
use crate::cli::client::description::{object, setting};
use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::{CliError, Output};
use crate::saml::providers::{ProviderView, patch_provider};

/// Which service provider, and what of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp sp change https://sp.example/metadata --set requireSignedRequests=true --config idp.toml
  idp sp change https://sp.example/metadata --set 'attributes=[\"givenName\",\"familyName\"]' --config idp.toml
  idp sp change https://sp.example/metadata --file patch.json --config idp.toml     a JSON merge patch (RFC 7396) of its members")]
pub(in crate::cli) struct Arguments {
    /// The service provider.
    #[arg(value_name = "ENTITYID", value_parser = entity_id)]
    entity_id: EntityId,
    /// A member and its new value, as JSON or as text; again for each.
    #[arg(long = "set", value_name = "MEMBER=VALUE", value_parser = setting, required_unless_present = "file")]
    settings: Vec<(String, String)>,
    /// Members and their new values; null takes a member away.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    operator: ActingOperator,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let mut patch = arguments
        .file
        .as_deref()
        .map(object)
        .transpose()?
        .unwrap_or_default();
    patch.extend(members(&arguments.settings));
    let actor = arguments.operator.actor()?;
    let app = arguments.config.open().await?;
    let written = patch_provider(&app, (&arguments.entity_id, &patch), actor).await;
    let view = ProviderView::of(&app, &written.map_err(|problem| refused(&problem))?.value);
    arguments.output.print(&view, &text_of(&view, app.now()))
}
