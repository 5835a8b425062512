//! Figures of rounds, beside the other server's and beside their bounds.

use serde::Serialize;

use super::scenario::Scenario;
use crate::drive::Outcome;
use crate::report::{Aim, aims_table, number, table};
use crate::statistics::{Percentiles, Spread, median};

/// The floors and aims of a core-second of ours (issue 3, `operations.md` 1.5).
const BOUNDS: [(Scenario, &str, f64); 10] = [
    (Scenario::Discovery, "discovery, floor", 90_000.0),
    (Scenario::Discovery, "discovery, aim", 120_000.0),
    (Scenario::Jwks, "jwks, floor", 90_000.0),
    (Scenario::Jwks, "jwks, aim", 120_000.0),
    (Scenario::ClientCredentials, "client_credentials, floor", 15_000.0),
    (Scenario::ClientCredentials, "client_credentials, aim", 25_000.0),
    (Scenario::Userinfo, "userinfo, floor", 15_000.0),
    (Scenario::Userinfo, "userinfo, aim", 18_000.0),
    (Scenario::CodeFlow, "code + token, floor", 6000.0),
    (Scenario::CodeFlow, "code + token, aim", 10_000.0),
];

/// Microseconds of an ES256 signature on the machine whose figures the bounds are (`operations.md` 1.1).
const SIGNATURE_OF_THE_BOUNDS: f64 = 12.3;

/// One measured run of a scenario on a server.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Round {
    seconds: f64,
    done: u32,
    per_second: f64,
    per_core_second: f64,
    server_cpu_micros: f64,
    generator_cpu_micros: f64,
    milliseconds: Percentiles,
}

impl Round {
    /// Of an outcome without failures; microseconds each.
    pub(super) fn of(outcome: Outcome<u32>) -> Self {
        let done = f64::from(outcome.done());
        let server = outcome.server.as_secs_f64();
        Self {
            seconds: outcome.elapsed.as_secs_f64(),
            done: outcome.done(),
            per_second: outcome.rate(),
            per_core_second: done / server.max(0.01),
            server_cpu_micros: server * 1e6 / done.max(1.0),
            generator_cpu_micros: outcome.generator.as_secs_f64() * 1e6 / done.max(1.0),
            milliseconds: Percentiles::of(outcome.timings.into_iter()),
        }
    }
}

/// The rounds of one scenario on a server.
#[derive(Debug, Serialize)]
pub(super) struct Series {
    /// What was done.
    pub(super) scenario: Scenario,
    /// The rounds, without the one that warms up.
    pub(super) rounds: Vec<Round>,
}

impl Series {
    /// Without rounds yet.
    pub(super) const fn new(scenario: Scenario) -> Self {
        Self {
            scenario,
            rounds: Vec::new(),
        }
    }

    fn spread(&self, read: fn(&Round) -> f64) -> Spread {
        Spread::of(self.rounds.iter().map(read))
    }

    fn middle(&self, read: fn(&Round) -> f64) -> f64 {
        median(self.rounds.iter().map(read).collect())
    }

    fn per_core_second(&self) -> f64 {
        self.middle(|round| round.per_core_second)
    }
}

/// A server and what was measured of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Measured {
    /// Its name.
    pub(super) server: &'static str,
    /// Its version.
    pub(super) version: String,
    /// Resident before anything was asked of it.
    pub(super) idle_mebibytes: f64,
    /// Resident after all runs.
    pub(super) loaded_mebibytes: f64,
    /// Its scenarios, in the order of the others'.
    pub(super) series: Vec<Series>,
}

/// A row of the report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Comparison {
    scenario: Scenario,
    server: &'static str,
    per_core_second: Spread,
    /// How many times the last server's median, where there are two.
    to_peer: Option<f64>,
    per_second: f64,
    server_cpu_micros: f64,
    p50_milliseconds: f64,
    p99_milliseconds: f64,
}

/// The whole report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    connections: u16,
    /// Microseconds of one ES256 signature, the median of one measurement a round.
    signature_micros: f64,
    comparisons: Vec<Comparison>,
    bounds: Vec<Aim>,
    /// The same bounds as CPU time in ES256 signatures, which a slower machine does not move.
    in_signatures: Vec<Aim>,
    servers: Vec<Measured>,
}

impl Report {
    /// Of the servers, ours first, and what an ES256 signature took in each round, in microseconds.
    pub(super) fn of(connections: u16, servers: Vec<Measured>, signatures: Vec<f64>) -> Self {
        let signature_micros = median(signatures);
        Self {
            connections,
            signature_micros,
            comparisons: comparisons(&servers),
            bounds: bounds(&servers),
            in_signatures: in_signatures(&servers, signature_micros),
            servers,
        }
    }

    /// For a person.
    pub(super) fn text(&self) -> String {
        let servers = self.servers.iter().map(|server| {
            format!(
                "{} {}: {} MiB resident when idle, {} MiB after the runs",
                server.server,
                server.version,
                number(server.idle_mebibytes),
                number(server.loaded_mebibytes),
            )
        });
        let connections = format!("{} connections to each server", self.connections);
        let parts = servers.chain([
            connections,
            String::new(),
            self.rows(),
            String::new(),
            aims_table(&self.bounds),
            String::new(),
            self.yardstick(),
            aims_table(&self.in_signatures),
        ]);
        parts.collect::<Vec<_>>().join("\n")
    }

    fn yardstick(&self) -> String {
        format!(
            "an ES256 signature takes {} us of a core here and {} us where the bounds were measured: {} times as much",
            number(self.signature_micros),
            number(SIGNATURE_OF_THE_BOUNDS),
            number(self.signature_micros / SIGNATURE_OF_THE_BOUNDS),
        )
    }

    fn rows(&self) -> String {
        let head = [
            "of a core-second of the server",
            "server",
            "median",
            "min",
            "max",
            "to peer",
            "us CPU",
            "a second",
            "p50 ms",
            "p99 ms",
        ];
        let mut rows = vec![head.map(str::to_owned)];
        rows.extend(self.comparisons.iter().map(|row| {
            let times = row.to_peer.map(|times| format!("{}x", number(times)));
            [
                row.scenario.name().to_owned(),
                row.server.to_owned(),
                number(row.per_core_second.median),
                number(row.per_core_second.min),
                number(row.per_core_second.max),
                times.unwrap_or_default(),
                number(row.server_cpu_micros),
                number(row.per_second),
                number(row.p50_milliseconds),
                number(row.p99_milliseconds),
            ]
        }));
        table(&rows)
    }
}

/// Scenario by scenario, ours above the other's.
fn comparisons(servers: &[Measured]) -> Vec<Comparison> {
    let scenarios = servers.first().map_or(0, |server| server.series.len());
    let row = |number: usize| servers.iter().enumerate().map(move |at| (number, at));
    let rows = (0..scenarios)
        .flat_map(row)
        .filter_map(|(number, (place, server))| {
            let series = server.series.get(number)?;
            let peer = servers.last().filter(|_| place + 1 < servers.len());
            let peer = peer.and_then(|peer| peer.series.get(number));
            Some(Comparison {
                scenario: series.scenario,
                server: server.server,
                per_core_second: series.spread(|round| round.per_core_second),
                to_peer: peer.map(|peer| series.per_core_second() / peer.per_core_second().max(1.0)),
                per_second: series.middle(|round| round.per_second),
                server_cpu_micros: series.middle(|round| round.server_cpu_micros),
                p50_milliseconds: series.middle(|round| round.milliseconds.p50),
                p99_milliseconds: series.middle(|round| round.milliseconds.p99),
            })
        });
    rows.collect()
}

/// The bounds of what was measured of ours.
fn bounds(servers: &[Measured]) -> Vec<Aim> {
    let ours = servers.first().map_or(&[][..], |server| &server.series);
    let bounds = BOUNDS.iter().filter_map(|(scenario, name, bound)| {
        let series = ours.iter().find(|series| series.scenario == *scenario)?;
        Some(Aim::at_least(name, series.per_core_second(), *bound, "1/s"))
    });
    bounds.collect()
}

/// The same as CPU time, with an ES256 signature of the run as its unit.
fn in_signatures(servers: &[Measured], signature: f64) -> Vec<Aim> {
    let ours = servers.first().map_or(&[][..], |server| &server.series);
    let bounds = BOUNDS.iter().filter_map(|(scenario, name, bound)| {
        let series = ours.iter().find(|series| series.scenario == *scenario)?;
        let measured = series.middle(|round| round.server_cpu_micros) / signature;
        let bound = 1e6 / bound / SIGNATURE_OF_THE_BOUNDS;
        Some(Aim::at_most(name, measured, bound, "ES256 signatures"))
    });
    bounds.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;

    /// A run of two seconds on one core.
    fn round(done: usize) -> Round {
        Round::of(Outcome {
            elapsed: Duration::from_secs(2),
            timings: vec![4000; done],
            failures: BTreeMap::new(),
            server: Duration::from_secs(2),
            generator: Duration::from_secs(1),
        })
    }

    fn measured(server: &'static str, rounds: &[usize]) -> Measured {
        Measured {
            server,
            version: "1.2.3".to_owned(),
            idle_mebibytes: 10.0,
            loaded_mebibytes: 20.0,
            series: vec![Series {
                scenario: Scenario::Userinfo,
                rounds: rounds.iter().map(|done| round(*done)).collect(),
            }],
        }
    }

    #[test]
    fn a_round_is_work_by_time_on_a_core() {
        let round = round(30_000);
        assert!((round.per_core_second - 15_000.0).abs() < 1e-6);
        assert!((round.server_cpu_micros - 66.666).abs() < 1e-2);
        assert!((round.milliseconds.p99 - 4.0).abs() < 1e-9);
    }

    #[test]
    fn the_middle_round_counts_beside_the_peer_and_the_bounds() {
        let servers = vec![
            measured("idp", &[40_000, 32_000, 20_000]),
            measured("oidc-provider", &[16_000]),
        ];
        let report = Report::of(64, servers, vec![30.0, 24.6, 1.0]);
        let text = report.text();
        for row in [
            "userinfo  idp  16,000  10,000  20,000  2.00x",
            "userinfo  oidc-provider  8,000  8,000  8,000  125",
            "userinfo, floor  16,000  >=  15,000  1/s  met",
            "userinfo, aim  16,000  >=  18,000  1/s  MISSED",
            "userinfo, floor  2.54  <=  5.42  ES256 signatures  met",
        ] {
            let flat: Vec<String> = text.lines().map(flattened).collect();
            assert!(
                flat.iter().any(|line| line.starts_with(&flattened(row))),
                "{row} in\n{text}"
            );
        }
        assert!(!text.contains("discovery"), "{text}");
    }

    #[test]
    fn one_server_has_no_peer() {
        let report = Report::of(1, vec![measured("idp", &[100])], vec![12.3]);
        assert!(report.comparisons.iter().all(|row| row.to_peer.is_none()));
        let json = serde_json::to_string(&report).unwrap();
        assert!(json.contains("\"perCoreSecond\":{\"median\":50.0"), "{json}");
    }

    fn flattened(line: &str) -> String {
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
