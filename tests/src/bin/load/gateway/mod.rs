//! `load gateway`: what a request costs in Envoy with our filter, beside Envoy's own filters in the same process.
//!
//! One Envoy with one worker has a listener for each variant; all answer by themselves, so that no upstream is measured. Variants are
//! measured in turns, the same number of requests each, and the figure is the median of Envoy's own CPU time a request, which neighbours
//! lengthen less than the clock's; what they lengthen, they lengthen for all variants. Every answer's status is looked at.
//!
//! | what | module |
//! |---|---|
//! | the listeners, Envoy's configuration | [`variant`] |
//! | tokens, kept connections, requests and answers | [`traffic`] |
//! | figures, bounds, tables | [`report`] |

mod report;
mod traffic;
mod variant;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use self::report::{Measured, Memories, Report};
use self::traffic::{Tokens, Traffic};
use self::variant::{Load, Variant};
use crate::error::{Failure, LoadError, Stage};
use crate::fixture::free_address;
use crate::process::Memory;
use crate::report::{publish, say};
use crate::server::{Launch, Server};

/// Workers beyond the first, whose memory is measured.
const FURTHER_WORKERS: u16 = 4;

/// What `load gateway` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Kept connections, each with one request at a time.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=500))]
    connections: u16,
    /// Requests of each measured run.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1_000..=1_000_000))]
    requests: u32,
    /// Measured runs of each variant, after one that warms up.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
    /// 3 runs of 4,000 requests, to see whether it works.
    #[arg(long, conflicts_with_all = ["requests", "rounds"])]
    quick: bool,
    /// Without the memory of further workers.
    #[arg(long)]
    speed_alone: bool,
    /// Where to write the report as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Arguments {
    const fn requests(&self) -> u32 {
        if self.quick { 4_000 } else { self.requests }
    }

    const fn rounds(&self) -> u16 {
        if self.quick { 3 } else { self.rounds }
    }
}

/// A running Envoy with its listeners.
struct Envoy {
    server: Server,
    listeners: Vec<(Variant, SocketAddr)>,
    _directory: TempDir,
}

impl Envoy {
    async fn start(variants: &[Variant], tokens: &Tokens, workers: u16) -> Result<Self, LoadError> {
        let directory = TempDir::new().map_err(LoadError::Runtime)?;
        let listeners: Vec<(Variant, SocketAddr)> = variants
            .iter()
            .map(|variant| Ok((*variant, free_address()?)))
            .collect::<Result<_, LoadError>>()?;
        let address = free_address()?;
        let noop = write(&directory.path().join("noop.wasm"), variant::NOOP)?;
        let bootstrap: Value = variant::bootstrap(address, &listeners, tokens, &noop);
        let config = write(
            &directory.path().join("envoy.json"),
            bootstrap.to_string().as_bytes(),
        )?;
        let mut command = Command::new(tests::gateway::envoy());
        command
            .arg("--config-path")
            .arg(&config)
            .args(["--disable-hot-restart", "--log-level", "warn"])
            .args(["--concurrency", &workers.to_string()]);
        let launch = Launch {
            command,
            log: directory.path().join("log"),
            address,
            ready: "/ready",
        };
        Ok(Self {
            server: Server::launch(launch).await?,
            listeners,
            _directory: directory,
        })
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<PathBuf, LoadError> {
    let written = std::fs::write(path, bytes).map_err(|source| LoadError::File {
        path: path.to_owned(),
        source,
    });
    written.map(|()| path.to_owned())
}

/// Runs the benchmark.
///
/// # Errors
/// [`LoadError`] when something went wrong, one wrong answer included; never because a figure misses its bound.
pub(crate) async fn run(arguments: &Arguments) -> Result<(), LoadError> {
    let tokens = Tokens::new();
    let measured = speed(arguments, &tokens).await?;
    let memories = if arguments.speed_alone {
        None
    } else {
        Some(memory(&tokens).await?)
    };
    let module = std::fs::metadata(tests::gateway::module()).map_err(LoadError::Runtime)?;
    let report = Report::of(measured, module.len(), memories);
    publish(&report.text(), &report, arguments.json.as_deref())
}

async fn speed(arguments: &Arguments, tokens: &Tokens) -> Result<Vec<Measured>, LoadError> {
    let mut envoy = Envoy::start(&Variant::ALL, tokens, 1).await?;
    let mut measured: Vec<Measured> = Load::ALL.iter().map(|load| Measured::new(*load)).collect();
    let requests: Vec<Vec<Vec<u8>>> = Load::ALL.iter().map(|load| load.kind.requests(tokens)).collect();
    for round in 0..=arguments.rounds() {
        for (one, requests) in measured.iter_mut().zip(&requests) {
            let address = envoy
                .listeners
                .iter()
                .find(|(variant, _)| *variant == one.load.variant);
            let (_, address) = address.ok_or_else(|| LoadError::Usage("a listener is missing".to_owned()))?;
            let run = Run {
                load: one.load,
                requests,
                address: *address,
            };
            let spent = run.measure(arguments, &envoy, tokens)?;
            // The first round warms up: connections, the tables of the key, the caches.
            if round > 0 {
                one.micros
                    .push(spent.as_secs_f64() * 1e6 / f64::from(arguments.requests()));
            }
        }
        envoy.server.check()?;
        say(&format!("round {round} of {}", arguments.rounds()));
    }
    Ok(measured)
}

/// One run: requests to one listener.
struct Run<'a> {
    load: Load,
    requests: &'a [Vec<u8>],
    address: SocketAddr,
}

impl Run<'_> {
    /// Envoy's CPU time for it.
    fn measure(&self, arguments: &Arguments, envoy: &Envoy, tokens: &Tokens) -> Result<Duration, LoadError> {
        let broken = |error: std::io::Error| LoadError::from(Failure::new(Stage::Gateway, error.to_string()));
        let connections = usize::from(arguments.connections);
        let mut traffic = Traffic::open(self.address, connections).map_err(broken)?;
        // A key that made no good signature yet has no tables.
        traffic.send(&tokens.good(1), 1, 200).map_err(broken)?;
        let before = envoy.server.process().on_core()?;
        traffic
            .send(self.requests, arguments.requests(), self.load.kind.status())
            .map_err(broken)?;
        Ok(envoy.server.process().on_core()?.saturating_sub(before))
    }
}

/// Resident memory with one worker and with more, with our filter and without any.
async fn memory(tokens: &Tokens) -> Result<Memories, LoadError> {
    let mut found = [Memory(0); 4];
    let cases = [
        (Variant::None, 1),
        (Variant::None, 1 + FURTHER_WORKERS),
        (Variant::Cached, 1),
        (Variant::Cached, 1 + FURTHER_WORKERS),
    ];
    for ((variant, workers), found) in cases.into_iter().zip(&mut found) {
        let envoy = Envoy::start(&[variant], tokens, workers).await?;
        for (_, address) in &envoy.listeners {
            // Enough connections that every worker takes some and makes its tables.
            let sent =
                Traffic::open(*address, 64).and_then(|mut traffic| traffic.send(&tokens.good(1), 640, 200));
            sent.map_err(|error| LoadError::from(Failure::new(Stage::Gateway, error.to_string())))?;
        }
        *found = envoy.server.process().resident()?;
    }
    Ok(Memories::of(found, FURTHER_WORKERS))
}
