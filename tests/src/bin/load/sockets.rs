//! `load sockets`: browsers that wait, thousands at a time. What does one of them cost in memory, and is it still told?

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::benchmark::enrol;
use crate::clock::instant;
use crate::error::LoadError;
use crate::fixture::Fixture;
use crate::process::{Memory, open_files_limit};
use crate::report::{Aim, aims_table, number, publish, say};
use crate::server::Server;
use crate::statistics::Percentiles;
use crate::waiting::{Crowd, Scene, Wait};

/// Descriptors that a process needs beside its sockets.
const OTHER_FILES: u64 = 200;

/// A QR code changes every 20 s (profile 7): waiting longer shows what that costs. A login's minute is not over by then.
const HOLD: Duration = Duration::from_secs(22);

/// What `load sockets` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What the browsers wait for.
    #[arg(long, value_enum, default_value = "login")]
    wait: Wait,
    /// Browsers that wait at a time.
    #[arg(long, default_value_t = 9500, value_parser = clap::value_parser!(u16).range(1..))]
    sockets: u16,
    /// Of these, how many are told a result at the end.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    sample: u16,
    /// 1,000 sockets for 2 seconds, to see whether it works.
    #[arg(long, conflicts_with = "sockets")]
    quick: bool,
    /// The server to measure; the `idp` beside this program unless given.
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// Where to write the report as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Arguments {
    const fn count(&self) -> u16 {
        if self.quick { 1000 } else { self.sockets }
    }

    const fn hold(&self) -> Duration {
        if self.quick { Duration::from_secs(2) } else { HOLD }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    wait: Wait,
    sockets: u16,
    opened_per_second: f64,
    first_event_milliseconds: Percentiles,
    session_bytes: f64,
    connection_bytes_opened: f64,
    connection_bytes_held: f64,
    resident_mebibytes: f64,
    told: usize,
    told_milliseconds: Percentiles,
    aims: Vec<Aim>,
}

/// Memory of the server at four moments.
struct Levels {
    before: Memory,
    begun: Memory,
    opened: Memory,
    held: Memory,
}

impl Levels {
    /// Bytes that each of so many took between two moments; what was given back counts as nothing.
    fn each(from: Memory, to: Memory, count: u16) -> f64 {
        (to.mebibytes() - from.mebibytes()).max(0.0) * f64::from(1 << 20) / f64::from(count)
    }
}

/// Runs the benchmark.
///
/// # Errors
/// [`LoadError`] when a socket or a result failed; never because a figure misses its aim.
pub(crate) async fn run(arguments: &Arguments) -> Result<(), LoadError> {
    let count = arguments.count();
    check_limit(count)?;
    let fixture = Fixture::new(arguments.server.as_deref())?;
    let service = fixture.service()?;
    let seals = fixture.seals(usize::from(arguments.sample.min(count)))?;
    let mut server = Server::start(&fixture).await?;
    let phones = enrol(&fixture, seals).await?;
    let scene = Scene {
        fixture: &fixture,
        service: &service,
        wait: arguments.wait,
        phones: &phones,
    };
    let report = measure(&scene, &server, arguments).await?;
    server.check()?;
    publish(&text(&report), &report, arguments.json.as_deref())
}

async fn measure(scene: &Scene<'_>, server: &Server, arguments: &Arguments) -> Result<Report, LoadError> {
    let count = arguments.count();
    let resident = || server.process().resident();
    let before = resident()?;
    say(&format!("beginning {count} sessions"));
    let sessions = scene.begin(usize::from(count)).await?;
    let begun = resident()?;
    say("opening their WebSockets");
    let opening = instant();
    let (browsers, first_event_milliseconds) = scene.open(sessions).await?;
    let opened_per_second = f64::from(count) / instant().duration_since(opening).as_secs_f64();
    let opened = resident()?;
    say(&format!("holding them for {} s", arguments.hold().as_secs()));
    let crowd = Crowd::of(browsers);
    tokio::time::sleep(arguments.hold()).await;
    let levels = Levels {
        before,
        begun,
        opened,
        held: resident()?,
    };
    let mut told = crowd.back().await?;
    // Their sockets stay open while the others are told.
    let _others = told.split_off(told.len().min(scene.phones.len()));
    say(&format!("telling {} of them a result\n", told.len()));
    let times = scene.tell(told).await?;
    let held = Levels::each(levels.begun, levels.held, count);
    Ok(Report {
        wait: scene.wait,
        sockets: count,
        opened_per_second,
        first_event_milliseconds,
        session_bytes: Levels::each(levels.before, levels.begun, count),
        connection_bytes_opened: Levels::each(levels.begun, levels.opened, count),
        connection_bytes_held: held,
        resident_mebibytes: levels.held.mebibytes(),
        told: times.len(),
        told_milliseconds: Percentiles::of(times.into_iter()),
        aims: vec![Aim::at_most(
            "resident bytes a waiting browser",
            held,
            8000.0,
            "B",
        )],
    })
}

/// Each socket is a file in this process and in the server, which inherits this limit.
fn check_limit(sockets: u16) -> Result<(), LoadError> {
    let needed = u64::from(sockets) + OTHER_FILES;
    match open_files_limit() {
        Some(limit) if limit < needed => Err(LoadError::Usage(format!(
            "{sockets} sockets need {needed} open files and the limit is {limit}: raise it with `ulimit -n {needed}`"
        ))),
        _ => Ok(()),
    }
}

fn text(report: &Report) -> String {
    let (first, told) = (report.first_event_milliseconds, report.told_milliseconds);
    format!(
        "{} WebSockets open at once, {} opened a second; connection to first event p50 {} ms, p99 {} ms\n\
         resident: {} B a session, {} B a connection once it is open, {} B after a while; {} MiB in all\n\
         {} of them told a result: phone to token p50 {} ms, p99 {} ms\n\n{}",
        report.sockets,
        number(report.opened_per_second),
        number(first.p50),
        number(first.p99),
        number(report.session_bytes),
        number(report.connection_bytes_opened),
        number(report.connection_bytes_held),
        number(report.resident_mebibytes),
        report.told,
        number(told.p50),
        number(told.p99),
        aims_table(&report.aims),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_counts_as_nothing() {
        let (low, high) = (Memory(1 << 20), Memory(3 << 20));
        assert!((Levels::each(low, high, 2) - f64::from(1 << 20)).abs() < 1e-6);
        assert!(Levels::each(high, low, 2).abs() < f64::EPSILON);
    }

    #[test]
    fn more_sockets_than_files_are_refused_beforehand() {
        assert!(check_limit(1).is_ok());
        assert_eq!(
            check_limit(u16::MAX).is_err(),
            open_files_limit().is_some_and(|limit| limit < 65_735)
        );
    }
}
