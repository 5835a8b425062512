//! `idp client list`.

use idp_store::durable::Page;
use serde_json::{Value, json};

use crate::admin::ClientView;
use crate::cli::offline::ConfigFile;
use crate::cli::output::plain;
use crate::cli::{CliError, Output};

/// Clients that are read at once.
const AT_ONCE: u32 = 100;

/// Nothing to choose.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  idp client list --config idp.toml")]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let app = arguments.config.open().await?;
    let mut clients: Vec<oidc::Client> = Vec::new();
    for number in 1.. {
        let page = Page {
            number,
            limit: AT_ONCE,
        };
        let rows = app.durable.clients(None, page).await?.rows;
        let is_last = rows.len() < AT_ONCE as usize;
        clients.extend(rows);
        if is_last {
            break;
        }
    }
    let views: Vec<Value> = clients
        .iter()
        .map(|client| json!(ClientView::of(&app, client)))
        .collect();
    let row = |client: &oidc::Client| {
        let state = if client.enabled { "enabled" } else { "disabled" };
        [
            client.client_id.to_string(),
            state.to_owned(),
            client.preset.clone().unwrap_or_else(|| "-".to_owned()),
            client.service_id.to_string(),
            plain(&client.name),
        ]
    };
    let rows: Vec<[String; 5]> = clients.iter().map(row).collect();
    let empty = "no client yet: idp client add --help";
    arguments
        .output
        .print_table(&json!({"clients": views}), &rows, empty)
}
