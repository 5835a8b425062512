//! `idp audit verify` (profile 12): any edit, removal, reorder or truncation is found.

use std::path::PathBuf;

use idp_core::keys::KeyPurpose;
use idp_jose::Jwk;
use idp_jose::jws;
use idp_store::audit::AuditReport;
use idp_store::durable::Checkpoint;
use serde_json::{Value, json};

use crate::app::App;
use crate::audit::{
    ChainView, STATEMENT_LIMIT, first_fault, open_statement as open, signed_claims, verify_chain,
};
use crate::cli::files::read_text;
use crate::cli::offline::ConfigFile;
use crate::cli::output::{json as print_json, plain, table};
use crate::cli::{CliError, Output};

/// The largest file of shipped checkpoints.
const SHIPPED_LIMIT: usize = 256 * 1024 * 1024;

/// How to verify.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp audit verify --config idp.toml
  idp audit verify --checkpoints /mnt/elsewhere/checkpoints --config idp.toml
  idp audit verify --print-key --config idp.toml > audit.jwks

The database's own checkpoints do not show that the end of a log was cut off together with them:
give the file that audit.checkpoint_file shipped to another place.")]
pub(in crate::cli) struct Arguments {
    /// Checkpoints that were shipped elsewhere, one statement a line; - is standard input.
    #[arg(long, value_name = "FILE")]
    checkpoints: Option<PathBuf>,
    /// Print the public keys that sign checkpoints, as a JWK set, and verify nothing.
    #[arg(long)]
    print_key: bool,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    output: Output,
}

impl Arguments {
    /// Verify everything, with these checkpoints beside the database's own.
    pub(super) const fn of(config: ConfigFile, checkpoints: Option<PathBuf>, output: Output) -> Self {
        Self {
            checkpoints,
            print_key: false,
            config,
            output,
        }
    }
}

/// The other issuer for which a checkpoint was signed with our key: the configuration changed, not the log.
fn other_issuer(statement: &str, keys: &[Jwk], issuer: &str) -> Option<String> {
    let claims = signed_claims(statement, keys)?;
    let named = claims.required_text("iss").ok()?;
    (named != issuer).then(|| plain(named))
}

/// Why a statement that none of our keys signed is not ours. What it says of itself is a hint and nothing more.
fn unverified(statement: &str, issuer: &str) -> String {
    let claims = jws::parse(statement, STATEMENT_LIMIT).and_then(|parsed| parsed.peek_unverified_claims());
    let claims = claims.unwrap_or_default();
    match claims.get("iss").and_then(Value::as_str) {
        Some(named) if named != issuer => {
            format!(
                "it says that it is of {}, another issuer, and none of our keys signed it",
                plain(named)
            )
        }
        _ => "its signature does not verify".to_owned(),
    }
}

fn of_another_issuer(what: String, named: &str, issuer: &str) -> CliError {
    CliError::failed(
        what,
        format!("it is for {named}, and the configuration says {issuer}"),
        format!("verify with a configuration whose issuer is {named}"),
    )
}

/// The shipped checkpoints of a file. One that is not ours is an error: the file is evidence.
fn shipped(arguments: &Arguments, keys: &[Jwk], issuer: &str) -> Result<Vec<Checkpoint>, CliError> {
    let Some(path) = &arguments.checkpoints else {
        return Ok(Vec::new());
    };
    let text = read_text(path, SHIPPED_LIMIT)?;
    let lines = text
        .lines()
        .map(str::trim)
        .enumerate()
        .filter(|(_, line)| !line.is_empty());
    let read = lines.map(|(number, line)| {
        let head = open(line, keys, issuer).ok_or_else(|| {
            let place = format!("line {} of {}", number + 1, path.display());
            if let Some(named) = other_issuer(line, keys, issuer) {
                return of_another_issuer(format!("{place} is signed for another issuer"), &named, issuer);
            }
            let what = format!("{place} is not a checkpoint of this server");
            CliError::failed(
                what,
                unverified(line, issuer),
                "give the file that audit.checkpoint_file named",
            )
        })?;
        Ok(Checkpoint {
            chain: head.chain,
            sequence: head.sequence,
            statement: line.to_owned(),
        })
    });
    read.collect()
}

async fn check(
    app: &App,
    chain: &str,
    shipped: &[Checkpoint],
    keys: &[Jwk],
) -> Result<AuditReport, CliError> {
    let mut checkpoints = app.durable.checkpoints(chain).await?;
    checkpoints.extend(
        shipped
            .iter()
            .filter(|checkpoint| checkpoint.chain == chain)
            .cloned(),
    );
    let issuer = &app.config.issuer;
    for checkpoint in &checkpoints {
        if let Some(named) = other_issuer(&checkpoint.statement, keys, issuer) {
            let what = format!(
                "the checkpoint of record {} of chain {chain} is signed for another issuer",
                checkpoint.sequence
            );
            return Err(of_another_issuer(what, &named, issuer));
        }
    }
    Ok(verify_chain(app, chain, &checkpoints, keys).await?)
}

fn row(report: &AuditReport) -> [String; 4] {
    let state = match first_fault(report) {
        None => "intact".to_owned(),
        Some(fault) => format!("NOT INTACT: {fault} ({} fault(s))", report.fault_count),
    };
    let counted = [
        format!("{} records", report.records),
        format!("{} checkpoints", report.checkpoints),
    ];
    let [records, checkpoints] = counted;
    [report.head.chain.clone(), records, checkpoints, state]
}

/// Every chain that there is, or that a checkpoint has seen: one that vanished whole is found by its checkpoints.
async fn chains(app: &App, shipped: &[Checkpoint]) -> Result<Vec<String>, CliError> {
    let heads = app
        .durable
        .audit_heads()
        .await?
        .into_iter()
        .map(|head| head.chain);
    let mut chains: Vec<String> = heads
        .chain(shipped.iter().map(|checkpoint| checkpoint.chain.clone()))
        .collect();
    chains.sort();
    chains.dedup();
    Ok(chains)
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let app = arguments.config.open().await?;
    let keys = app.keys.public_keys(KeyPurpose::Audit);
    if arguments.print_key {
        return print_json(&json!({"keys": keys.iter().map(Jwk::to_value).collect::<Vec<_>>()}));
    }
    let shipped = shipped(arguments, &keys, &app.config.issuer)?;
    let mut reports = Vec::new();
    for chain in chains(&app, &shipped).await? {
        reports.push(check(&app, &chain, &shipped, &keys).await?);
    }
    print(
        arguments.output,
        &reports,
        unproven(&app, &reports, &shipped).as_deref(),
    )?;
    let bad = reports.iter().find(|report| !report.is_intact());
    match bad.and_then(|report| Some((report, first_fault(report)?))) {
        None => Ok(()),
        Some((report, fault)) => Err(CliError::failed(
            format!("the audit chain {} is not what was written", report.head.chain),
            fault,
            "keep the database as it is, and compare it with a copy and with the shipped checkpoints",
        )
        .with_result_printed()),
    }
}

/// Why the end of a chain is not proven: who can cut it off can remove the database's own checkpoints with it.
fn unproven(app: &App, reports: &[AuditReport], shipped: &[Checkpoint]) -> Option<String> {
    let is_shipped = |report: &AuditReport| {
        shipped
            .iter()
            .any(|checkpoint| checkpoint.chain == report.head.chain)
    };
    let open = reports.iter().find(|report| !is_shipped(report))?;
    let fix = match &app.config.audit.checkpoint_file {
        Some(path) => format!("give what was shipped with --checkpoints {}", path.display()),
        None => "name a second place as audit.checkpoint_file, and give it with --checkpoints".to_owned(),
    };
    Some(format!(
        "the end of chain {} is not proven: no checkpoint from another place vouches for it; {fix}",
        open.head.chain
    ))
}

fn print(output: Output, reports: &[AuditReport], unproven: Option<&str>) -> Result<(), CliError> {
    let value = json!({
        "intact": reports.iter().all(AuditReport::is_intact),
        "endProven": unproven.is_none(),
        "chains": reports.iter().map(ChainView::of).collect::<Vec<_>>(),
    });
    let mut text = if reports.is_empty() {
        "no record yet".to_owned()
    } else {
        table(&reports.iter().map(row).collect::<Vec<_>>())
    };
    if let Some(unproven) = unproven {
        text.push('\n');
        text.push_str(unproven);
    }
    output.print(&value, &text)
}

pub(super) fn fuzz(data: &[u8]) {
    let _ = open(&String::from_utf8_lossy(data), &[], "https://id.example");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_checkpoint_says_nothing() {
        for text in ["", "a.b.c", "e30.e30.AA"] {
            assert_eq!(open(text, &[], "https://id.example"), None, "{text}");
            assert_eq!(
                unverified(text, "https://id.example"),
                "its signature does not verify"
            );
        }
    }

    #[test]
    fn a_checkpoint_of_another_issuer_names_it() {
        let part = |text: &str| idp_types::encoding::base64url(text.as_bytes());
        let header = part(r#"{"alg":"ES256","kid":"k","typ":"idt-audit-checkpoint+jwt"}"#);
        let statement = format!(
            "{header}.{}.{}",
            part(r#"{"iss":"https://other.example"}"#),
            part(&"s".repeat(64))
        );
        let why = unverified(&statement, "https://id.example");
        assert!(why.contains("https://other.example"), "{why}");
        assert_eq!(
            unverified(&statement, "https://other.example"),
            "its signature does not verify"
        );
    }
}
