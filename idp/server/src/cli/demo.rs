//! `idp demo`: the whole product on one machine.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::net::TcpListener;

use super::serve::stopped;
use super::{CliError, Output};
use crate::app::App;
use crate::boot::{self, Listening, Parts};
use crate::config::Config;
use crate::demo::{self, gateway, gateway::Gateway};
use crate::telemetry::log;

/// Seconds after which the demo's gateway knows that a phone was revoked.
const GATEWAY_STATUS_SECONDS: i64 = 10;

/// What `idp demo` is told.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Listen on an address that others reach. The demo hands out an enrolment code and a seal to whoever opens its pages:
    /// without this it listens on this machine alone.
    #[arg(long)]
    allow_network: bool,
    /// Where the demo keeps its data; a temporary directory, removed at the end, unless given.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Start an Envoy with the gateway filter before a small API as well, and print the lines that try it.
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "127.0.0.1:8081")]
    gateway: Option<SocketAddr>,
    /// The program of Envoy; searched for in PATH and in .tools/envoy unless given.
    #[arg(long, value_name = "FILE", env = "IDP_ENVOY")]
    envoy: Option<PathBuf>,
    /// The filter, as envoy-filter/build makes it; target/gateway/envoy_filter.wasm unless given.
    #[arg(long, value_name = "FILE", env = "IDP_GATEWAY_FILTER")]
    filter: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

/// Runs the demo until it is told to stop.
///
/// # Errors
/// [`CliError`] when it cannot start.
pub async fn run(arguments: Arguments) -> Result<(), CliError> {
    require_loopback(arguments.listen, arguments.allow_network)?;
    let gateway = arguments.gateway.map(|listen| gateway::Parts {
        listen,
        envoy: arguments.envoy,
        filter: arguments.filter,
    });
    if let Some(parts) = &gateway {
        require_loopback(parts.listen, arguments.allow_network)?;
    }
    let listener = TcpListener::bind(arguments.listen).await;
    let listener =
        listener.map_err(|error| CliError::not_listening(&arguments.listen.to_string(), &error))?;
    let address = listener
        .local_addr()
        .map_err(|error| CliError::failed("the address is not known", error, ""))?;
    let (data, _temporary) = data_directory(arguments.data)?;
    let issuer = format!("http://{}", browsable(address));
    let mut config = Config::demo(issuer, address, data);
    if gateway.is_some() {
        config.tokens.status_ttl_seconds = GATEWAY_STATUS_SECONDS;
    }
    log::start(&config);
    demo::prepare(&config)?;
    let opened = boot::open_with(config, Parts::default()).await?;
    demo::furnish(&opened.app).await?;
    let listening = Listening::on(opened, listener);
    let app = listening.app().clone();
    let serving = tokio::spawn(listening.serve(stopped()));
    let gateway = match gateway {
        Some(parts) => Some(start_gateway(&app, &parts).await?),
        None => None,
    };
    let facts = demo::introduce(&app, gateway.as_ref()).await?;
    arguments.output.print(&facts, &facts.describe())?;
    let ended = serving
        .await
        .map_err(std::io::Error::other)
        .and_then(|served| served);
    ended.map_err(|error| CliError::failed("the demo ended", error, "the log says what came before"))?;
    tracing::info!("stopped");
    Ok(())
}

async fn start_gateway(app: &App, parts: &gateway::Parts) -> Result<Gateway, CliError> {
    let started = Gateway::start(app, parts).await;
    let fix = "install Envoy, run envoy-filter/build, or leave --gateway away";
    started.map_err(|error| CliError::failed("the gateway does not start", error, fix))
}

/// Whoever reaches the demo can enrol as its invented people: that is for this machine, unless somebody wants otherwise.
fn require_loopback(address: SocketAddr, allow_network: bool) -> Result<(), CliError> {
    if allow_network || address.ip().to_canonical().is_loopback() {
        return Ok(());
    }
    Err(CliError::usage(
        format!("{address} can be reached by others"),
        "the demo hands out an enrolment code and a seal to whoever opens its pages",
        "give --listen 127.0.0.1:8080, or --allow-network on a network that you trust",
    ))
}

/// A browser treats `localhost` and loopback addresses as secure contexts; a wildcard address is none of them.
fn browsable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::from(([127, 0, 0, 1], address.port()))
    } else {
        address
    }
}

/// Removes the directory when the demo ends.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // What cannot be removed is in the system's temporary directory and holds invented people.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn data_directory(given: Option<PathBuf>) -> Result<(PathBuf, Option<Temporary>), CliError> {
    if let Some(directory) = given {
        return Ok((directory, None));
    }
    let name = crate::crypto::random_id("idtoken-demo-");
    let name = name
        .map_err(|error| CliError::failed("no name for a temporary directory", error, "give --data DIR"))?;
    let directory = std::env::temp_dir().join(name);
    Ok((directory.clone(), Some(Temporary(directory))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_is_of_this_machine_unless_told_otherwise() {
        for address in [
            "127.0.0.1:0",
            "127.3.2.1:80",
            "[::1]:8080",
            "[::ffff:127.0.0.1]:1",
        ] {
            require_loopback(address.parse().unwrap(), false).unwrap();
        }
        for address in ["0.0.0.0:0", "192.0.2.1:80", "[::]:8080", "[2001:db8::1]:1"] {
            let address = address.parse().unwrap();
            assert_eq!(require_loopback(address, false).unwrap_err().exit_code(), 2);
            require_loopback(address, true).unwrap();
        }
    }
}
