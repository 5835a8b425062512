//! How long a connection's task waits for its peer.
//!
//! hyper has one time limit for a request's header, and it also runs while a kept connection idles, so that the two could not
//! differ. Here the task that drives the connection times each phase by itself, with one timer.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use super::activity::{Activity, Moment, Phase};
use super::connection::Shared;
use super::counters::EdgeCounters;

/// The wait of one connection.
pub(super) struct Patience {
    activity: Arc<Activity>,
    shared: Arc<Shared>,
    waiting: Option<(Moment, Pin<Box<Sleep>>)>,
}

impl Patience {
    pub(super) fn new(activity: Arc<Activity>, shared: Arc<Shared>) -> Self {
        Self {
            activity,
            shared,
            waiting: None,
        }
    }

    /// Drives `connection`; `None` once the peer has kept it waiting too long in one phase.
    pub(super) async fn with<F: Future>(&mut self, mut connection: Pin<&mut F>) -> Option<F::Output> {
        poll_fn(|context| match connection.as_mut().poll(context) {
            Poll::Ready(ended) => Poll::Ready(Some(ended)),
            // After the connection, because its turn may have begun another phase.
            Poll::Pending => self.poll_end(context).map(|()| None),
        })
        .await
    }

    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let now = self.activity.now();
        let Some((limit, counter)) = limit(&self.shared, now.phase()) else {
            return Poll::Pending;
        };
        let (moment, timer) = self
            .waiting
            .get_or_insert_with(|| (now, Box::pin(tokio::time::sleep(limit))));
        if *moment != now {
            *moment = now;
            timer.as_mut().reset(Instant::now() + limit);
        }
        timer
            .as_mut()
            .poll(context)
            .map(|()| EdgeCounters::count(counter))
    }
}

/// The limit of a phase in which the peer owes something, and what is counted when it does not come.
fn limit(shared: &Shared, phase: Phase) -> Option<(Duration, &AtomicU64)> {
    let settings = &shared.settings;
    match phase {
        Phase::Header => Some((settings.header, &settings.counters.slow_header)),
        Phase::Idle => Some((settings.idle, &settings.counters.idle)),
        Phase::Serving | Phase::Upgraded => None,
    }
}
