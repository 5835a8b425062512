//! Percentiles of what was measured.

use serde::Serialize;

/// A distribution of times, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub(crate) struct Percentiles {
    /// Half are faster.
    pub(crate) p50: f64,
    /// Nine in ten are faster.
    pub(crate) p90: f64,
    /// 99 in a hundred are faster.
    pub(crate) p99: f64,
    /// The slowest.
    pub(crate) max: f64,
}

impl Percentiles {
    /// Of microseconds, by the nearest rank; zeros when there are none.
    pub(crate) fn of(micros: impl Iterator<Item = u32>) -> Self {
        let mut sorted: Vec<u32> = micros.collect();
        sorted.sort_unstable();
        let at = |percent| f64::from(nearest_rank(&sorted, percent)) / 1000.0;
        Self {
            p50: at(50),
            p90: at(90),
            p99: at(99),
            max: at(100),
        }
    }
}

/// The smallest value that `percent` in a hundred do not exceed.
fn nearest_rank(sorted: &[u32], percent: usize) -> u32 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// Measurements of the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub(crate) struct Spread {
    /// The middle one.
    pub(crate) median: f64,
    /// The lowest.
    pub(crate) min: f64,
    /// The highest.
    pub(crate) max: f64,
}

impl Spread {
    /// Of some; zeros when there are none.
    pub(crate) fn of(values: impl Iterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.collect();
        Self {
            min: values.iter().copied().reduce(f64::min).unwrap_or_default(),
            max: values.iter().copied().reduce(f64::max).unwrap_or_default(),
            median: median(values),
        }
    }
}

/// The middle of some measurements.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_the_nearest() {
        let hundred = Percentiles::of((1..=100_u32).rev().map(|value| value * 1000));
        assert_eq!(
            hundred,
            Percentiles {
                p50: 50.0,
                p90: 90.0,
                p99: 99.0,
                max: 100.0
            }
        );
        let one = Percentiles::of(std::iter::once(1500));
        assert_eq!(
            one,
            Percentiles {
                p50: 1.5,
                p90: 1.5,
                p99: 1.5,
                max: 1.5
            }
        );
        assert_eq!(Percentiles::of(std::iter::empty()), Percentiles::default());
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert!((median(vec![9.0, 1.0, 5.0]) - 5.0).abs() < f64::EPSILON);
        assert!(median(Vec::new()).abs() < f64::EPSILON);
    }

    #[test]
    fn a_spread_has_its_ends() {
        let spread = Spread {
            median: 5.0,
            min: 1.0,
            max: 9.0,
        };
        assert_eq!(Spread::of([9.0, 1.0, 5.0].into_iter()), spread);
        assert_eq!(Spread::of(std::iter::empty()), Spread::default());
    }
}
