//! The `idp` command: everything an operator does at a terminal, and a phone for whoever has none.
//!
//! One command a file. A command reads its arguments, does one thing, and prints it twice over: as text for a person, with
//! `--json` as one JSON value for a program. It ends with 0 when it did what was asked, 1 when it could not, 2 when it was asked
//! wrongly; an error says what failed, why, and what to do.
//!
//! | command | module | tests |
//! |---|---|---|
//! | `idp serve`, `idp demo` | [`serve`], [`demo`] | `tests/` |
//! | `idp config`, `idp openapi` | [`config`], [`openapi`] | `config::tests` |
//! | `idp health` | [`health`] | `tests/` |
//! | `idp migrate`, `idp store` | [`migrate`], [`store`] | `tests/` |
//! | `idp seal`, `idp trust` | [`seal`], [`trust`], `trust_lists` | `tests` below |
//! | `idp service`, `idp client`, `idp sp`, `idp link`, `idp device`, `idp enrolment-code`, `idp operator` | [`service`], [`client`], [`sp`], [`link`], [`device`], [`enrolment_code`], [`operator`] | `tests/` |
//! | `idp apply` | [`apply`] | `tests/tests/admin_api.rs` |
//! | `idp audit`, `idp key` | [`audit`], [`key`] | `tests/` |
//! | `idp push` | [`push`] | `tests/tests/push/command.rs` |
//! | `idp gateway` | [`gateway`] | `tests/` |
//! | `idp phone` | [`phone`] | `phone::*::tests`, `tests/` |

mod apply;
mod audit;
mod client;
mod config;
pub mod demo;
mod device;
mod enrolment_code;
mod error;
mod files;
mod gateway;
mod health;
mod key;
mod link;
mod migrate;
mod offline;
mod openapi;
mod operator;
mod output;
pub(crate) mod phone;
mod push;
mod seal;
pub mod serve;
mod service;
mod sp;
mod store;
#[cfg(test)]
mod tests;
mod trust;
mod trust_lists;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

pub use error::CliError;
pub use output::Output;

const EXAMPLES: &str = "\
Examples:
  idp demo                                     a whole login on this machine, nothing to configure
  idp config check --config idp.toml           what is wrong with a configuration, all of it at once
  idp serve --config idp.toml                  run the server
  idp service add bar --name 'Bar' --url https://bar.example --scope identity:age_over_18 --config idp.toml
  idp audit verify --config idp.toml           prove that nobody touched the audit log

Every command explains itself: idp COMMAND --help";

/// IDToken Seal: an identity provider whose users approve on their phones.
#[derive(Debug, Parser)]
#[command(name = "idp", version, after_help = EXAMPLES, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve(Box<serve::Arguments>),
    /// Run a complete demo on this machine: server, service, enrolled phone, pages to click through.
    Demo(Box<demo::Arguments>),
    /// Ask a running server whether it is well.
    Health(health::Arguments),
    /// Check a configuration, or print its schema.
    #[command(subcommand)]
    Config(config::Command),
    /// Bring the schema of the shared database up to date.
    Migrate(migrate::Arguments),
    /// Move an embedded installation to the shared database.
    #[command(subcommand)]
    Store(Box<store::Command>),
    /// Print the OpenAPI 3.1 document of this server.
    Openapi(openapi::Arguments),
    /// Issue, look at and verify seals.
    #[command(subcommand)]
    Seal(Box<seal::Command>),
    /// Make and look after a trust scheme of one's own.
    #[command(subcommand)]
    Trust(Box<trust::Command>),
    /// Register services and their secrets.
    #[command(subcommand)]
    Service(Box<service::Command>),
    /// Register OpenID Connect clients: applications, gateways, Entra, Okta and other relying parties.
    #[command(subcommand)]
    Client(Box<client::Command>),
    /// Register SAML service providers from their metadata: Entra domains, Google, AWS, Shibboleth and others.
    #[command(subcommand)]
    Sp(Box<sp::Command>),
    /// Assert enterprise addresses of people for clients, and delete them.
    #[command(subcommand)]
    Link(Box<link::Command>),
    /// Bring services, clients, SAML service providers and links about as files describe them.
    Apply(Box<apply::Arguments>),
    /// Look at a holder's devices, revoke them, let a new seal take over.
    #[command(subcommand)]
    Device(Box<device::Command>),
    /// Make one-time codes that admit a device.
    #[command(subcommand, visible_alias = "enrollment-code")]
    EnrolmentCode(enrolment_code::Command),
    /// Give operators their tokens.
    #[command(subcommand)]
    Operator(operator::Command),
    /// Read the audit log and prove that it is whole.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Look at signing keys and rotate them.
    #[command(subcommand)]
    Key(key::Command),
    /// Make the key of Web Push, and try whether pushes arrive.
    #[command(subcommand)]
    Push(Box<push::Command>),
    /// Explain what the gateway would decide.
    #[command(subcommand)]
    Gateway(Box<gateway::Command>),
    /// Be a phone: enrol with a seal, approve and decline at the terminal.
    #[command(subcommand)]
    Phone(Box<phone::Command>),
}

/// Runs the command that these arguments name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let parsed = Cli::command()
        .try_get_matches_from(&arguments)
        .and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, output_of(&matches))));
    let (cli, output) = match parsed {
        Ok(parsed) => parsed,
        Err(refused) => return refuse(&refused, &arguments),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return CliError::failed("the runtime did not start", error, "free memory or threads")
                .report(output);
        }
    };
    match runtime.block_on(cli.command.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(output),
    }
}

/// How the innermost command prints; one without `--json` prints text.
fn output_of(matches: &ArgMatches) -> Output {
    match matches.subcommand() {
        Some((_, inner)) => output_of(inner),
        None => Output {
            json: matches.try_get_one("json").ok().flatten() == Some(&true),
        },
    }
}

/// Help and version are no errors and go to standard output; clap knows which is which.
fn refuse(refused: &clap::Error, arguments: &[OsString]) -> ExitCode {
    if !refused.use_stderr() {
        let _ = refused.print();
        return ExitCode::SUCCESS;
    }
    // What was not understood cannot say how to print: a program that gave --json is answered in it.
    let output = Output {
        json: arguments.iter().any(|argument| argument == "--json")
            && refused.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
    };
    if output.json {
        let why = refused.to_string();
        return CliError::usage("the arguments are not understood", why.trim_end(), "read --help")
            .report(output);
    }
    let _ = refused.print();
    ExitCode::from(2)
}

impl Command {
    async fn run(self) -> Result<(), CliError> {
        match self {
            Self::Serve(arguments) => serve::run(*arguments).await,
            Self::Demo(arguments) => demo::run(*arguments).await,
            Self::Config(command) => command.run(),
            Self::Health(arguments) => health::run(arguments).await,
            Self::Migrate(arguments) => migrate::run(arguments).await,
            Self::Store(command) => command.run().await,
            Self::Openapi(arguments) => openapi::run(&arguments),
            Self::Seal(command) => command.run(),
            Self::Trust(command) => command.run(),
            Self::Service(command) => command.run().await,
            Self::Client(command) => command.run().await,
            Self::Sp(command) => command.run().await,
            Self::Link(command) => command.run().await,
            Self::Apply(arguments) => Box::pin(apply::run(*arguments)).await,
            Self::Device(command) => command.run().await,
            Self::EnrolmentCode(command) => command.run().await,
            Self::Operator(command) => command.run().await,
            Self::Audit(command) => command.run().await,
            Self::Key(command) => command.run().await,
            Self::Push(command) => command.run().await,
            Self::Gateway(command) => command.run(),
            Self::Phone(command) => command.run().await,
        }
    }
}

/// Fuzz entry: files that operators are handed are read without a panic.
#[doc(hidden)]
pub fn fuzz(data: &[u8]) {
    seal::fuzz(data);
    apply::fuzz(data);
    audit::fuzz(data);
    let _ = operator::seconds(&String::from_utf8_lossy(data));
}
