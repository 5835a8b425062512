//! Many logins, or anything else that virtual users do: as fast as they go (closed loop), or at a pace (open loop).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::clock::{instant, micros_since};
use crate::error::{Failure, LoadError};
use crate::process::Process;

/// What a virtual user does again and again, such as a login.
pub(crate) trait Work: Send + 'static {
    /// How long its parts took.
    type Took: Send + 'static;

    /// Does it once.
    fn once(&mut self) -> impl Future<Output = Result<Self::Took, Failure>> + Send;

    /// The same, begun so many microseconds late.
    fn late(took: Self::Took, micros: u32) -> Self::Took;
}

/// After a failed login a user rests for so long, so that failures are no load of their own.
const AFTER_FAILURE: Duration = Duration::from_millis(20);

/// When logins begin.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// Each user's next one when its last one ended.
    Closed,
    /// So many a second, evenly, whether or not the ones before ended. A login that begins late is timed from when it should have
    /// begun, so that a server that stalls is not spared the logins that it kept waiting.
    PerSecond(f64),
}

/// What a run gave.
pub(crate) struct Outcome<T> {
    /// How long it took.
    pub(crate) elapsed: Duration,
    /// Every login, or other work, that succeeded.
    pub(crate) timings: Vec<T>,
    /// The others, by kind.
    pub(crate) failures: BTreeMap<String, u64>,
    /// CPU time of the server's processes meanwhile.
    pub(crate) server: Duration,
    /// CPU time of this process meanwhile.
    pub(crate) generator: Duration,
}

impl<T> Outcome<T> {
    /// How many succeeded.
    pub(crate) fn done(&self) -> u32 {
        u32::try_from(self.timings.len()).unwrap_or(u32::MAX)
    }

    /// How many a second.
    pub(crate) fn rate(&self) -> f64 {
        f64::from(self.done()) / self.elapsed.as_secs_f64()
    }
}

/// A schedule that users share.
struct Schedule {
    begun: Instant,
    until: Instant,
    pace: Pace,
    next: AtomicU32,
}

impl Schedule {
    /// When the next login should begin; `None` when the run is over.
    fn next(&self) -> Option<Instant> {
        let due = match self.pace {
            Pace::Closed => instant(),
            Pace::PerSecond(rate) => {
                let number = self.next.fetch_add(1, Ordering::Relaxed);
                self.begun + Duration::from_secs_f64(f64::from(number) / rate)
            }
        };
        (due < self.until).then_some(due)
    }
}

/// What one user did.
struct Done<W: Work> {
    user: W,
    timings: Vec<W::Took>,
    failures: BTreeMap<String, u64>,
}

/// Lets all users work for a while, and gives them back with their connections open.
///
/// # Errors
/// [`LoadError::Process`] when the server is gone.
pub(crate) async fn run<W: Work>(
    users: &mut Vec<W>,
    pace: Pace,
    duration: Duration,
    servers: &[Process],
) -> Result<Outcome<W::Took>, LoadError> {
    let own = Process(std::process::id());
    let (server_before, own_before) = (Process::cpu_of_all(servers)?, own.cpu()?);
    let begun = instant();
    let schedule = Arc::new(Schedule {
        begun,
        until: begun + duration,
        pace,
        next: AtomicU32::new(0),
    });
    let mut running: JoinSet<Done<W>> = JoinSet::new();
    for user in users.drain(..) {
        running.spawn(keep_working(user, Arc::clone(&schedule)));
    }
    let (mut timings, mut failures) = (Vec::new(), BTreeMap::new());
    while let Some(ended) = running.join_next().await {
        let Ok(done) = ended else {
            *failures.entry("a virtual user panicked".to_owned()).or_default() += 1;
            continue;
        };
        users.push(done.user);
        timings.extend(done.timings);
        for (kind, count) in done.failures {
            *failures.entry(kind).or_default() += count;
        }
    }
    Ok(Outcome {
        elapsed: instant().duration_since(begun),
        timings,
        failures,
        server: Process::cpu_of_all(servers)?.saturating_sub(server_before),
        generator: own.cpu()?.saturating_sub(own_before),
    })
}

async fn keep_working<W: Work>(mut user: W, schedule: Arc<Schedule>) -> Done<W> {
    let (mut timings, mut failures) = (Vec::new(), BTreeMap::new());
    while let Some(due) = schedule.next() {
        // A timer is rounded up to the next millisecond, so that what is due needs none.
        if due > instant() {
            tokio::time::sleep_until(due.into()).await;
        }
        let late = micros_since(due);
        match user.once().await {
            Ok(took) => timings.push(W::late(took, late)),
            Err(failure) => {
                *failures.entry(failure.to_string()).or_default() += 1;
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
    Done {
        user,
        timings,
        failures,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(pace: Pace) -> Schedule {
        let begun = instant();
        Schedule {
            begun,
            until: begun + Duration::from_secs(1),
            pace,
            next: AtomicU32::new(0),
        }
    }

    #[test]
    fn a_pace_is_even_and_ends() {
        let paced = schedule(Pace::PerSecond(4.0));
        let due: Vec<Duration> = std::iter::from_fn(|| paced.next())
            .map(|due| due.duration_since(paced.begun))
            .collect();
        assert_eq!(due, [0, 250, 500, 750].map(Duration::from_millis));
        assert_eq!(paced.next(), None);
    }

    #[test]
    fn a_closed_loop_begins_at_once() {
        let closed = schedule(Pace::Closed);
        assert!(closed.next().is_some_and(|due| due <= instant()));
    }

    #[test]
    fn rates_count_what_succeeded() {
        let outcome = Outcome {
            elapsed: Duration::from_secs(2),
            timings: vec![0_u32; 10],
            failures: BTreeMap::from([("verify: closed".to_owned(), 3)]),
            server: Duration::ZERO,
            generator: Duration::ZERO,
        };
        assert!((outcome.rate() - 5.0).abs() < f64::EPSILON);
        assert_eq!(outcome.done(), 10);
    }
}
