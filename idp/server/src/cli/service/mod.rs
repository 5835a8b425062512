//! `idp service`: the same as `/admin/services`, at the server's own machine.

mod add;
mod disable;
mod list;
mod rotate_secret;
mod show;

use crate::admin::{IssuedView, ServiceView};
use crate::cli::CliError;
use crate::cli::output::{plain, table};

/// What to do with services.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Register a service; its secrets are shown once.
    Add(Box<add::Arguments>),
    /// List every service.
    List(list::Arguments),
    /// Show one service.
    Show(show::Arguments),
    /// Make a new secret; the one before stays valid until the next rotation.
    RotateSecret(rotate_secret::Arguments),
    /// Let a service answer no more. Nothing is deleted.
    Disable(disable::Arguments),
}

impl Command {
    pub(super) async fn run(self) -> Result<(), CliError> {
        match self {
            Self::Add(arguments) => add::run(*arguments).await,
            Self::List(arguments) => list::run(&arguments).await,
            Self::Show(arguments) => show::run(&arguments).await,
            Self::RotateSecret(arguments) => rotate_secret::run(&arguments).await,
            Self::Disable(arguments) => disable::run(&arguments).await,
        }
    }
}

/// A service as rows of name and value, as `--json` names them.
fn rows(view: &ServiceView) -> Vec<[String; 2]> {
    let value = serde_json::to_value(view).unwrap_or_default();
    let members = value.as_object().into_iter().flatten();
    let shown = members
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| {
            let text = match value {
                serde_json::Value::String(text) => short(text),
                serde_json::Value::Array(items) => items
                    .iter()
                    .map(|item| item.as_str().unwrap_or_default())
                    .collect::<Vec<_>>()
                    .join(" "),
                other => other.to_string(),
            };
            [name.clone(), text]
        });
    shown.collect()
}

/// A logo inside a URL fills a screen and says nothing there.
fn short(text: &str) -> String {
    const LONG: usize = 120;
    match text.char_indices().nth(LONG) {
        Some((end, _)) => format!(
            "{}... ({} characters)",
            plain(text.get(..end).unwrap_or_default()),
            text.len()
        ),
        None => plain(text),
    }
}

/// A service with the secrets that were just made.
fn issued_text(view: &IssuedView) -> String {
    let mut rows = rows(&view.service);
    let secrets = [
        ("secret", &view.secret),
        ("responseSecret", &view.response_secret),
    ];
    for (name, secret) in secrets {
        if let Some(secret) = secret {
            rows.push([name.to_owned(), secret.to_string()]);
        }
    }
    format!("{}\nkeep the secrets now: they are not shown again", table(&rows))
}
