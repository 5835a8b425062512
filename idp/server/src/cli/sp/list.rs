//! `idp sp list`.

use saml::provider::ServiceProvider;
use serde_json::{Value, json};

use super::{distance, first_end};
use crate::cli::offline::ConfigFile;
use crate::cli::output::plain;
use crate::cli::{CliError, Output};
use crate::saml::providers::{ProviderView, all_providers};

/// Nothing to choose.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  idp sp list --config idp.toml")]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let app = arguments.config.open().await?;
    let (providers, now) = (all_providers(&app).await?, app.now());
    let views: Vec<Value> = providers
        .iter()
        .map(|provider| json!(ProviderView::of(&app, provider)))
        .collect();
    let row = |provider: &ServiceProvider| {
        let state = if provider.source.has_ended(now) {
            "ended"
        } else {
            "valid"
        };
        let preset = provider.policy.preset.map_or("-", |preset| preset.as_str());
        let certificate = first_end(provider).map(|end| distance(end, now));
        [
            plain(provider.entity_id.as_str()),
            state.to_owned(),
            preset.to_owned(),
            provider.service_id.to_string(),
            certificate.unwrap_or_else(|| "no certificate".to_owned()),
            plain(&provider.display_name),
        ]
    };
    let rows: Vec<[String; 6]> = providers.iter().map(row).collect();
    let empty = "no service provider yet: idp sp add --help";
    arguments
        .output
        .print_table(&json!({"serviceProviders": views}), &rows, empty)
}
