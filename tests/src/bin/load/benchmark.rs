//! `load login`: ready, idle, warm, saturated, at 70 percent; beside the cost of the cryptography.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use idp_authenticator::approval::Code;
use idp_types::SessionId;
use serde::Serialize;
use tokio::task::JoinSet;

use crate::cryptography::{self, Cost};
use crate::drive::{self, Pace};
use crate::error::{Failure, LoadError, Stage};
use crate::fixture::Fixture;
use crate::http::{Connection, Route};
use crate::login::{User, World};
use crate::phone::{Phone, Question};
use crate::relying_party::RelyingParty;
use crate::report::{Aim, Run, aims_table, number, publish, say, table};
use crate::server::Server;

/// The share of the saturated rate at which latency is held to its aim.
const STEADY_SHARE: f64 = 0.7;

/// Enrolments at a time.
const ENROLLING: usize = 8;

/// What `load login` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Virtual users at a time.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1000))]
    users: u16,
    /// Enrolled holders; each user has holders of its own, so at least as many.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=50_000))]
    holders: u16,
    /// Seconds of each measured run.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Runs of 3 seconds, to see whether it works.
    #[arg(long, conflicts_with = "seconds")]
    quick: bool,
    /// The server to measure; the `idp` beside this program unless given.
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// Where to write the report as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Arguments {
    fn check(&self) -> Result<(), LoadError> {
        let (users, holders) = (self.users, self.holders);
        if holders < users {
            return Err(LoadError::Usage(format!(
                "{users} users need at least {users} holders, not {holders}"
            )));
        }
        Ok(())
    }

    fn duration(&self) -> Duration {
        Duration::from_secs(if self.quick { 3 } else { self.seconds })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    users: u16,
    holders: u16,
    ready_seconds: f64,
    idle_mebibytes: f64,
    loaded_mebibytes: f64,
    tokens_verified: usize,
    saturated: Run,
    steady: Run,
    cryptography: Vec<Cost>,
    cryptography_micros: f64,
    cpu_to_cryptography: f64,
    aims: Vec<Aim>,
}

/// A running server, its users, and what their cryptography costs by itself.
struct Stand {
    server: Server,
    users: Vec<User>,
    costs: Vec<Cost>,
    // Last, so that the files outlive the server that uses them.
    _fixture: Fixture,
}

impl Stand {
    async fn prepare(arguments: &Arguments) -> Result<Self, LoadError> {
        let fixture = Fixture::new(arguments.server.as_deref())?;
        let service = fixture.service()?;
        say(&format!("sealing and enrolling {} holders", arguments.holders));
        let seals = fixture.seals(usize::from(arguments.holders))?;
        let server = Server::start(&fixture).await?;
        let phones = enrol(&fixture, seals).await?;
        let costs = pure_costs(&phones, &service.service_id)?;
        let mut connection = Connection::new(Route::of_user(0, fixture.address()));
        let (issuer, audience) = (fixture.issuer().as_str(), service.service_id.as_str());
        let relying_party = RelyingParty::new(issuer, audience, &mut connection).await?;
        let world = Arc::new(World {
            service,
            relying_party,
        });
        let users = users(&world, &[fixture.address()], phones, usize::from(arguments.users));
        Ok(Self {
            server,
            users,
            costs,
            _fixture: fixture,
        })
    }

    async fn report(mut self, arguments: &Arguments) -> Result<Report, LoadError> {
        let (saturated, steady) = measure(&mut self.users, arguments.duration(), &self.server).await?;
        self.server.check()?;
        let cryptography_micros = cryptography::sum(&self.costs);
        let report = Report {
            users: arguments.users,
            holders: arguments.holders,
            ready_seconds: self.server.ready.as_secs_f64(),
            idle_mebibytes: self.server.idle.mebibytes(),
            loaded_mebibytes: self.server.process().resident()?.mebibytes(),
            tokens_verified: self.users.iter().map(User::verified).sum(),
            cryptography_micros,
            cpu_to_cryptography: saturated.server_cpu_micros / cryptography_micros,
            aims: Vec::new(),
            cryptography: self.costs,
            saturated,
            steady,
        };
        Ok(Report {
            aims: aims(&report),
            ..report
        })
    }
}

/// Runs the benchmark.
///
/// # Errors
/// [`LoadError`] when something went wrong, failed logins included; never because a figure misses its aim.
pub(crate) async fn run(arguments: &Arguments) -> Result<(), LoadError> {
    arguments.check()?;
    let report = Stand::prepare(arguments).await?.report(arguments).await?;
    publish(&text(&report), &report, arguments.json.as_deref())?;
    match report.saturated.failed() + report.steady.failed() {
        0 => Ok(()),
        failures => Err(LoadError::Failures(failures)),
    }
}

/// Enrols a phone with each seal, some at a time.
///
/// # Errors
/// [`LoadError`] with the first that failed.
pub(crate) async fn enrol(fixture: &Fixture, seals: Vec<String>) -> Result<Vec<Phone>, LoadError> {
    let mut shares: Vec<Vec<String>> = vec![Vec::new(); ENROLLING];
    for (number, seal) in seals.into_iter().enumerate() {
        if let Some(share) = shares.get_mut(number % ENROLLING) {
            share.push(seal);
        }
    }
    let mut enrolling = JoinSet::new();
    for (number, share) in shares.into_iter().enumerate() {
        let (issuer, route) = (
            fixture.issuer().clone(),
            Route::of_user(number, fixture.address()),
        );
        enrolling.spawn(async move {
            let mut connection = Connection::new(route);
            let mut phones = Vec::with_capacity(share.len());
            for seal in share {
                phones.push(Phone::enrol(&issuer, &seal, &mut connection).await?);
            }
            Ok::<_, LoadError>(phones)
        });
    }
    let mut phones = Vec::new();
    while let Some(ended) = enrolling.join_next().await {
        phones.extend(ended.map_err(|error| LoadError::Runtime(error.into()))??);
    }
    Ok(phones)
}

/// Deals the holders out, so that none is asked by two users at a time, and the users to the instances.
pub(crate) fn users(
    world: &Arc<World>,
    instances: &[SocketAddr],
    phones: Vec<Phone>,
    count: usize,
) -> Vec<User> {
    let mut hands: Vec<Vec<Phone>> = (0..count).map(|_| Vec::new()).collect();
    for (number, phone) in phones.into_iter().enumerate() {
        if let Some(hand) = hands.get_mut(number % count) {
            hand.push(phone);
        }
    }
    let hands = hands.into_iter().enumerate().zip(instances.iter().cycle());
    hands
        .map(|((number, phones), instance)| {
            User::new(Arc::clone(world), Route::of_user(number, *instance), phones)
        })
        .collect()
}

fn pure_costs(phones: &[Phone], service_id: &idp_types::ServiceId) -> Result<Vec<Cost>, LoadError> {
    say("measuring the cryptography of one login by itself");
    let phone = phones.first().ok_or(LoadError::Cryptography)?;
    let session_id = SessionId::parse("sess_0123456789abcdefghijkl").map_err(Failure::at(Stage::Sign))?;
    let code = Code::parse("590012").map_err(Failure::at(Stage::Sign))?;
    let presentation = phone.presentation(&session_id)?;
    let question = Question {
        session_id: &session_id,
        service_id,
        code: &code,
    };
    let signed = phone.signed_string(&question, &presentation, 1_700_000_000);
    cryptography::measure(&signed, &presentation)
}

async fn measure(
    users: &mut Vec<User>,
    duration: Duration,
    server: &Server,
) -> Result<(Run, Run), LoadError> {
    let process = [server.process()];
    say("warming up");
    drive::run(users, Pace::Closed, duration / 4, &process).await?;
    say(&format!("saturating for {} s", duration.as_secs()));
    let saturated = Run::of(drive::run(users, Pace::Closed, duration, &process).await?);
    let rate = (saturated.logins_per_second * STEADY_SHARE).max(1.0);
    say(&format!(
        "{} logins a second for {} s\n",
        number(rate),
        duration.as_secs()
    ));
    let steady = Run::of(drive::run(users, Pace::PerSecond(rate), duration, &process).await?);
    Ok((saturated, steady))
}

/// The aims of `operations.md` 1.5 and of the first milestone.
fn aims(report: &Report) -> Vec<Aim> {
    let saturated = &report.saturated;
    vec![
        Aim::at_most(
            "server CPU a login to its cryptography",
            report.cpu_to_cryptography,
            3.0,
            "x",
        ),
        Aim::at_least(
            "logins a core-second of the server",
            saturated.logins_per_core_second,
            4000.0,
            "1/s",
        ),
        Aim::at_most(
            "p99 of a login at 70 percent",
            report.steady.milliseconds.whole.p99,
            25.0,
            "ms",
        ),
        Aim::at_most("start to ready", report.ready_seconds, 1.0, "s"),
        Aim::at_most("resident when idle", report.idle_mebibytes, 40.0, "MiB"),
    ]
}

fn text(report: &Report) -> String {
    let mut rows = vec![["cryptography of one login", "us each", "times", "us"].map(str::to_owned)];
    rows.extend(report.cryptography.iter().map(|cost| {
        [
            cost.operation.to_owned(),
            number(cost.each),
            cost.times.to_string(),
            number(cost.micros()),
        ]
    }));
    rows.push([
        "sum".to_owned(),
        String::new(),
        String::new(),
        number(report.cryptography_micros),
    ]);
    format!(
        "server: ready in {} s, {} MiB resident when idle, {} MiB after the runs\n\
         {} users, {} holders, {} tokens verified\n\n{}\n\n{}\n\n{}\n\n{}",
        number(report.ready_seconds),
        number(report.idle_mebibytes),
        number(report.loaded_mebibytes),
        report.users,
        report.holders,
        report.tokens_verified,
        report.saturated.text("saturated (closed loop)"),
        report
            .steady
            .text("at 70 percent (open loop, timed from when a login was due)"),
        table(&rows),
        aims_table(&report.aims),
    )
}
