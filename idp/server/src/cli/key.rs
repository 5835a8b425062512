//! `idp key list|rotate|retire|import`.

use std::path::PathBuf;

use idp_core::keys::{KeyPhase, KeyPurpose};
use idp_types::KeyId;
use serde_json::json;

use super::files::read_text;
use super::offline::{ActingOperator, ConfigFile};
use super::{CliError, Output};
use crate::admin::{KeyView, import_key, key_views, retire_key, rotate_key};

/// The longest private key that is read, in bytes.
const PEM_LIMIT: usize = 16 * 1024;

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
Running servers read the keys again within half a minute, long before the new one signs.")]
    Rotate {
        /// token, service_seal, oidc_rs256, oidc_ps256, oidc_eddsa, saml_rs256, saml_es256, enrolment_credential, operator or audit.
        #[arg(value_parser = purpose)]
        purpose: KeyPurpose,
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        operator: ActingOperator,
        #[command(flatten)]
        output: Output,
    },
    /// End a key at once, because somebody else may have it.
    #[command(after_help = "Example:
  idp key retire token 3q2-7wAAAAAAAAAAAAAAAA --config idp.toml

It leaves the published key set, and nothing that it signed is accepted any more: tokens of clients, enrolments where it is a key for
enrolment credentials, checkpoints where it is one of the audit log. The next key signs at once. Running servers notice within half a
minute, at once after SIGHUP or with a shared Redis. For a key that nobody else has, rotate.")]
    Retire {
        /// token, service_seal, oidc_rs256, oidc_ps256, oidc_eddsa, saml_rs256, saml_es256, enrolment_credential, operator or audit.
        #[arg(value_parser = purpose)]
        purpose: KeyPurpose,
        /// The key's identifier, as idp key list shows it.
        kid: KeyId,
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        operator: ActingOperator,
        #[command(flatten)]
        output: Output,
    },
    /// Publish a private key that was made elsewhere as the next one of a purpose.
    #[command(after_help = "Examples:
  idp key import oidc_rs256 key.pem --config idp.toml
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 | idp key import token - --config idp.toml

The file is PKCS#8 in PEM without a password; destroy it afterwards. The key signs after caches of the key set are over.")]
    Import {
        /// token, service_seal, oidc_rs256, oidc_ps256, oidc_eddsa, saml_rs256, saml_es256, enrolment_credential, operator or audit.
        #[arg(value_parser = purpose)]
        purpose: KeyPurpose,
        /// The file; - for standard input.
        file: PathBuf,
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
                output.print(&key, &signs_from(&key))
            }
            Self::Retire {
                purpose,
                kid,
                config,
                operator,
                output,
            } => {
                let actor = operator.actor()?;
                let app = config.open().await?;
                let retired = retire_key(&app, purpose, &kid, actor).await?;
                let text = format!("{} is gone; {} signs now", retired.kid, retired.signs.kid);
                output.print(&retired, &text)
            }
            Self::Import {
                purpose,
                file,
                config,
                operator,
                output,
            } => {
                let actor = operator.actor()?;
                let pem = read_text(&file, PEM_LIMIT)?;
                let app = config.open().await?;
                let key = import_key(&app, purpose, &pem, actor).await?;
                output.print(&key, &signs_from(&key))
            }
        }
    }
}

fn signs_from(key: &KeyView) -> String {
    format!("{} signs from {}", key.kid, key.active_from.to_rfc3339())
}
