//! `load engines`: whole logins on PostgreSQL and Redis beside the embedded store in one run, by one instance and by two; and what a login
//! costs when 100,000 devices are enrolled and 10,000 other logins wait.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use idp_store::{Change, Commit, Version};
use idp_types::{Fingerprint, TokenId};
use serde::Serialize;
use tests::{Cluster, Redis};
use tokio::task::JoinSet;

use crate::benchmark::{enrol, users};
use crate::drive::{self, Pace};
use crate::error::{Failure, LoadError, Stage};
use crate::fixture::{Engines, Fixture, free_address};
use crate::http::{Connection, Route};
use crate::login::{User, World};
use crate::process::Process;
use crate::relying_party::RelyingParty;
use crate::report::{Aim, Run, aims_table, number, publish, say, table};
use crate::server::Server;

/// Holders that are written at once.
const BATCH: usize = 200;

/// Connections that begin logins which stay pending.
const BEGINNING: usize = 16;

/// What `load engines` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Virtual users at a time, each with a holder of its own.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1000))]
    users: u16,
    /// Seconds of each measured run; a session lives for a minute.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=40))]
    seconds: u64,
    /// Devices that are enrolled besides, for the second half.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    devices: u32,
    /// Other logins that wait, for the last run.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    in_flight: u32,
    /// The server to measure; the `idp` beside this program unless given.
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// Where to write the report as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// One measured run.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    stores: &'static str,
    instances: usize,
    devices: u32,
    in_flight: u32,
    run: Run,
    engines_cpu_micros: f64,
}

#[derive(Serialize)]
struct Report {
    rows: Vec<Row>,
    aims: Vec<Aim>,
}

/// PostgreSQL and Redis of this run alone.
struct Stores {
    cluster: Cluster,
    redis: Redis,
    engines: Engines,
}

impl Stores {
    fn start() -> Self {
        let (cluster, redis) = (Cluster::start(), Redis::start());
        let engines = Engines {
            database_url: cluster.create().url(),
            redis_url: redis.url(),
        };
        Self {
            cluster,
            redis,
            engines,
        }
    }

    fn processes(&self) -> Vec<Process> {
        let processes = self.cluster.processes().into_iter().chain([self.redis.id()]);
        processes.map(Process).collect()
    }
}

/// Servers on one kind of store, and who logs in there.
struct Stand {
    name: &'static str,
    servers: Vec<Server>,
    users: Vec<User>,
    world: Arc<World>,
    address: SocketAddr,
    sample: TokenId,
    fixture: Fixture,
    stores: Option<Stores>,
}

impl Stand {
    async fn prepare(
        arguments: &Arguments,
        stores: Option<Stores>,
        instances: usize,
    ) -> Result<Self, LoadError> {
        let engines = stores.as_ref().map(|stores| &stores.engines);
        let fixture = Fixture::on(arguments.server.as_deref(), engines)?;
        let service = fixture.service()?;
        let count = usize::from(arguments.users);
        let seals = fixture.seals(count)?;
        let mut servers = vec![Server::start(&fixture).await?];
        let mut addresses = vec![fixture.address()];
        for number in 1..instances {
            let (name, address) = (format!("idp-{number}.toml"), free_address()?);
            fixture.configure(&name, address, &format!("node-{number}"))?;
            servers.push(Server::start_as(&fixture, &name, address).await?);
            addresses.push(address);
        }
        let phones = enrol(&fixture, seals).await?;
        let sample = phones.first().ok_or(LoadError::Cryptography)?;
        let sample = sample.identity().token_id.clone();
        let mut connection = Connection::new(Route::of_user(0, fixture.address()));
        let (issuer, audience) = (fixture.issuer().as_str(), service.service_id.as_str());
        let relying_party = RelyingParty::new(issuer, audience, &mut connection).await?;
        let world = Arc::new(World {
            service,
            relying_party,
        });
        Ok(Self {
            name: if stores.is_some() {
                "PostgreSQL, Redis"
            } else {
                "embedded"
            },
            users: users(&world, &addresses, phones, count),
            address: fixture.address(),
            servers,
            world,
            sample,
            fixture,
            stores,
        })
    }

    /// As many logins as go, after some that warm up.
    async fn measure(&mut self, seconds: u64, (devices, in_flight): (u32, u32)) -> Result<Row, LoadError> {
        let duration = Duration::from_secs(seconds);
        let servers: Vec<Process> = self.servers.iter().map(Server::process).collect();
        drive::run(&mut self.users, Pace::Closed, duration / 4, &servers).await?;
        let engines = self.stores.as_ref().map(Stores::processes).unwrap_or_default();
        let before = Process::cpu_of_all(&engines)?;
        let run = Run::of(drive::run(&mut self.users, Pace::Closed, duration, &servers).await?);
        let engines_cpu = Process::cpu_of_all(&engines)?.saturating_sub(before);
        for server in &mut self.servers {
            server.check()?;
        }
        let logins = (run.logins_per_second * duration.as_secs_f64()).max(1.0);
        let row = Row {
            stores: self.name,
            instances: self.servers.len(),
            devices,
            in_flight,
            run,
            engines_cpu_micros: engines_cpu.as_secs_f64() * 1e6 / logins,
        };
        say(&format!(
            "{}, {} instance(s), {devices} devices, {in_flight} in flight: {} logins/s, {} us CPU a login",
            row.stores,
            row.instances,
            number(row.run.logins_per_second),
            number(row.run.server_cpu_micros)
        ));
        Ok(row)
    }

    /// Enrols so many further devices, copies of one that enrolled, past the server.
    async fn fill(&self, count: u32) -> Result<(), LoadError> {
        say(&format!("enrolling {count} further devices"));
        let path = self.fixture.path("idp.toml");
        let wrong = |error: String| LoadError::Usage(format!("the store cannot be filled: {error}"));
        let config = idp_server::config::load(Some(&path), std::iter::empty());
        let config = config.map_err(|error| wrong(error.to_string()))?;
        let app = idp_server::boot::open(config)
            .await
            .map_err(|error| wrong(error.to_string()))?;
        let found = app.durable.holder(&self.sample).await;
        let found = found.map_err(|error| wrong(error.to_string()))?;
        let found = found.ok_or_else(|| wrong("nobody enrolled".to_owned()))?;
        let numbers: Vec<u32> = (0..count).collect();
        for part in numbers.chunks(BATCH) {
            let mut changes = Vec::with_capacity(part.len());
            for number in part {
                let mut holder = found.value.clone();
                holder.token_id = filler(*number)?;
                holder.first_token_id = holder.token_id.clone();
                for device in &mut holder.devices {
                    device.seal.fingerprint = Fingerprint(tests::random());
                }
                changes.push(Change::PutHolder {
                    holder: Box::new(holder),
                    expected: Version::default(),
                });
            }
            let commit = Commit {
                changes,
                audit: Vec::new(),
            };
            let done = app.durable.commit(commit).await;
            done.map_err(|error| wrong(error.to_string()))?;
        }
        Ok(())
    }

    /// Begins so many logins of those people that nobody approves.
    async fn leave_pending(&self, count: u32) -> Result<(), LoadError> {
        let mut beginning = JoinSet::new();
        for number in 0..BEGINNING {
            let (world, route) = (Arc::clone(&self.world), Route::of_user(number, self.address));
            beginning.spawn(async move {
                let mut connection = Connection::new(route);
                for number in (0..count).skip(number).step_by(BEGINNING) {
                    world
                        .leave_pending(filler(number)?.as_str(), &mut connection)
                        .await?;
                }
                Ok::<_, LoadError>(())
            });
        }
        while let Some(ended) = beginning.join_next().await {
            ended.map_err(|error| LoadError::Runtime(error.into()))??;
        }
        Ok(())
    }
}

fn filler(number: u32) -> Result<TokenId, LoadError> {
    let parsed = TokenId::parse(format!("filler-{number:07}"));
    parsed.map_err(Failure::at(Stage::Enrol)).map_err(LoadError::from)
}

/// The same logins with little data, with many devices, and with many logins that wait.
async fn grow(arguments: &Arguments, mut stand: Stand) -> Result<Vec<Row>, LoadError> {
    let (seconds, few) = (arguments.seconds, u32::from(arguments.users));
    let mut rows = vec![stand.measure(seconds, (few, few)).await?];
    stand.fill(arguments.devices).await?;
    let many = few + arguments.devices;
    rows.push(stand.measure(seconds, (many, few)).await?);
    stand
        .leave_pending(arguments.in_flight.min(arguments.devices))
        .await?;
    rows.push(stand.measure(seconds, (many, few + arguments.in_flight)).await?);
    Ok(rows)
}

/// Runs the benchmark.
///
/// # Errors
/// [`LoadError`] when something went wrong, failed logins included; never because a figure misses its aim.
pub(crate) async fn run(arguments: &Arguments) -> Result<(), LoadError> {
    let mut rows = grow(arguments, Stand::prepare(arguments, None, 1).await?).await?;
    let one = Stand::prepare(arguments, Some(Stores::start()), 1).await?;
    rows.extend(grow(arguments, one).await?);
    let mut two = Stand::prepare(arguments, Some(Stores::start()), 2).await?;
    let few = u32::from(arguments.users);
    rows.push(two.measure(arguments.seconds, (few, few)).await?);
    drop(two);
    let report = Report {
        aims: aims(&rows),
        rows,
    };
    publish(&text(&report), &report, arguments.json.as_deref())?;
    match report.rows.iter().map(|row| row.run.failed()).sum() {
        0 => Ok(()),
        failures => Err(LoadError::Failures(failures)),
    }
}

/// The aims of the issue.
fn aims(rows: &[Row]) -> Vec<Aim> {
    let mut aims = Vec::new();
    for row in rows.iter().filter(|row| row.devices < 2_000) {
        let name = match (row.stores, row.instances) {
            ("embedded", _) => "logins a core-second, embedded",
            (_, 1) => "logins a core-second, PostgreSQL and Redis",
            _ => "the same, two instances",
        };
        aims.push(Aim::at_least(
            name,
            row.run.logins_per_core_second,
            2_500.0,
            "1/s",
        ));
    }
    for three in rows.windows(3) {
        if let [few, devices, in_flight] = three
            && few.devices < devices.devices
            && devices.in_flight < in_flight.in_flight
        {
            let base = few.run.server_cpu_micros;
            let growth = |row: &Row| (row.run.server_cpu_micros / base - 1.0) * 100.0;
            aims.push(Aim::at_most(
                "CPU a login grows with devices",
                growth(devices),
                10.0,
                "%",
            ));
            aims.push(Aim::at_most(
                "and with logins that wait",
                growth(in_flight),
                10.0,
                "%",
            ));
        }
    }
    aims
}

fn text(report: &Report) -> String {
    let heading = [
        "stores",
        "instances",
        "devices",
        "in flight",
        "logins/s",
        "p50 ms",
        "p99 ms",
        "us CPU a login",
        "a core-second",
        "engines, us CPU",
    ];
    let mut rows = vec![heading.map(str::to_owned)];
    rows.extend(report.rows.iter().map(|row| {
        let whole = row.run.milliseconds.whole;
        [
            row.stores.to_owned(),
            row.instances.to_string(),
            row.devices.to_string(),
            row.in_flight.to_string(),
            number(row.run.logins_per_second),
            number(whole.p50),
            number(whole.p99),
            number(row.run.server_cpu_micros),
            number(row.run.logins_per_core_second),
            number(row.engines_cpu_micros),
        ]
    }));
    let failed = report.rows.iter().filter(|row| row.run.failed() > 0);
    let failed: Vec<String> = failed.map(|row| row.run.text(row.stores)).collect();
    [table(&rows), aims_table(&report.aims), failed.join("\n")].join("\n\n")
}
