//! `idp sp refresh`.

use saml::EntityId;
use serde_json::{Value, json};

use super::{entity_id, refused};
use crate::app::App;
use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::output::plain;
use crate::cli::{CliError, Output};
use crate::conditional::Effect;
use crate::saml::providers::{all_providers, refresh_provider};

/// Which service provider.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp sp refresh https://sp.example/metadata --config idp.toml
  idp sp refresh --all --config idp.toml

The server does this by itself before metadata ends.")]
pub(in crate::cli) struct Arguments {
    /// The service provider.
    #[arg(value_name = "ENTITYID", value_parser = entity_id, required_unless_present = "all")]
    entity_id: Option<EntityId>,
    /// Every one whose metadata has an address.
    #[arg(long, conflicts_with = "entity_id")]
    all: bool,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    operator: ActingOperator,
    #[command(flatten)]
    output: Output,
}

impl Arguments {
    async fn chosen(&self, app: &App) -> Result<Vec<EntityId>, CliError> {
        if let Some(entity_id) = &self.entity_id {
            return Ok(vec![entity_id.clone()]);
        }
        let mut all = all_providers(app).await?;
        all.retain(|provider| provider.source.url.is_some());
        Ok(all.into_iter().map(|provider| provider.entity_id).collect())
    }
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let actor = arguments.operator.actor()?;
    let app = arguments.config.open().await?;
    let (mut values, mut lines, mut failed) = (Vec::<Value>::new(), Vec::new(), None);
    for entity_id in arguments.chosen(&app).await? {
        let word = match refresh_provider(&app, &entity_id, actor.clone()).await {
            Ok((_, Effect::Unchanged)) => "unchanged",
            Ok(_) => "changed",
            Err(problem) => {
                failed = Some(problem);
                "failed"
            }
        };
        lines.push(format!("{word}  {}", plain(entity_id.as_str())));
        values.push(json!({"entityId": entity_id, "outcome": word}));
    }
    // With many, what went well is told before what did not.
    match failed {
        Some(problem) if values.len() == 1 => return Err(refused(&problem)),
        Some(problem) => {
            arguments
                .output
                .print(&json!({"serviceProviders": values}), &lines.join("\n"))?;
            return Err(refused(&problem));
        }
        None => {}
    }
    arguments
        .output
        .print(&json!({"serviceProviders": values}), &lines.join("\n"))
}
