//! How many sessions that began here still have time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use idp_types::Timestamp;

/// Entries after which those that are over are forgotten when another one comes.
const CROWD: usize = 4_096;

/// The ends of sessions.
#[derive(Debug, Default)]
pub(super) struct Deadlines(Mutex<Ends>);

#[derive(Debug, Default)]
struct Ends {
    all: Vec<Timestamp>,
    /// The number at which the next clearing is worth its time.
    crowd: usize,
}

impl Deadlines {
    /// One that began.
    pub(super) fn add(&self, began: Timestamp, ends: Timestamp) {
        let mut of = self.lock();
        of.all.push(ends);
        if of.all.len() >= of.crowd.max(CROWD) {
            of.all.retain(|end| *end > began);
            of.crowd = of.all.len() * 2;
        }
    }

    /// Those that are not over.
    pub(super) fn open(&self, now: Timestamp) -> usize {
        let mut of = self.lock();
        of.all.retain(|end| *end > now);
        of.all.len()
    }

    fn lock(&self) -> MutexGuard<'_, Ends> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_not_counted_and_not_kept() {
        let deadlines = Deadlines::default();
        let at = Timestamp::from_unix_seconds;
        for second in 0..20_000 {
            deadlines.add(at(second), at(second + 100));
        }
        assert!(deadlines.lock().all.len() <= CROWD + 100);
        assert_eq!(deadlines.open(at(19_999)), 100);
        assert_eq!(deadlines.open(at(30_000)), 0);
    }
}
