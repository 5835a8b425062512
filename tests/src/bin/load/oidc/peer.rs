//! npm oidc-provider as a child process: installed when it is missing, started with one client.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tests::RelyingParty;

use super::door::DISCOVERY;
use crate::error::LoadError;
use crate::fixture::{Fixture, REDIRECT_URI, free_address};
use crate::server::{Launch, Server};

/// It, running.
pub(super) struct Peer {
    /// The version of its package.
    pub(super) version: String,
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// The process.
    pub(super) server: Server,
    /// Its client.
    pub(super) client: RelyingParty,
}

impl Peer {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// [`LoadError`] when npm or node cannot.
    pub(super) async fn start(fixture: &Fixture) -> Result<Self, LoadError> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/oidc-provider");
        let package = directory.join("node_modules/oidc-provider/package.json");
        if !package.exists() {
            install(&directory)?;
        }
        let address = free_address()?;
        let secret = tests::fresh("secret");
        let mut command = Command::new("node");
        command
            .arg("server.mjs")
            .current_dir(&directory)
            .env_remove("NODE_OPTIONS")
            .env("NODE_ENV", "production")
            .env("PEER_PORT", address.port().to_string())
            .env("PEER_CLIENT_ID", "load")
            .env("PEER_CLIENT_SECRET", &secret)
            .env("PEER_REDIRECT_URI", REDIRECT_URI);
        let launch = Launch {
            command,
            log: fixture.path("peer.log"),
            address,
            ready: DISCOVERY,
        };
        Ok(Self {
            version: version(package)?,
            address,
            server: Server::launch(launch).await?,
            client: RelyingParty {
                id: "load".to_owned(),
                secret: Some(secret),
                redirect_uri: REDIRECT_URI.to_owned(),
            },
        })
    }
}

/// What its lock file says.
fn install(directory: &Path) -> Result<(), LoadError> {
    let arguments = ["ci", "--no-audit", "--no-fund"];
    let status = Command::new("npm")
        .args(arguments)
        .current_dir(directory)
        .status();
    let failed = |reason: String| LoadError::Command {
        command: format!("npm {}", arguments.join(" ")),
        reason,
    };
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(status.to_string())),
        Err(error) => Err(failed(error.to_string())),
    }
}

fn version(package: PathBuf) -> Result<String, LoadError> {
    let read = std::fs::read(&package);
    let content = read.map_err(|source| LoadError::File {
        path: package,
        source,
    })?;
    let description: Value = serde_json::from_slice(&content).unwrap_or_default();
    let version = description.get("version").and_then(Value::as_str);
    Ok(version.unwrap_or("unknown").to_owned())
}
