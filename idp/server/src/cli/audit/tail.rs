//! `idp audit tail`.

use std::collections::BTreeMap;
use std::time::Duration;

use idp_core::audit::Actor;
use idp_store::DurableStore;
use idp_store::durable::{AuditFilter, AuditRecord, ChainedRecord, Page};
use serde_json::{Value, json};

use crate::app::App;
use crate::cli::offline::ConfigFile;
use crate::cli::output::{json as print_json, line, plain};
use crate::cli::{CliError, Output};

/// How often new records are looked for.
const INTERVAL: Duration = Duration::from_millis(500);

/// Records that are read at once.
const BATCH: u32 = 100;

/// Which records.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp audit tail --config idp.toml
  idp audit tail -n 100 --follow --json --config idp.toml | jq .event_type")]
pub(in crate::cli) struct Arguments {
    /// How many of the last records.
    #[arg(short = 'n', long = "lines", default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=100))]
    count: u32,
    /// Go on with what comes, until interrupted.
    #[arg(short, long)]
    follow: bool,
    /// Open whom records are about and from where.
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    output: Output,
}

fn actor(actor: &Actor) -> String {
    match actor {
        Actor::Anonymous => "anonymous".to_owned(),
        Actor::Device => "device".to_owned(),
        Actor::Service => "service".to_owned(),
        Actor::Operator(name) => format!("operator {name}"),
        Actor::System => "system".to_owned(),
    }
}

/// `name=value` of what is there.
fn facts(record: &AuditRecord, opened: &[(&str, Option<String>)]) -> String {
    let known = [
        ("session", record.session_id.as_ref().map(ToString::to_string)),
        ("service", record.service_id.as_ref().map(ToString::to_string)),
    ];
    let known = known.into_iter().chain(opened.iter().cloned());
    let known = known.filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    let details = record.details.as_object().into_iter().flatten();
    let details = details.map(|(name, value)| match value {
        Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    });
    plain(&known.chain(details).collect::<Vec<_>>().join(" "))
}

async fn print(app: &App, arguments: &Arguments, entry: &ChainedRecord) -> Result<(), CliError> {
    let record = &entry.record;
    let opened = if arguments.open {
        app.audit.open(&*app.durable, record).await?
    } else {
        Some((None, None))
    };
    let is_erased = opened.is_none();
    let (token_id, ip) = opened.unwrap_or_default();
    if arguments.output.json {
        return print_json(&json!({
            "chain": entry.chain, "sequence": entry.sequence, "occurred_at": record.at, "event_type": record.event,
            "actor": record.actor, "session_id": record.session_id, "service_id": record.service_id,
            "token_id": token_id, "ip": ip, "is_erased": is_erased, "details": record.details,
        }));
    }
    let place = format!("{}#{}", entry.chain, entry.sequence);
    let facts = facts(record, &[("tokenId", token_id), ("ip", ip)]);
    let erased = if is_erased { "(erased) " } else { "" };
    let event = record.event.as_str();
    line(&format!(
        "{}  {place:12}  {event:20}  {:16}  {erased}{facts}",
        record.at.to_rfc3339(),
        actor(&record.actor)
    ))
}

/// Where every chain stands now.
async fn positions(store: &dyn DurableStore) -> Result<BTreeMap<String, u64>, CliError> {
    Ok(store
        .audit_heads()
        .await?
        .into_iter()
        .map(|head| (head.chain, head.sequence))
        .collect())
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let app = arguments.config.open().await?;
    let mut seen = positions(&*app.durable).await?;
    if arguments.count > 0 {
        let page = Page {
            number: 1,
            limit: arguments.count,
        };
        let last = app
            .durable
            .audit_search(&AuditFilter::default(), page)
            .await?
            .rows;
        for entry in last
            .iter()
            .rev()
            .filter(|entry| seen.get(&entry.chain).is_some_and(|end| entry.sequence <= *end))
        {
            print(&app, arguments, entry).await?;
        }
    }
    if !arguments.follow {
        return Ok(());
    }
    loop {
        tokio::time::sleep(INTERVAL).await;
        for chain in positions(&*app.durable).await?.into_keys() {
            let position = seen.entry(chain.clone()).or_default();
            for entry in app.durable.audit_run(&chain, *position, BATCH).await? {
                *position = entry.sequence;
                print(&app, arguments, &entry).await?;
            }
        }
    }
}
