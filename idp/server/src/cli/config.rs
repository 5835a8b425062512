//! `idp config check|schema`.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;
use serde_json::json;

use super::offline::ConfigFile;
use super::output::{json as print_json, line};
use super::{CliError, Output};
use crate::config::{Config, ConfigError, schema};

/// What to do with a configuration.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Say whether a configuration is valid, and everything that is wrong with it.
    #[command(after_help = "Example:\n  idp config check --config idp.toml")]
    Check {
        #[command(flatten)]
        file: ConfigFile,
        #[command(flatten)]
        output: Output,
    },
    /// Print the JSON schema of the configuration: every key with its documentation, range and default.
    #[command(after_help = "Example:\n  idp config schema > idp.schema.json")]
    Schema {
        #[command(flatten)]
        output: Output,
    },
}

impl Command {
    pub(super) fn run(self) -> Result<(), CliError> {
        match self {
            Self::Check { file, output } => check(&file, output),
            Self::Schema { output } if output.json => print_json(&schema()),
            Self::Schema { .. } => {
                let text = serde_json::to_string_pretty(&schema());
                line(&text.map_err(|error| CliError::failed("the schema cannot be written", error, ""))?)
            }
        }
    }
}

fn check(file: &ConfigFile, output: Output) -> Result<(), CliError> {
    match file.check() {
        Ok(config) => {
            let warnings = warnings(&config);
            let value = json!({
                "valid": true, "issuer": config.issuer, "listen": config.listen.to_string(), "warnings": warnings,
            });
            let mut text = format!("valid: {} on {}", config.issuer, config.listen);
            for Finding { key, problem, fix } in &warnings {
                // A string takes whatever is written to it.
                let _ = write!(text, "\nwarning: {key}: {problem}; {fix}");
            }
            output.print(&value, &text)
        }
        Err(errors) if output.json => {
            let found: Vec<Finding> = errors.iter().map(Finding::of).collect();
            print_json(&json!({"valid": false, "errors": found}))?;
            Err(CliError::from(errors).with_result_printed())
        }
        Err(errors) => Err(errors.into()),
    }
}

/// One thing to know about a key.
#[derive(Debug, Serialize)]
struct Finding {
    key: String,
    problem: String,
    fix: String,
}

impl Finding {
    fn of(error: &ConfigError) -> Self {
        Self {
            key: error.key.clone(),
            problem: error.problem.clone(),
            fix: error.fix.clone(),
        }
    }

    fn missing(key: &str, directory: &Path, fix: &str) -> Self {
        Self {
            key: key.to_owned(),
            problem: format!("there is no directory {}", directory.display()),
            fix: fix.to_owned(),
        }
    }
}

/// What the file cannot show to be wrong: directories may be made, or mounted, before the server starts.
fn warnings(config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    let trust = &config.trust.directory;
    if !trust.is_dir() {
        let fix = "put the public part of a trust scheme there: idp trust init --help";
        found.push(Finding::missing("trust.directory", trust, fix));
    }
    // The parent of a bare file name is empty: the working directory, which exists.
    let folder = config.audit.checkpoint_file.as_deref().and_then(Path::parent);
    if let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        let fix = "make it, or mount it, before the server starts";
        found.push(Finding::missing("audit.checkpoint_file", folder, fix));
    }
    found
}
