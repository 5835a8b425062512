//! Commands that open the server's own files: no network, no token, the rights of the server's user.

use std::path::PathBuf;
use std::sync::Arc;

use idp_core::audit::Actor;
use idp_types::OperatorName;

use super::CliError;
use crate::app::App;
use crate::boot;
use crate::config::{self, Config, ConfigErrors};

/// Which server's files.
#[derive(Debug, clap::Args)]
pub(super) struct ConfigFile {
    /// The server's configuration file; variables IDP_... override it.
    #[arg(long, value_name = "FILE", env = "IDTOKEN_CONFIG")]
    config: Option<PathBuf>,
}

impl ConfigFile {
    /// The configuration.
    pub(super) fn load(&self) -> Result<Config, CliError> {
        Ok(self.check()?)
    }

    /// The configuration, or everything that is wrong with it, key by key.
    pub(super) fn check(&self) -> Result<Config, ConfigErrors> {
        config::load(self.config.as_deref(), std::env::vars())
    }

    /// The application with its stores and keys, not listening. Its audit records stand in the chain `cli`.
    pub(super) async fn open(&self) -> Result<Arc<App>, CliError> {
        Ok(boot::open(self.load()?).await?)
    }
}

/// Who is at the terminal.
#[derive(Debug, clap::Args)]
pub(super) struct ActingOperator {
    /// Your name, for the audit log; the login name, or the account's number, unless given.
    #[arg(long, value_name = "NAME", env = "IDTOKEN_OPERATOR")]
    operator: Option<OperatorName>,
}

impl ActingOperator {
    /// The name.
    pub(super) fn name(&self) -> Result<OperatorName, CliError> {
        if let Some(name) = &self.operator {
            return Ok(name.clone());
        }
        let login = std::env::var("SUDO_USER").or_else(|_| std::env::var("USER"));
        let login = login.ok().and_then(|name| OperatorName::parse(name).ok());
        login.or_else(account).ok_or_else(|| {
            let why = "this terminal has no login name";
            CliError::usage("the audit log needs your name", why, "give --operator NAME")
        })
    }

    /// As the audit log names it.
    pub(super) fn actor(&self) -> Result<Actor, CliError> {
        self.name().map(Actor::Operator)
    }
}

/// The account's number, where it has no name: in containers and under timers.
fn account() -> Option<OperatorName> {
    use std::os::unix::fs::MetadataExt;
    let process = std::fs::metadata("/proc/self").ok()?;
    OperatorName::parse(format!("uid-{}", process.uid())).ok()
}
