//! `idp sp`: the same as `/admin/service-providers`, at the server's own machine.

mod add;
mod change;
mod identifier;
mod list;
mod refresh;
mod remove;
mod show;

use idp_types::Timestamp;
use saml::EntityId;
use saml::provider::ServiceProvider;
use serde_json::Value;

use crate::cli::CliError;
use crate::cli::client::short;
use crate::cli::output::{plain, table};
use crate::problem::{Code, Problem};
use crate::saml::providers::ProviderView;

/// What to do with service providers.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Register a service provider from its metadata.
    Add(Box<add::Arguments>),
    /// List every service provider, with the certificate that ends first.
    List(list::Arguments),
    /// Show one service provider, its certificates, and what to enter at the other side.
    Show(show::Arguments),
    /// Change what is decided about a service provider.
    Change(change::Arguments),
    /// Read metadata again.
    Refresh(refresh::Arguments),
    /// Say which persistent identifier a person has at a service provider.
    Identifier(identifier::Arguments),
    /// Remove a service provider with its account links.
    Remove(remove::Arguments),
}

impl Command {
    pub(super) async fn run(self) -> Result<(), CliError> {
        match self {
            Self::Add(arguments) => add::run(*arguments).await,
            Self::List(arguments) => list::run(&arguments).await,
            Self::Show(arguments) => show::run(&arguments).await,
            Self::Change(arguments) => change::run(&arguments).await,
            Self::Refresh(arguments) => refresh::run(&arguments).await,
            Self::Identifier(arguments) => identifier::run(&arguments).await,
            Self::Remove(arguments) => remove::run(&arguments).await,
        }
    }
}

fn entity_id(text: &str) -> Result<EntityId, String> {
    EntityId::parse(text).map_err(|error| error.to_string())
}

/// How a moment lies to now, for a person.
fn distance(end: Timestamp, now: Timestamp) -> String {
    let days = end.millis_since(now) / 86_400_000;
    let date: String = end.to_rfc3339().chars().take(10).collect();
    match days {
        ..0 => format!("{date}, ended"),
        0 => format!("{date}, ends within a day"),
        1..=30 => format!("{date}, {days} days left"),
        _ => date,
    }
}

/// The end of the certificate that ends first.
fn first_end(provider: &ServiceProvider) -> Option<Timestamp> {
    let certificates = provider.certificates().into_iter();
    certificates
        .map(|(certificate, ..)| certificate.not_after())
        .min()
}

/// Members that the text shows in a form of their own.
const APART: [&str; 2] = ["enter", "certificates"];

/// A provider as text: its members, its certificates, and what to enter at the other side.
fn text_of(view: &ProviderView, now: Timestamp) -> String {
    let value = serde_json::to_value(view).unwrap_or_default();
    let members = value.as_object().into_iter().flatten();
    let rows: Vec<[String; 2]> = members
        .filter(|(name, _)| !APART.contains(&name.as_str()))
        .map(|(name, value)| [name.clone(), short(value)])
        .collect();
    let certificates: Vec<[String; 3]> = view
        .certificates
        .iter()
        .map(|certificate| {
            let fingerprint: String = certificate.fingerprint.chars().take(16).collect();
            [
                fingerprint,
                distance(certificate.not_after, now),
                plain(&certificate.purposes()),
            ]
        })
        .collect();
    let entered = value.get("enter").and_then(Value::as_array).into_iter().flatten();
    let entered: Vec<[String; 2]> = entered
        .map(|entry| {
            let text = |name| entry.get(name).and_then(Value::as_str).unwrap_or_default();
            [plain(text("label")), plain(text("value"))]
        })
        .collect();
    let certificates = if certificates.is_empty() {
        "none: its requests cannot be checked, and nothing is encrypted to it".to_owned()
    } else {
        table(&certificates)
    };
    format!(
        "{}\n\nits certificates:\n{certificates}\n\nat the service provider:\n{}",
        table(&rows),
        table(&entered)
    )
}

/// A refusal in the words of the command: which member, and why.
fn refused(problem: &Problem) -> CliError {
    let (member, detail) = (problem.member("member"), problem.sentence());
    match (problem.code(), detail) {
        (Code::InvalidRequest | Code::Conflict, Some(detail)) => {
            let fix = match member {
                Some(member) if !member.is_empty() => format!("correct {member}"),
                _ => "check the arguments: --help shows examples".to_owned(),
            };
            CliError::usage("the service provider cannot be stored like this", detail, fix)
        }
        _ => CliError::from(problem.clone()),
    }
}
