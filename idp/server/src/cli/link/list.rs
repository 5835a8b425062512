//! `idp link list`.

use idp_core::audit::{AuditEvent, AuditFact};
use idp_store::Commit;
use idp_store::durable::Page;
use idp_types::TokenId;
use serde_json::json;

use super::Reader;
use crate::app::App;
use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::output::plain;
use crate::cli::{CliError, Output};
use crate::oidc::links::{LinkView, list};

/// The most rows of one listing.
const ROWS: u32 = 100;

/// Which links.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  idp link list --client entra --config idp.toml\n\nLooking is recorded in the audit log."
)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    reader: Reader,
    /// Of this holder.
    #[arg(long, value_name = "TOKENID")]
    token_id: Option<TokenId>,
    /// Which page of a hundred.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    page: u32,
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
    record(&app, arguments, AuditFact::new(AuditEvent::AdminRead, actor)).await?;
    let page = Page {
        number: arguments.page,
        limit: ROWS,
    };
    let (links, total) = list(&app, arguments.reader.named(), arguments.token_id.as_ref(), page).await?;
    let links: Vec<LinkView> = links.into_iter().map(LinkView::from).collect();
    let rows: Vec<[String; 4]> = links
        .iter()
        .map(|link| link.row().map(|cell| plain(&cell)))
        .collect();
    let empty = "no link: idp link add --help";
    let value = json!({"links": links, "total": total});
    arguments.output.print_table(&value, &rows, empty)
}

async fn record(app: &App, arguments: &Arguments, fact: AuditFact) -> Result<(), CliError> {
    let mut fact = fact.with("what", "links");
    if let Some(token_id) = &arguments.token_id {
        fact = fact.about(token_id);
    }
    if let Some(client) = arguments.reader.named() {
        fact = fact.with("client", client.as_str());
    }
    let audit = vec![app.audit.record(&*app.durable, fact, app.now()).await?];
    let changes = Vec::new();
    let committed = app.durable.commit(Commit { changes, audit }).await;
    committed.map_err(crate::problem::Problem::from)?;
    Ok(())
}
