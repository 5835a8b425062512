//! `idp health`: asks a running server whether it can log people in. Containers without a shell have no other way to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Certificate, ClientBuilder, redirect};
use serde_json::{Value, json};

use super::offline::ConfigFile;
use super::{CliError, Output};
use crate::config::Config;

/// Shorter than the probes of container engines, which wait three seconds.
const TIMEOUT: Duration = Duration::from_millis(2_500);

/// A health answer names a handful of parts.
const ANSWER_LIMIT: usize = 64 * 1024;

/// Which server, and what of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Ends with 0 when the server answers and is well, with 1 otherwise. It speaks to the configured `listen`, on this machine, and trusts the
configured certificate.

Example:
  idp health --config idp.toml")]
pub(super) struct Arguments {
    #[command(flatten)]
    file: ConfigFile,
    /// Only whether the process answers, not whether its stores do.
    #[arg(long)]
    live: bool,
    /// Trust this certificate authority, PEM, too.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let config = arguments.file.load()?;
    let path = if arguments.live {
        "/health/live"
    } else {
        "/health/ready"
    };
    let (client, address) = client(&config, arguments.ca_file.as_deref())?;
    let answer = client.get(address + path).send().await;
    let answer = answer.map_err(|error| unreachable(&config, error))?;
    let is_well = answer.status().is_success();
    let state = body(answer).await.map_err(|error| unreachable(&config, error))?;
    let text = described(&state);
    if is_well {
        return arguments.output.print(&state, &text);
    }
    let fix = "the log says more; /health/ready names what does not answer";
    Err(CliError::failed("the server is not well", text, fix))
}

/// A client that reaches the configured socket under the issuer's name, and the origin to ask.
fn client(config: &Config, ca_file: Option<&Path>) -> Result<(reqwest::Client, String), CliError> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let socket = reachable(config.listen);
    let mut builder = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(TIMEOUT);
    let origin = match &config.tls {
        None => format!("http://{socket}"),
        Some(tls) => {
            let issuer = url::Url::parse(&config.issuer);
            let host = issuer
                .as_ref()
                .ok()
                .and_then(url::Url::host_str)
                .unwrap_or("localhost");
            builder = trusting(builder, &tls.certificate_file)?.resolve(host, socket);
            format!("https://{host}:{}", socket.port())
        }
    };
    if let Some(file) = ca_file {
        builder = trusting(builder, file)?;
    }
    let client = builder.build();
    let client = client.map_err(|error| CliError::failed("this command cannot speak HTTP", error, ""))?;
    Ok((client, origin))
}

/// A server that listens everywhere is reached on this machine.
const fn reachable(listen: SocketAddr) -> SocketAddr {
    let address = match listen.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        other => other,
    };
    SocketAddr::new(address, listen.port())
}

fn trusting(mut builder: ClientBuilder, file: &Path) -> Result<ClientBuilder, CliError> {
    let failed = |error: &dyn std::fmt::Display| {
        let what = format!("{} holds no certificate", file.display());
        CliError::failed(what, error, "name a PEM file of certificates")
    };
    let pem = std::fs::read(file).map_err(|error| failed(&error))?;
    for certificate in Certificate::from_pem_bundle(&pem).map_err(|error| failed(&error))? {
        builder = builder.add_root_certificate(certificate);
    }
    Ok(builder)
}

async fn body(mut answer: reqwest::Response) -> Result<Value, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > ANSWER_LIMIT {
            break;
        }
    }
    Ok(serde_json::from_slice(&bytes).unwrap_or_else(|_| json!({"status": "unknown"})))
}

fn described(state: &Value) -> String {
    let mut text = state
        .get("status")
        .and_then(Value::as_str)
        .unwrap_or("unknown")
        .to_owned();
    for (part, trouble) in state
        .get("parts")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        text = format!("{text}\n{part}: {}", trouble.as_str().unwrap_or_default());
    }
    text
}

fn unreachable(config: &Config, error: reqwest::Error) -> CliError {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let what = format!("the server on {} does not answer", config.listen);
    CliError::failed(what, cause, "check that it runs, with this configuration")
}
