//! `load oidc`: what relying parties ask for most, of the release `idp` and of npm oidc-provider in the same run.
//!
//! The two servers are measured in turns, a scenario and a round at a time, so that they share the machine's noise; each figure is that of
//! the server's own CPU time, which neighbours lengthen little. Ours keeps everything in SQLite and writes its audit chain; the other keeps
//! everything in Maps (`tests/peers/oidc-provider`, which also says what of it is not the same).
//!
//! | what | module |
//! |---|---|
//! | the two servers, the sign-in behind the measured requests | [`provider`], [`peer`] |
//! | the requests | [`door`] |
//! | the scenarios, as one connection does them | [`scenario`] |
//! | figures, bounds, tables | [`report`] |

mod door;
mod peer;
mod provider;
mod report;
mod scenario;

use std::path::PathBuf;
use std::time::Duration;

use ::tests::Web;

use self::provider::Provider;
use self::report::{Measured, Report, Round, Series};
use self::scenario::{Scenario, Visitor};
use crate::cryptography;
use crate::drive::{self, Pace};
use crate::error::LoadError;
use crate::fixture::Fixture;
use crate::report::{publish, say};

/// All runs together, in seconds: the access token that userinfo is asked with lives for an hour.
const LIMIT: u64 = 3000;

/// What `load oidc` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Kept connections to each server, each with one request at a time.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1000))]
    connections: u16,
    /// Seconds of each measured run.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Measured runs of each scenario and server, after one that warms up.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=50))]
    rounds: u64,
    /// 3 runs of 1 second, to see whether it works.
    #[arg(long, conflicts_with_all = ["seconds", "rounds"])]
    quick: bool,
    /// Only this scenario; again for each.
    #[arg(long, value_enum, value_name = "SCENARIO")]
    only: Vec<Scenario>,
    /// Without oidc-provider, which needs node and npm.
    #[arg(long)]
    alone: bool,
    /// The server to measure; the `idp` beside this program unless given.
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// Where to write the report as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Arguments {
    const fn seconds(&self) -> u64 {
        if self.quick { 1 } else { self.seconds }
    }

    const fn rounds(&self) -> u64 {
        if self.quick { 3 } else { self.rounds }
    }

    fn scenarios(&self) -> Vec<Scenario> {
        let all = Scenario::ALL.into_iter();
        all.filter(|scenario| self.only.is_empty() || self.only.contains(scenario))
            .collect()
    }

    /// All runs together, in seconds.
    fn total(&self) -> u64 {
        let servers = if self.alone { 1 } else { 2 };
        let scenarios = u64::try_from(self.scenarios().len()).unwrap_or(u64::MAX);
        scenarios * servers * self.seconds() * (self.rounds() + 1)
    }

    fn check(&self) -> Result<(), LoadError> {
        match self.total() {
            0..=LIMIT => Ok(()),
            total => Err(LoadError::Usage(format!(
                "{total} s of runs outlive the access token: at most {LIMIT}; fewer --rounds, --seconds or --only some"
            ))),
        }
    }
}

/// A server with its visitors and what they found.
struct Side {
    provider: Provider,
    visitors: Vec<Visitor>,
    series: Vec<Series>,
}

/// Runs the benchmark.
///
/// # Errors
/// [`LoadError`] when something went wrong, one failed request included; never because a figure misses its bound.
pub(crate) async fn run(arguments: &Arguments) -> Result<(), LoadError> {
    arguments.check()?;
    let fixture = Fixture::new(arguments.server.as_deref())?;
    let ours = Provider::ours(&fixture).await?;
    let mut sides = vec![Side::of(ours, arguments).await?];
    if !arguments.alone {
        let peer = Provider::peer(&fixture).await?;
        sides.push(Side::of(peer, arguments).await?);
    }
    let signatures = measure(&mut sides, arguments).await?;
    let measured: Result<Vec<Measured>, LoadError> = sides.into_iter().map(Side::finish).collect();
    let report = Report::of(arguments.connections, measured?, signatures);
    publish(&report.text(), &report, arguments.json.as_deref())
}

/// Every scenario of every side, round after round; the first round warms up. Answers what an ES256 signature took in each round.
async fn measure(sides: &mut [Side], arguments: &Arguments) -> Result<Vec<f64>, LoadError> {
    let mut signatures = Vec::new();
    let duration = Duration::from_secs(arguments.seconds());
    say(&format!(
        "{} s of runs, {} s each",
        arguments.total(),
        arguments.seconds()
    ));
    for round in 0..=arguments.rounds() {
        signatures.push(cryptography::signature()?);
        for number in 0..arguments.scenarios().len() {
            for side in &mut *sides {
                side.run(number, duration, round == 0).await?;
            }
        }
        say(&format!("round {round} of {}", arguments.rounds()));
    }
    say("");
    Ok(signatures)
}

impl Side {
    async fn of((provider, web): (Provider, Web), arguments: &Arguments) -> Result<Self, LoadError> {
        let visitors = provider.visitors(web, usize::from(arguments.connections)).await?;
        let series = arguments.scenarios().into_iter().map(Series::new).collect();
        Ok(Self {
            provider,
            visitors,
            series,
        })
    }

    async fn run(&mut self, number: usize, duration: Duration, warms_up: bool) -> Result<(), LoadError> {
        let Some(series) = self.series.get_mut(number) else {
            return Ok(());
        };
        for visitor in &mut self.visitors {
            visitor.turn_to(series.scenario);
        }
        let process = self.provider.server.process();
        let outcome = drive::run(&mut self.visitors, Pace::Closed, duration, &[process]).await?;
        self.provider.server.check()?;
        if !outcome.failures.is_empty() {
            let kinds = outcome
                .failures
                .iter()
                .map(|(kind, count)| format!("{count} x {kind}"));
            return Err(LoadError::Run {
                server: self.provider.name,
                what: series.scenario.name(),
                failures: kinds.collect::<Vec<_>>().join("; "),
            });
        }
        if !warms_up {
            series.rounds.push(Round::of(outcome));
        }
        Ok(())
    }

    fn finish(self) -> Result<Measured, LoadError> {
        Ok(Measured {
            server: self.provider.name,
            version: self.provider.version,
            idle_mebibytes: self.provider.server.idle.mebibytes(),
            loaded_mebibytes: self.provider.server.process().resident()?.mebibytes(),
            series: self.series,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn arguments(text: &str) -> Arguments {
        let line = std::iter::once("oidc").chain(text.split_whitespace());
        Line::try_parse_from(line).unwrap().arguments
    }

    #[test]
    fn runs_end_before_the_access_token() {
        assert_eq!(arguments("--quick").total(), 6 * 2 * 4);
        let one = arguments("--only userinfo --alone --rounds 1 --seconds 600");
        assert_eq!((one.scenarios(), one.total()), (vec![Scenario::Userinfo], 1200));
        assert!(one.check().is_ok());
        assert!(arguments("--seconds 600").check().is_err());
    }
}
