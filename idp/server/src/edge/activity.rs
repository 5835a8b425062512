//! What a connection is doing, known to its socket (which times the waits) and its requests (which say when they begin and end).

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// What the other end owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The rest of a header, whose first byte has come.
    Header,
    /// Nothing: a request is being answered.
    Serving,
    /// The next request.
    Idle,
    /// Whatever the upgraded protocol says.
    Upgraded,
}

/// A phase and how many came before it: two headers in a row are two waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment(u32);

impl Moment {
    pub(super) const fn phase(self) -> Phase {
        match self.0 & 3 {
            0 => Phase::Header,
            1 => Phase::Serving,
            2 => Phase::Idle,
            _ => Phase::Upgraded,
        }
    }

    const fn followed_by(self, phase: Phase) -> Self {
        let bits = match phase {
            Phase::Header => 0,
            Phase::Serving => 1,
            Phase::Idle => 2,
            Phase::Upgraded => 3,
        };
        Self((self.0 & !3).wrapping_add(4) | bits)
    }
}

/// The present moment of a connection. All of an HTTP/1 connection runs in one task; only an upgrade takes the socket elsewhere,
/// and after it the phase stays what it is. So no ordering is needed between the two.
#[derive(Debug, Default)]
pub(super) struct Activity(AtomicU32);

impl Activity {
    /// Now.
    pub(super) fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::Relaxed))
    }

    /// Begins `phase`, unless the connection has left HTTP.
    pub(super) fn begin(&self, phase: Phase) {
        let now = self.now();
        if now.phase() != Phase::Upgraded {
            self.0.store(now.followed_by(phase).0, Ordering::Relaxed);
        }
    }
}

/// A request between its header and the last byte of its response.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Activity>);

impl InFlight {
    pub(super) fn begin(activity: &Arc<Activity>) -> Self {
        activity.begin(Phase::Serving);
        Self(Arc::clone(activity))
    }

    /// The response switches protocols (RFC 9110 section 15.2.2): no HTTP request will follow.
    pub(super) fn upgrade(&self) {
        self.0.begin(Phase::Upgraded);
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.begin(Phase::Idle);
    }
}

/// A response body that keeps its request counted, by whatever is kept with it, until hyper has taken all of it.
#[derive(Debug)]
pub(super) struct CountedBody<C> {
    body: Body,
    _count: C,
}

impl<C> CountedBody<C> {
    pub(super) const fn new(body: Body, count: C) -> Self {
        Self { body, _count: count }
    }
}

impl<C: Unpin> HttpBody for CountedBody<C> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_moment_is_another_even_in_the_same_phase() {
        let activity = Arc::new(Activity::default());
        let first = activity.now();
        assert_eq!(first.phase(), Phase::Header);
        drop(InFlight::begin(&activity));
        assert_eq!(activity.now().phase(), Phase::Idle);
        activity.begin(Phase::Header);
        assert_eq!(activity.now().phase(), Phase::Header);
        assert_ne!(activity.now(), first);
    }

    #[test]
    fn an_upgrade_is_for_good() {
        let activity = Arc::new(Activity::default());
        let request = InFlight::begin(&activity);
        request.upgrade();
        drop(request);
        assert_eq!(activity.now().phase(), Phase::Upgraded);
    }
}
