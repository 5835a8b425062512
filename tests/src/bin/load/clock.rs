//! The two clocks of a benchmark: one that measures, one that phones sign.

use std::time::Instant;

use idp_server::clock::{Clock as _, SystemClock};
use idp_types::Timestamp;

/// The clock that measures.
#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures time; no decision of the product reads this clock"
)]
pub(crate) fn instant() -> Instant {
    Instant::now()
}

/// The time that phones and tokens state.
pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// Whole microseconds since `begun`; saturates after an hour.
pub(crate) fn micros_since(begun: Instant) -> u32 {
    u32::try_from(instant().saturating_duration_since(begun).as_micros()).unwrap_or(u32::MAX)
}
