//! How long to pause after accept failed.

use std::io::{Error, ErrorKind};
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_secs(1);

/// Grows while the process or the machine lacks a resource: trying again at once would only burn the CPU that others need to
/// finish and give descriptors back.
#[derive(Debug, Default)]
pub(super) struct Pause(Option<Duration>);

impl Pause {
    /// The pause after `error`; none where only that one connection failed.
    pub(super) fn after(&mut self, error: &Error) -> Option<Duration> {
        let of_one_connection = matches!(
            error.kind(),
            ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
        );
        if of_one_connection {
            return None;
        }
        let wait = self.0.map_or(FIRST, |last| last.saturating_mul(2).min(LONGEST));
        self.0 = Some(wait);
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lack_of_descriptors_pauses_longer_each_time_up_to_a_second() {
        const EMFILE: i32 = 24;
        let mut pause = Pause::default();
        let waits: Vec<u128> = (0..9)
            .filter_map(|_| pause.after(&Error::from_raw_os_error(EMFILE)))
            .map(|wait| wait.as_millis())
            .collect();
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
    }

    #[test]
    fn a_peer_that_went_away_costs_no_pause() {
        assert_eq!(Pause::default().after(&ErrorKind::ConnectionAborted.into()), None);
    }
}
