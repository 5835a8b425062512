//! A socket that knows what its connection is doing, and gives up on a peer that does not read.
//!
//! It travels into an upgraded connection, and with it the connection's place at the gate and the limit on writing. A timer
//! exists only while a write waits.

use std::io::{ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::activity::{Activity, Phase};
use super::connection::Shared;
use super::counters::EdgeCounters;
use super::gate::Place;

/// What carries a connection: TCP, or TLS over it.
pub(super) trait Transport: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Transport for S {}

/// See the module.
pub(super) struct Socket<S> {
    stream: S,
    activity: Arc<Activity>,
    shared: Arc<Shared>,
    writing: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

impl<S: Transport> Socket<S> {
    pub(super) fn new(stream: S, activity: Arc<Activity>, shared: Arc<Shared>, place: Place) -> Self {
        Self {
            stream,
            activity,
            shared,
            writing: None,
            _place: place,
        }
    }

    /// Passes progress on; while there is none, lets the timer run.
    fn limit_write<T>(&mut self, outcome: Poll<Result<T>>, context: &mut Context<'_>) -> Poll<Result<T>> {
        if outcome.is_ready() {
            self.writing = None;
            return outcome;
        }
        let limit = self.shared.settings.write;
        let timer = self
            .writing
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        ready!(timer.as_mut().poll(context));
        EdgeCounters::count(&self.shared.settings.counters.slow_reader);
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl<S: Transport> AsyncRead for Socket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before && self.activity.now().phase() == Phase::Idle {
            self.activity.begin(Phase::Header);
        }
        outcome
    }
}

impl<S: Transport> AsyncWrite for Socket<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.limit_write(outcome, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.limit_write(outcome, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        // A TCP socket has nothing to flush, and a pending write keeps its timer. TLS holds records back until the socket takes them.
        match Pin::new(&mut self.stream).poll_flush(context) {
            Poll::Pending => self.limit_write(Poll::Pending, context),
            done @ Poll::Ready(_) => done,
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
