//! `idp phone pending`.

use serde_json::json;

use super::client::Client;
use super::store::StoreArgument;
use super::{poll, view};
use crate::cli::{CliError, Output};

/// How long to look.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  idp phone pending\n  idp phone pending --wait 25 --json")]
pub(in crate::cli) struct Arguments {
    /// Seconds to wait for the first request, at most 25.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=25))]
    wait: u64,
    #[command(flatten)]
    store: StoreArgument,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let wallet = arguments.store.store()?.open()?;
    let found = poll::list(&Client::of(&wallet)?, &wallet, arguments.wait).await?;
    let texts: Vec<String> = found.requests.iter().map(view::text).collect();
    let text = if texts.is_empty() {
        "no request waits".to_owned()
    } else {
        texts.join("\n\n")
    };
    let sessions: Vec<_> = found.requests.iter().map(view::json).collect();
    arguments.output.print(
        &json!({"sessions": sessions, "unreadable": found.unreadable}),
        &text,
    )
}
