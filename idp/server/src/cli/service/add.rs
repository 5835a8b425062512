//! `idp service add`.

use std::path::PathBuf;

use clap::ValueEnum;
use idp_core::service::{CallerAuthentication, SubjectType};
use idp_types::{MatchingMode, Scope, ServiceId};

use super::issued_text;
use crate::admin::IssuedView;
use crate::cli::files::read;
use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::{CliError, Output};
use crate::services::{ServiceInput, create_service};

/// How the server knows who asks in the service's name.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Callers {
    /// Registered browser origins, for a service without a backend.
    Origin,
    /// The service secret.
    Secret,
    /// A signed assertion (private_key_jwt).
    Key,
}

/// How the code travels.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Matching {
    /// Both screens show it.
    Compare,
    /// The phone shows three.
    Choose,
    /// The person types what the browser shows.
    Transfer,
}

/// Which subject it sees.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Subject {
    /// The tokenId, the same for every service.
    Public,
    /// A value of its own.
    Pairwise,
}

/// A new service.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp service add bar-le-central --name 'Bar Le Central' --url https://bar.example \\
      --scope identity:age_over_18 --config idp.toml
  idp service add shop --name Shop --url https://shop.example --scope identity:name \\
      --callers origin --origin https://shop.example --config idp.toml
  idp service add bank --file bank.json --config idp.toml     the body of POST /admin/services")]
pub(in crate::cli) struct Arguments {
    /// Its identifier; never changes.
    service_id: ServiceId,
    /// The name that people read.
    #[arg(long, required_unless_present = "file")]
    name: Option<String>,
    /// Its address, https.
    #[arg(long, required_unless_present = "file")]
    url: Option<String>,
    /// A https URL of its logo, or a data URL of a PNG, SVG or WebP.
    #[arg(long)]
    logo: Option<String>,
    /// Its privacy policy, https.
    #[arg(long, value_name = "URL")]
    privacy: Option<String>,
    /// A scope that it may ask for; again for each.
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<Scope>,
    /// A scope that a request without scopes asks for; all of --scope unless given.
    #[arg(long = "default-scope", value_name = "SCOPE")]
    default_scopes: Vec<Scope>,
    /// How its callers authenticate.
    #[arg(long, value_enum, default_value = "secret")]
    callers: Callers,
    /// A browser origin, for --callers origin; again for each.
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<String>,
    /// The callers' public JWK, for --callers key.
    #[arg(long, value_name = "FILE")]
    caller_key: Option<PathBuf>,
    /// How the code travels from the browser to the phone.
    #[arg(long, value_enum, default_value = "transfer")]
    matching: Matching,
    /// Which subject it sees.
    #[arg(long, value_enum, default_value = "pairwise")]
    subject: Subject,
    /// Whether people must trust it before it can wake their phones.
    #[arg(long)]
    trust_required: bool,
    /// Everything in one JSON file instead, with the members of POST /admin/services.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "url", "scopes", "origins", "caller_key"])]
    file: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    operator: ActingOperator,
    #[command(flatten)]
    output: Output,
}

const FILE_LIMIT: usize = 64 * 1024;

fn json<T: serde::de::DeserializeOwned>(path: &std::path::Path) -> Result<T, CliError> {
    serde_json::from_slice(&read(path, FILE_LIMIT)?).map_err(|error| {
        CliError::failed(
            format!("{} cannot be used", path.display()),
            error,
            "idp service add --help shows the members",
        )
    })
}

impl Arguments {
    fn input(&self) -> Result<ServiceInput, CliError> {
        if let Some(path) = &self.file {
            let input: ServiceInput = json(path)?;
            let same = input.service_id == self.service_id;
            let differ = || {
                CliError::usage(
                    "the file is of another service",
                    &input.service_id,
                    "name the same one twice",
                )
            };
            return if same { Ok(input) } else { Err(differ()) };
        }
        let default_scopes = if self.default_scopes.is_empty() {
            &self.scopes
        } else {
            &self.default_scopes
        };
        Ok(ServiceInput {
            service_id: self.service_id.clone(),
            name: self.name.clone().unwrap_or_default(),
            url: self.url.clone().unwrap_or_default(),
            logo: self.logo.clone(),
            privacy_policy_url: self.privacy.clone(),
            allowed_scopes: self.scopes.clone(),
            default_scopes: default_scopes.clone(),
            audience: None,
            caller_authentication: Some(match self.callers {
                Callers::Origin => CallerAuthentication::Origin,
                Callers::Secret => CallerAuthentication::Secret,
                Callers::Key => CallerAuthentication::Key,
            }),
            origins: self.origins.clone(),
            caller_key: self.caller_key.as_deref().map(json).transpose()?,
            matching_mode: Some(match self.matching {
                Matching::Compare => MatchingMode::Compare,
                Matching::Choose => MatchingMode::Choose,
                Matching::Transfer => MatchingMode::Transfer,
            }),
            trust_required: self.trust_required,
            subject_type: Some(match self.subject {
                Subject::Public => SubjectType::Public,
                Subject::Pairwise => SubjectType::Pairwise,
            }),
            token_type: None,
        })
    }
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let input = arguments.input()?;
    let actor = arguments.operator.actor()?;
    let config = arguments.config.load()?;
    // Said in the command's own words, before anything is opened.
    input
        .check(config.demo, idp_types::Timestamp::default())
        .map_err(|error| {
            CliError::usage(
                "the service cannot be registered",
                error,
                format!("correct {}", error.member()),
            )
        })?;
    let app = arguments.config.open().await?;
    let view = IssuedView::from(create_service(&app, &input, actor).await?);
    arguments.output.print(&view, &issued_text(&view))
}
