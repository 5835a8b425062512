//! `idp demo --gateway`: a real Envoy with the gateway filter, in front of a small upstream, and the lines that try it.

mod envoy;
mod script;
mod upstream;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use idp_core::audit::Actor;
use idp_core::service::{CallerAuthentication, DirectTokenType, SubjectType};
use idp_types::{MatchingMode, ServiceId};
use serde::Serialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use self::envoy::{Addresses, Envoy};
use super::{failed, scopes};
use crate::app::App;
use crate::boot::BootError;
use crate::services::{ServiceInput, ServiceSecret, create_service, rotate_secret};

/// The service in whose name a shell asks. Its secret is printed: only the demo has such a one.
const SHELL: &str = "demo-shell";

/// How long Envoy may take until it answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where things are.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Where the gateway listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Envoy's program, where it was named.
    pub envoy: Option<PathBuf>,
    /// The filter, where it was named.
    pub filter: Option<PathBuf>,
}

/// What is printed of it.
#[derive(Debug, Serialize)]
pub(super) struct Facts {
    pub(super) url: String,
    pub(super) log: PathBuf,
    pub(super) commands: Vec<String>,
}

impl Facts {
    /// The same for a person.
    pub(super) fn describe(&self) -> String {
        let commands = self.commands.join("\n  ");
        format!(
            "\n\nAn API behind Envoy with the gateway filter: {} (its log: {})\nIn another terminal, line by line:\n\n  {commands}",
            self.url,
            self.log.display(),
        )
    }
}

/// A running gateway; it ends with this.
#[derive(Debug)]
pub struct Gateway {
    url: String,
    secret: String,
    envoy: Envoy,
}

impl Gateway {
    /// Starts upstream and Envoy, and waits until a request passes. The server need not answer yet: the filter fetches in its own time.
    ///
    /// # Errors
    /// [`BootError::Demo`] when a program is missing or does not start.
    pub async fn start(app: &App, parts: &Parts) -> Result<Self, BootError> {
        let (program, filter) = envoy::find(parts)?;
        let secret = furnish(app).await?;
        let listen = SocketAddr::new(parts.listen.ip(), free_port(parts.listen)?);
        let addresses = Addresses {
            listen,
            upstream: upstream::start().await.map_err(failed)?,
            provider: app.config.listen,
        };
        let config = envoy::bootstrap(&addresses, &filter, &script::policy(&app.config.issuer, SHELL));
        let envoy = Envoy::start(&program, &app.config.data_dir, &config)?;
        let mut gateway = Self {
            url: format!("http://{listen}"),
            secret,
            envoy,
        };
        gateway.until_it_answers(listen).await?;
        Ok(gateway)
    }

    async fn until_it_answers(&mut self, listen: SocketAddr) -> Result<(), BootError> {
        let waiting = async {
            while !answers(listen).await {
                if self.envoy.has_ended() {
                    return false;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            true
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(true) => Ok(()),
            _ => Err(failed(format!(
                "Envoy does not answer; {} says why",
                self.envoy.log.display()
            ))),
        }
    }

    pub(super) fn facts(&self, app: &App, token_id: &str) -> Facts {
        Facts {
            url: self.url.clone(),
            log: self.envoy.log.clone(),
            commands: script::commands(&app.config, self, token_id),
        }
    }
}

/// The service of the shell, with a secret of this start.
async fn furnish(app: &App) -> Result<String, BootError> {
    let service_id = ServiceId::parse(SHELL).map_err(failed)?;
    let known = app.durable.service(&service_id).await?;
    let service = ServiceInput {
        service_id: service_id.clone(),
        name: "A shell on this machine".to_owned(),
        url: format!("{}/demo", app.config.issuer),
        logo: None,
        privacy_policy_url: None,
        allowed_scopes: scopes(&["identity:full", "identity:age_over_18"]),
        default_scopes: scopes(&["identity:name", "identity:age_over_18"]),
        audience: None,
        caller_authentication: Some(CallerAuthentication::Secret),
        origins: Vec::new(),
        caller_key: None,
        matching_mode: Some(MatchingMode::Compare),
        trust_required: false,
        subject_type: Some(SubjectType::Public),
        token_type: Some(DirectTokenType::IdToken),
    };
    let issued = match known {
        Some(_) => rotate_secret(app, &service_id, ServiceSecret::Caller, Actor::System).await,
        None => create_service(app, &service, Actor::System).await,
    };
    let issued = issued.map_err(|problem| failed(problem.code().title()))?;
    let secret = issued.secret.map(|secret| secret.as_str().to_owned());
    secret.ok_or_else(|| failed("the shell's service has no secret"))
}

/// The port, or a free one: Envoy is told which.
fn free_port(listen: SocketAddr) -> Result<u16, BootError> {
    let bound = TcpListener::bind(listen).and_then(|listener| listener.local_addr());
    bound
        .map(|address| address.port())
        .map_err(|error| failed(format!("the gateway cannot listen on {listen}: {error}")))
}

/// Whether a public path of the policy is answered with 200.
async fn answers(listen: SocketAddr) -> bool {
    let asking = async {
        let mut stream = TcpStream::connect(listen).await?;
        stream
            .write_all(b"GET /health HTTP/1.1\r\nhost: demo\r\nconnection: close\r\n\r\n")
            .await?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    asking.await.is_ok_and(|answer| answer.ends_with(b" 200"))
}
