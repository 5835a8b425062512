//! Figures, the bounds that they are held to, tables.

use serde::Serialize;

use super::variant::{Kind, Load, Variant};
use crate::process::Memory;
use crate::report::{Aim, aims_table, number, table};
use crate::statistics::Spread;

/// Microseconds of Envoy's CPU time a request, a figure each run.
pub(super) struct Measured {
    pub(super) load: Load,
    pub(super) micros: Vec<f64>,
}

impl Measured {
    pub(super) const fn new(load: Load) -> Self {
        Self {
            load,
            micros: Vec::new(),
        }
    }
}

/// Mebibytes that a further worker takes.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Memories {
    without_filter: f64,
    with_filter: f64,
}

impl Memories {
    /// Of what was resident without a filter with one worker and with more, and with ours.
    pub(super) fn of([bare, bare_more, ours, ours_more]: [Memory; 4], further: u16) -> Self {
        let each = |one: Memory, more: Memory| (more.mebibytes() - one.mebibytes()) / f64::from(further);
        Self {
            without_filter: each(bare, bare_more),
            with_filter: each(ours, ours_more),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    filters: &'static str,
    requests: &'static str,
    cpu_micros: Spread,
}

/// Everything that was measured.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    rows: Vec<Row>,
    module_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    mebibytes_each_further_worker: Option<Memories>,
    aims: Vec<Aim>,
}

impl Report {
    pub(super) fn of(measured: Vec<Measured>, module_bytes: u64, memories: Option<Memories>) -> Self {
        let mut aims = aims(&measured);
        let module = u32::try_from(module_bytes).unwrap_or(u32::MAX);
        aims.push(Aim::at_most(
            "size of the module",
            f64::from(module) / 1000.0,
            200.0,
            "kB",
        ));
        if let Some(memories) = memories {
            let ours = memories.with_filter - memories.without_filter;
            aims.push(Aim::at_most("memory of a further worker", ours, 2.0, "MiB"));
        }
        let rows = measured.into_iter().map(|one| Row {
            filters: one.load.variant.name(),
            requests: one.load.kind.name(),
            cpu_micros: Spread::of(one.micros.into_iter()),
        });
        Self {
            rows: rows.collect(),
            module_bytes,
            mebibytes_each_further_worker: memories,
            aims,
        }
    }

    pub(super) fn text(&self) -> String {
        let heading = ["filters", "requests", "us CPU a request", "least", "most"];
        let mut rows = vec![heading.map(str::to_owned)];
        rows.extend(self.rows.iter().map(|row| {
            let Spread { median, min, max } = row.cpu_micros;
            [
                row.filters.to_owned(),
                row.requests.to_owned(),
                number(median),
                number(min),
                number(max),
            ]
        }));
        [table(&rows), aims_table(&self.aims)].join("\n\n")
    }
}

/// The aims of issue 5. Each ratio is taken within a round, between runs that stood side by side; the median counts.
fn aims(measured: &[Measured]) -> Vec<Aim> {
    let times = |theirs: (Variant, Kind), ours: (Variant, Kind)| {
        let of = |(variant, kind): (Variant, Kind)| {
            let found = measured
                .iter()
                .find(|one| one.load.variant == variant && one.load.kind == kind);
            found.map(|one| one.micros.as_slice()).unwrap_or_default()
        };
        let ratios = of(theirs)
            .iter()
            .zip(of(ours))
            .map(|(theirs, ours)| theirs / ours);
        Spread::of(ratios).median
    };
    let ratio = |name: &str, theirs, ours, bound| Aim::at_least(name, times(theirs, ours), bound, "x");
    let (built_in, cached) = (Variant::JwtCachedRbac, Variant::Cached);
    vec![
        ratio(
            "no cache, against jwt_authn",
            (Variant::Jwt, Kind::One),
            (Variant::Uncached, Kind::One),
            1.7,
        ),
        ratio(
            "401 flood, against jwt_authn",
            (Variant::Jwt, Kind::Bad),
            (Variant::Uncached, Kind::Bad),
            1.5,
        ),
        ratio(
            "cached, against jwt_cache, RBAC, headers",
            (built_in, Kind::One),
            (cached, Kind::One),
            1.1,
        ),
        ratio(
            "the same with 1,000 tokens",
            (built_in, Kind::Many),
            (cached, Kind::Many),
            1.1,
        ),
        ratio(
            "cached, against a no-op module",
            (Variant::Noop, Kind::One),
            (cached, Kind::One),
            0.9,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_taken_within_a_round() {
        let measured: Vec<Measured> = Load::ALL
            .iter()
            .map(|load| Measured {
                load: *load,
                micros: match load.variant {
                    Variant::Uncached => vec![10.0, 20.0, 30.0],
                    _ => vec![20.0, 40.0, 60.0],
                },
            })
            .collect();
        let report = Report::of(measured, 150_000, None);
        let found: Vec<(f64, bool)> = report.aims.iter().map(|aim| (aim.measured, aim.met)).collect();
        assert_eq!(
            found,
            [
                (2.0, true),
                (2.0, true),
                (1.0, false),
                (1.0, false),
                (1.0, true),
                (150.0, true)
            ]
        );
        assert!(report.text().contains("ours, no cache"));
    }

    #[test]
    fn a_worker_is_what_further_ones_took() {
        let mebi = |count: u64| Memory(count << 20);
        let memories = Memories::of([mebi(60), mebi(64), mebi(90), mebi(102)], 4);
        assert!((memories.with_filter - 3.0).abs() < 1e-9 && (memories.without_filter - 1.0).abs() < 1e-9);
    }
}
