//! `idp key list|rotate`.

use idp_core::keys::{KeyPhase, KeyPurpose};
use serde_json::json;

use super::offline::{ActingOperator, ConfigFile};
use super::{CliError, Output};
use crate::admin::{KeyView, key_views, rotate_key};

/// What to do with keys.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List signing keys with their phases and dates.
    #[command(after_help = "Example:\n  idp key list --config idp.toml")]
    List {
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        output: Output,
    },
    /// Make the next key of a purpose. It signs after caches of the key set are over.
    #[command(after_help = "Example:
  idp key rotate token --config idp.toml

The keys of OpenID Connect clients (oidc_rs256, oidc_ps256, oidc_eddsa) are published two days before they sign.
Stop the server before, or use POST /admin/keys/token/rotate: a running server holds its keys in memory.")]
    Rotate {
        /// token, service_seal, oidc_rs256, oidc_ps256, oidc_eddsa, enrolment_credential, operator or audit.
        #[arg(value_parser = purpose)]
        purpose: KeyPurpose,
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        operator: ActingOperator,
        #[command(flatten)]
        output: Output,
    },
}

fn purpose(text: &str) -> Result<KeyPurpose, String> {
    let known = KeyPurpose::ALL.map(KeyPurpose::as_str).join(", ");
    KeyPurpose::ALL
        .into_iter()
        .find(|purpose| purpose.as_str() == text)
        .ok_or_else(|| format!("write one of {known}"))
}

const fn word(phase: KeyPhase) -> &'static str {
    match phase {
        KeyPhase::Upcoming => "upcoming",
        KeyPhase::Active => "active",
        KeyPhase::Retiring => "retiring",
        KeyPhase::Gone => "gone",
    }
}

fn row(key: &KeyView) -> [String; 5] {
    let until = key
        .retired_at
        .map(|at| format!("retires {}", at.to_rfc3339()))
        .unwrap_or_default();
    let purpose = key.purpose.as_str().to_owned();
    let dates = format!("signs from {} {until}", key.active_from.to_rfc3339());
    [
        purpose,
        key.algorithm.to_owned(),
        word(key.phase).to_owned(),
        key.kid.clone(),
        dates,
    ]
}

impl Command {
    pub(super) async fn run(self) -> Result<(), CliError> {
        match self {
            Self::List { config, output } => {
                let keys = key_views(&*config.open().await?);
                let rows: Vec<[String; 5]> = keys.iter().map(row).collect();
                output.print_table(&json!({"keys": keys}), &rows, "no key")
            }
            Self::Rotate {
                purpose,
                config,
                operator,
                output,
            } => {
                let actor = operator.actor()?;
                let app = config.open().await?;
                let key = rotate_key(&app, purpose, actor).await?;
                let text = format!("{} signs from {}", key.kid, key.active_from.to_rfc3339());
                output.print(&key, &text)
            }
        }
    }
}
