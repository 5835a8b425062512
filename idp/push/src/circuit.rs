//! A circuit for each provider: one that is down is left alone, then asked by one message before all others follow.

use idp_types::Timestamp;

/// Failures in a row that open a circuit.
const FAILURES: u32 = 5;
/// Seconds that it stays open at first; doubles while the provider stays down.
const OPEN_SECONDS: i64 = 5;
/// The longest, in seconds.
const LONGEST_SECONDS: i64 = 60;
/// Seconds that a single message may take to find out.
const PROBE_SECONDS: i64 = 15;

/// What the circuit says to one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Send it.
    Pass,
    /// Ask again then.
    Wait(Timestamp),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// All is well, but for so many failures in a row.
    Closed { failures: u32 },
    /// Nothing is sent until then.
    Open { until: Timestamp },
    /// One message is on its way to find out.
    HalfOpen { until: Timestamp },
}

/// Closed, open or half open.
#[derive(Debug, Clone, Copy)]
pub struct Circuit {
    state: State,
    /// How often it opened since the last success.
    opened: u32,
}

impl Default for Circuit {
    fn default() -> Self {
        Self {
            state: State::Closed { failures: 0 },
            opened: 0,
        }
    }
}

impl Circuit {
    /// Whether a message may be sent at `now`. Whoever passes reports what came of it to [`Self::settle`].
    pub fn admit(&mut self, now: Timestamp) -> Admission {
        match self.state {
            State::Closed { .. } => Admission::Pass,
            State::Open { until } | State::HalfOpen { until } if now < until => Admission::Wait(until),
            State::Open { .. } | State::HalfOpen { .. } => {
                self.state = State::HalfOpen {
                    until: now.plus_seconds(PROBE_SECONDS),
                };
                Admission::Pass
            }
        }
    }

    /// What came of a message that passed: whether the provider is well. Answers that come late change nothing that is newer.
    pub fn settle(&mut self, is_well: bool, now: Timestamp) {
        self.state = match (self.state, is_well) {
            (_, true) => {
                self.opened = 0;
                State::Closed { failures: 0 }
            }
            (State::Closed { failures }, false) if failures + 1 < FAILURES => State::Closed {
                failures: failures + 1,
            },
            (State::Open { until }, false) => State::Open { until },
            (State::Closed { .. } | State::HalfOpen { .. }, false) => {
                let seconds = OPEN_SECONDS.checked_shl(self.opened).unwrap_or(LONGEST_SECONDS);
                self.opened = self.opened.saturating_add(1).min(8);
                State::Open {
                    until: now.plus_seconds(seconds.min(LONGEST_SECONDS)),
                }
            }
        };
    }

    /// Whether messages pass without waiting.
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed { .. })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(1_795_000_000 + seconds)
    }

    fn opened() -> Circuit {
        let mut circuit = Circuit::default();
        for _ in 0..FAILURES {
            assert_eq!(circuit.admit(at(0)), Admission::Pass);
            circuit.settle(false, at(0));
        }
        circuit
    }

    #[test]
    fn opens_after_failures_in_a_row_and_not_before() {
        let mut circuit = Circuit::default();
        for round in 0..3 {
            for _ in 1..FAILURES {
                circuit.settle(false, at(round));
            }
            assert!(circuit.is_closed());
            circuit.settle(true, at(round));
        }
        assert_eq!(opened().admit(at(1)), Admission::Wait(at(OPEN_SECONDS)));
    }

    #[test]
    fn one_message_finds_out_for_all() {
        let mut circuit = opened();
        let now = at(OPEN_SECONDS);
        assert_eq!(circuit.admit(now), Admission::Pass);
        assert_eq!(
            circuit.admit(now),
            Admission::Wait(at(OPEN_SECONDS + PROBE_SECONDS))
        );
        circuit.settle(true, now);
        assert!(circuit.is_closed());
        assert_eq!(circuit.admit(now), Admission::Pass);
    }

    #[test]
    fn stays_open_longer_while_the_provider_stays_down() {
        let mut circuit = opened();
        let mut now = at(0);
        for seconds in [5, 10, 20, 40, 60, 60] {
            assert_eq!(circuit.admit(now), Admission::Wait(now.plus_seconds(seconds)));
            now = now.plus_seconds(seconds);
            assert_eq!(circuit.admit(now), Admission::Pass);
            circuit.settle(false, now);
        }
    }

    #[test]
    fn a_probe_that_never_came_back_is_replaced() {
        let mut circuit = opened();
        assert_eq!(circuit.admit(at(OPEN_SECONDS)), Admission::Pass);
        assert_eq!(circuit.admit(at(OPEN_SECONDS + PROBE_SECONDS)), Admission::Pass);
    }

    proptest! {
        #[test]
        fn no_order_of_events_shuts_it_for_ever(events in prop::collection::vec((0_i64..100, any::<bool>(), any::<bool>()), 0..200)) {
            let mut circuit = Circuit::default();
            let mut now = at(0);
            for (later, asks, is_well) in events {
                now = now.plus_seconds(later);
                if asks {
                    circuit.admit(now);
                } else {
                    circuit.settle(is_well, now);
                }
            }
            if let Admission::Wait(until) = circuit.admit(now) {
                prop_assert!(until <= now.plus_seconds(LONGEST_SECONDS));
                prop_assert_eq!(circuit.admit(until), Admission::Pass);
            }
        }
    }
}
