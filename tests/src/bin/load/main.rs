//! The load generator: the real server, measured over its public face.
//!
//! It starts the release `idp` binary as a child process with a configuration of its own (rates raised, a temporary data
//! directory, a trust scheme and seals made by the same binary), enrols holders through `POST /enroll`, and logs them in as
//! browsers, services and phones would. It refuses to know how the server works inside: what it knows is HTTP, WebSockets and
//! what the kernel says of the child's process. It talks to addresses of `127.0.0.0/8` alone.
//!
//! Every figure is bounded in count and time, is measured and never assumed, and stands beside the aim it is held to. This is a
//! benchmark with a report, not a test: it fails when something went wrong, never because something was slow.
//!
//! | what | module | tests |
//! |---|---|---|
//! | the child process, its CPU time and memory | [`server`], [`process`] | `process::tests` |
//! | configuration, trust scheme, seals, the service (profile 3 and 4.2) | [`fixture`] | the run itself |
//! | software phones, enrolment, approvals (profile 2 and 4.3) | [`phone`] | the run itself |
//! | one keep-alive connection (RFC 9112), one WebSocket (RFC 6455, profile 4.5) | [`http`], [`browser`] | the run itself |
//! | one login (profile 4), many of them | [`login`], [`drive`] | `drive::tests` |
//! | a sample of the tokens, verified (profile 5) | [`relying_party`] | the run itself |
//! | the pure cost of a login's cryptography | [`cryptography`] | `cryptography::tests` |
//! | the same on PostgreSQL and Redis that it starts itself, one and two instances, more data | [`engines`] | the run itself |
//! | waiting browsers (profile 4.5 and 7) | [`sockets`], [`waiting`] | `sockets::tests` |
//! | what relying parties ask of the OpenID Provider, beside npm oidc-provider | [`oidc`] | `oidc::report::tests` |
//! | the gateway filter in Envoy, beside its own filters | [`gateway`] | `gateway::report::tests` |
//! | percentiles, tables, JSON | [`statistics`], [`report`] | `statistics::tests`, `report::tests` |

mod benchmark;
mod browser;
mod clock;
mod cryptography;
mod drive;
mod engines;
mod error;
mod fixture;
mod gateway;
mod http;
mod login;
mod oidc;
mod phone;
mod process;
mod relying_party;
mod report;
mod server;
mod sockets;
mod statistics;
mod waiting;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::LoadError;

const EXAMPLES: &str = "\
Examples:
  cargo build --release -p idp-server --bin idp            the server that is measured
  cargo run --release -p tests --bin load -- login         logins: rate, latency, CPU beside the cost of cryptography
  cargo run --release -p tests --bin load -- login --quick --json login.json
  cargo run --release -p tests --bin load -- engines       embedded beside PostgreSQL and Redis; growth with devices and sessions
  cargo run --release -p tests --bin load -- sockets       9,500 browsers that wait: memory a connection
  cargo run --release -p tests --bin load -- oidc          the OpenID Provider beside npm oidc-provider, per core-second
  cargo run --release -p tests --bin load -- gateway       the gateway filter beside Envoy's own (needs envoy-filter/build)
  cargo run --release -p tests --bin load -- oidc --only userinfo --alone --rounds 1 --seconds 30

The server is target/release/idp beside this program; it is built when it is missing. Each open socket needs a file
descriptor here and one in the server: `ulimit -n 20000` suits the defaults. The machine does both halves of the work, so
compare CPU a login between runs rather than logins a second.";

/// Measures the IDToken Seal server over its public face, on this machine alone.
#[derive(Debug, Parser)]
#[command(name = "load", after_help = EXAMPLES, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Whole logins: initiate, WebSocket, approval, JWT.
    Login(benchmark::Arguments),
    /// Browsers that wait on a WebSocket, all at once.
    Sockets(sockets::Arguments),
    /// The same logins on PostgreSQL and Redis beside the embedded store, by one instance and by two; and how CPU grows with data.
    Engines(engines::Arguments),
    /// What relying parties ask for most, of this OpenID Provider and of npm oidc-provider in turns.
    Oidc(oidc::Arguments),
    /// Requests through Envoy with our filter and with its own, in turns: CPU a request, memory of a worker.
    Gateway(gateway::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ran = runtime.map_err(LoadError::Runtime).and_then(|runtime| {
        runtime.block_on(async {
            match arguments.command {
                Command::Login(arguments) => benchmark::run(&arguments).await,
                Command::Sockets(arguments) => sockets::run(&arguments).await,
                Command::Engines(arguments) => engines::run(&arguments).await,
                Command::Oidc(arguments) => oidc::run(&arguments).await,
                Command::Gateway(arguments) => gateway::run(&arguments).await,
            }
        })
    });
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is gone.
            let _ = writeln!(std::io::stderr().lock(), "load: {error}");
            ExitCode::FAILURE
        }
    }
}
