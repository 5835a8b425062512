//! Answers that must not tell, by their timing, who is enrolled: they leave on a fixed grid (profile 4). The clock here is tokio's,
//! for waiting only; no decision reads it.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The grid. Longer than any lookup behind it takes.
const GRID: Duration = Duration::from_millis(5);

/// The beginning of a request whose answer is held back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pad(Instant);

impl Pad {
    /// Begins.
    pub(crate) fn begin() -> Self {
        Self(Instant::now())
    }

    /// Waits until the next point of the grid.
    pub(crate) async fn hold(self) {
        let passed = Instant::now().duration_since(self.0).as_micros();
        let steps = passed / GRID.as_micros() + 1;
        sleep_until(self.0 + GRID * u32::try_from(steps).unwrap_or(1)).await;
    }
}
