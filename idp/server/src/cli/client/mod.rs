//! `idp client`: the same as `/admin/clients`, at the server's own machine.

mod add;
mod change;
pub(super) mod description;
mod list;
mod registration_token;
mod remove;
mod rotate_secret;
mod show;

use serde_json::Value;

use crate::admin::ClientView;
use crate::cli::CliError;
use crate::cli::output::{plain, table};
use crate::problem::{Code, Problem};

/// What to do with clients.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Register a client, from a preset or not; its secret is shown once.
    Add(Box<add::Arguments>),
    /// List every client.
    List(list::Arguments),
    /// Show one client, and what to enter at the relying party.
    Show(show::Arguments),
    /// Change members of a client.
    Change(change::Arguments),
    /// Make a new secret; the one before stays valid until the next rotation.
    RotateSecret(rotate_secret::Arguments),
    /// Remove a client with its grants; its tokens are revoked.
    Remove(remove::Arguments),
    /// Make a token with which clients may register themselves (RFC 7591).
    RegistrationToken(registration_token::Arguments),
}

impl Command {
    pub(super) async fn run(self) -> Result<(), CliError> {
        match self {
            Self::Add(arguments) => add::run(*arguments).await,
            Self::List(arguments) => list::run(&arguments).await,
            Self::Show(arguments) => show::run(&arguments).await,
            Self::Change(arguments) => change::run(&arguments).await,
            Self::RotateSecret(arguments) => rotate_secret::run(&arguments).await,
            Self::Remove(arguments) => remove::run(&arguments).await,
            Self::RegistrationToken(arguments) => registration_token::run(&arguments).await,
        }
    }
}

pub(super) fn short(value: &Value) -> String {
    const LONG: usize = 120;
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let items = items.iter().filter_map(Value::as_str);
            items.collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    };
    match text.char_indices().nth(LONG * 4) {
        Some((end, _)) => format!("{}...", plain(text.get(..end).unwrap_or_default())),
        None => plain(&text),
    }
}

/// A client as text: its members, what to enter at the relying party, and the secret if one was just made.
fn text_of(view: &ClientView) -> String {
    let value = serde_json::to_value(view).unwrap_or_default();
    let members = value.as_object().into_iter().flatten();
    let is_shown = |name: &str| name != "enter" && name != "client_secret";
    let rows: Vec<[String; 2]> = members
        .filter(|(name, _)| is_shown(name))
        .map(|(name, value)| [name.clone(), short(value)])
        .collect();
    let entered = value.get("enter").and_then(Value::as_array).into_iter().flatten();
    let entered: Vec<[String; 2]> = entered
        .map(|entry| {
            [
                short(entry.get("label").unwrap_or_default()),
                short(entry.get("value").unwrap_or_default()),
            ]
        })
        .collect();
    let mut text = format!("{}\n\nat the relying party:\n{}", table(&rows), table(&entered));
    if let Some(secret) = &view.client_secret {
        text.push_str("\n\nclient_secret  ");
        text.push_str(secret);
        text.push_str("\nkeep the secret now: it is not shown again");
    }
    text
}

/// A refusal in the words of the command: which member, and why.
fn refused(problem: &Problem) -> CliError {
    let (member, detail) = (problem.member("member"), problem.sentence());
    match (problem.code(), detail) {
        (Code::ServiceNotFound, _) => CliError::usage(
            "there is no such service, and nothing to make one from",
            "a service needs an address",
            "give --url, or name a service with --service",
        ),
        (Code::InvalidRequest | Code::Conflict, Some(detail)) => {
            let fix = match member {
                Some(member) if !member.is_empty() => format!("correct {member}"),
                _ => "check the arguments: --help shows examples".to_owned(),
            };
            CliError::usage("the client cannot be stored like this", detail, fix)
        }
        _ => CliError::from(problem.clone()),
    }
}
