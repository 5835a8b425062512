//! HTTP/2 (RFC 9113), after its ALPN. Every resource that a peer can make this server hold has a limit: streams, header lists, resets
//! (CVE-2023-44487), and the time without a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Notify;

use super::EdgeSettings;

/// Streams of one connection at once.
const STREAMS: u32 = 100;
/// The longest header list, in bytes; what HTTP/1.1 allows.
const HEADER_LIST: u32 = 32_768;
/// Streams that may be reset before they are served, beyond which the connection ends.
const RESETS: usize = 20;
/// What a stream may send unread: more than any request body that is accepted.
const WINDOW: u32 = 131_072;
/// Unsent octets that one stream may make this server keep.
const SEND_BUFFER: usize = 65_536;

/// A connection's settings.
pub(super) fn builder(settings: &EdgeSettings) -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADER_LIST)
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(RESETS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW.saturating_mul(4))
        .max_send_buf_size(SEND_BUFFER)
        .keep_alive_interval(settings.idle)
        .keep_alive_timeout(settings.write);
    builder
}

/// How many requests of a connection are being answered.
#[derive(Debug, Default)]
pub(super) struct Streams {
    open: AtomicUsize,
    ended: Notify,
}

impl Streams {
    pub(super) fn begin(self: &Arc<Self>) -> Stream {
        self.open.fetch_add(1, Ordering::AcqRel);
        Stream(Arc::clone(self))
    }

    /// Resolves when nothing was asked for so long.
    pub(super) async fn idle(&self, limit: Duration) {
        loop {
            let mut ended = std::pin::pin!(self.ended.notified());
            ended.as_mut().enable();
            if self.open.load(Ordering::Acquire) == 0 {
                tokio::select! {
                    () = tokio::time::sleep(limit) => if self.open.load(Ordering::Acquire) == 0 { return },
                    () = ended => {}
                }
            } else {
                ended.await;
            }
        }
    }
}

/// A request between its header and the last byte of its response.
#[derive(Debug)]
pub(super) struct Stream(Arc<Streams>);

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::AcqRel);
        self.0.ended.notify_one();
    }
}
