//! `idp client change`.

use std::path::PathBuf;

use idp_types::ClientId;
use serde_json::{Map, Value};

use super::description::{object, setting};
use super::{refused, text_of};
use crate::admin::ClientView;
use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::{CliError, Output};
use crate::oidc::clients::patch_client;

/// Which client, and what of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp client change okta --set token_endpoint_auth_method=client_secret_post --config idp.toml
  idp client change shop --set enabled=false --config idp.toml
  idp client change shop --file patch.json --config idp.toml     a JSON merge patch (RFC 7396) of its members")]
pub(in crate::cli) struct Arguments {
    /// The client.
    client_id: ClientId,
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

impl Arguments {
    fn patch(&self) -> Result<Map<String, Value>, CliError> {
        let mut patch = self.file.as_deref().map(object).transpose()?.unwrap_or_default();
        for (name, text) in &self.settings {
            let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()));
            patch.insert(name.clone(), value);
        }
        Ok(patch)
    }
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let patch = arguments.patch()?;
    let actor = arguments.operator.actor()?;
    let app = arguments.config.open().await?;
    let issued = patch_client(&app, &arguments.client_id, &patch, actor).await;
    let view = ClientView::issued(&app, issued.map_err(|problem| refused(&problem))?);
    arguments.output.print(&view, &text_of(&view))
}
