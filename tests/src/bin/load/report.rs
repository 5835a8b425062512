//! Reports: tables for a person, one JSON value for a program.

use std::io::Write as _;
use std::path::Path;

use serde::Serialize;

use crate::drive::Outcome;
use crate::error::LoadError;
use crate::login::Timings;
use crate::statistics::Percentiles;

/// A figure beside the aim that it is held to.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Aim {
    /// What.
    pub(crate) name: String,
    /// The figure.
    pub(crate) measured: f64,
    /// The bound.
    pub(crate) bound: f64,
    /// Their unit.
    pub(crate) unit: &'static str,
    /// Whether it holds.
    pub(crate) met: bool,
    #[serde(skip)]
    relation: &'static str,
}

impl Aim {
    /// At most.
    pub(crate) fn at_most(name: &str, measured: f64, bound: f64, unit: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            measured,
            bound,
            unit,
            met: measured <= bound,
            relation: "<=",
        }
    }

    /// At least.
    pub(crate) fn at_least(name: &str, measured: f64, bound: f64, unit: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            measured,
            bound,
            unit,
            met: measured >= bound,
            relation: ">=",
        }
    }
}

/// Aims as a table.
pub(crate) fn aims_table(aims: &[Aim]) -> String {
    let mut rows = vec![["aim", "measured", "", "bound", "unit", ""].map(str::to_owned)];
    rows.extend(aims.iter().map(|aim| {
        let met = if aim.met { "met" } else { "MISSED" };
        let name = aim.name.clone();
        [
            name,
            number(aim.measured),
            aim.relation.to_owned(),
            number(aim.bound),
            aim.unit.to_owned(),
            met.to_owned(),
        ]
    }));
    table(&rows)
}

/// One run of logins.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Run {
    seconds: f64,
    logins: u32,
    pub(crate) logins_per_second: f64,
    pub(crate) server_cpu_micros: f64,
    generator_cpu_micros: f64,
    pub(crate) logins_per_core_second: f64,
    pub(crate) milliseconds: Stages,
    failures: std::collections::BTreeMap<String, u64>,
}

/// The times of a login's parts.
#[derive(Debug, Serialize)]
pub(crate) struct Stages {
    initiate: Percentiles,
    socket: Percentiles,
    sign: Percentiles,
    verify: Percentiles,
    approved: Percentiles,
    pub(crate) whole: Percentiles,
}

impl Stages {
    fn of(timings: &[Timings]) -> Self {
        let part = |read: fn(&Timings) -> u32| Percentiles::of(timings.iter().map(read));
        Self {
            initiate: part(|timings| timings.initiate),
            socket: part(|timings| timings.socket),
            sign: part(|timings| timings.sign),
            verify: part(|timings| timings.verify),
            approved: part(|timings| timings.approved),
            whole: part(|timings| timings.whole),
        }
    }

    fn rows(&self) -> [(&'static str, Percentiles); 6] {
        [
            ("initiate", self.initiate),
            ("socket, otp_ready", self.socket),
            ("phone (generator)", self.sign),
            ("verify", self.verify),
            ("verify to approved", self.approved),
            ("whole login", self.whole),
        ]
    }
}

impl Run {
    /// Of an outcome.
    pub(crate) fn of(outcome: Outcome<Timings>) -> Self {
        let logins = f64::from(outcome.done().max(1));
        let server = outcome.server.as_secs_f64();
        Self {
            seconds: outcome.elapsed.as_secs_f64(),
            logins: outcome.done(),
            logins_per_second: outcome.rate(),
            server_cpu_micros: server * 1e6 / logins,
            generator_cpu_micros: outcome.generator.as_secs_f64() * 1e6 / logins,
            logins_per_core_second: f64::from(outcome.done()) / server.max(0.01),
            milliseconds: Stages::of(&outcome.timings),
            failures: outcome.failures,
        }
    }

    /// Logins that failed.
    pub(crate) fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    /// As text, under a heading.
    pub(crate) fn text(&self, heading: &str) -> String {
        let failed = self.failed();
        let summary = format!(
            "{heading}: {} logins in {} s = {} logins/s, {failed} failures\n\
             server {} us CPU a login = {} logins a core-second; generator {} us CPU a login",
            self.logins,
            number(self.seconds),
            number(self.logins_per_second),
            number(self.server_cpu_micros),
            number(self.logins_per_core_second),
            number(self.generator_cpu_micros),
        );
        let mut rows = vec![["milliseconds", "p50", "p90", "p99", "max"].map(str::to_owned)];
        rows.extend(self.milliseconds.rows().map(|(name, times)| {
            [
                name.to_owned(),
                number(times.p50),
                number(times.p90),
                number(times.p99),
                number(times.max),
            ]
        }));
        let kinds = self
            .failures
            .iter()
            .map(|(kind, count)| format!("  {count} x {kind}"));
        let lines: Vec<String> = std::iter::once(summary)
            .chain(kinds)
            .chain([table(&rows)])
            .collect();
        lines.join("\n")
    }
}

/// Prints for a person, and writes JSON where that is wanted.
///
/// # Errors
/// [`LoadError::File`] when the JSON cannot be written.
pub(crate) fn publish(text: &str, report: &impl Serialize, json: Option<&Path>) -> Result<(), LoadError> {
    say(text);
    let Some(path) = json else { return Ok(()) };
    let failed = |source| LoadError::File {
        path: path.to_owned(),
        source,
    };
    let mut document = serde_json::to_vec_pretty(report).map_err(|error| failed(error.into()))?;
    document.push(b'\n');
    std::fs::write(path, document).map_err(failed)
}

/// Prints a line.
pub(crate) fn say(text: &str) {
    // A reader who left wants no more of it; the JSON is written all the same.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Four figures that count, thousands apart.
pub(crate) fn number(value: f64) -> String {
    if value.abs() >= 1000.0 {
        let mut digits = format!("{value:.0}");
        let mut at = digits.len();
        while at > 3 {
            at -= 3;
            digits.insert(at, ',');
        }
        return digits;
    }
    let decimals = if value.abs() >= 100.0 {
        0
    } else if value.abs() >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.decimals$}")
}

/// Columns as wide as their widest cell: the first to the left, the others to the right.
pub(crate) fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let render = |row: &[String; N]| {
        let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
            if column == 0 {
                format!("  {cell:width$}")
            } else {
                format!("{cell:>width$}")
            }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(render).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;

    #[test]
    fn numbers_show_what_counts() {
        let shown = [0.123, 12.34, 123.4, 1234.5, 12_345_678.0].map(number);
        assert_eq!(shown, ["0.12", "12.3", "123", "1,234", "12,345,678"]);
    }

    #[test]
    fn an_aim_says_whether_it_holds() {
        let aims = [
            Aim::at_most("p99", 24.0, 25.0, "ms"),
            Aim::at_least("rate", 3999.0, 4000.0, "1/s"),
        ];
        assert_eq!(aims.each_ref().map(|aim| aim.met), [true, false]);
        assert_eq!(
            aims_table(&aims),
            "  aim   measured      bound  unit\n  p99       24.0  <=   25.0    ms     met\n  rate     3,999  >=  4,000   1/s  MISSED"
        );
    }

    #[test]
    fn a_run_is_told_with_its_failures() {
        let outcome = Outcome {
            elapsed: Duration::from_secs(2),
            timings: vec![
                Timings {
                    whole: 4000,
                    ..Timings::default()
                };
                1000
            ],
            failures: BTreeMap::from([("verify: status 503 unavailable".to_owned(), 2)]),
            server: Duration::from_millis(250),
            generator: Duration::from_millis(100),
        };
        let run = Run::of(outcome);
        assert!((run.logins_per_core_second - 4000.0).abs() < 1e-6);
        assert!((run.milliseconds.whole.p99 - 4.0).abs() < 1e-9);
        let text = run.text("saturation");
        assert!(
            text.contains("500 logins/s, 2 failures") && text.contains("2 x verify: status 503"),
            "{text}"
        );
        assert!(
            serde_json::to_string(&run)
                .unwrap()
                .contains("\"loginsPerSecond\":500.0")
        );
    }
}
