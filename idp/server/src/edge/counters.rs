//! What the edge counts, for the metrics endpoint.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::gate::Gate;

/// Events since the start; each only grows.
#[derive(Debug, Default)]
pub struct EdgeCounters {
    /// Connections that were let in.
    pub accepted: AtomicU64,
    /// Connections closed at once because the server was full.
    pub refused_full: AtomicU64,
    /// Connections closed at once because their address had too many.
    pub refused_address: AtomicU64,
    /// Connections closed because they never sent a byte.
    pub silent: AtomicU64,
    /// Connections closed because a header stayed incomplete.
    pub slow_header: AtomicU64,
    /// Connections closed because no further request came; the ordinary end.
    pub idle: AtomicU64,
    /// Connections closed because the peer did not read.
    pub slow_reader: AtomicU64,
    /// Connections whose TLS handshake failed or took too long.
    pub tls_failed: AtomicU64,
    /// Errors of accept itself.
    pub accept_errors: AtomicU64,
    /// Who counts the open ones, since the server serves.
    pub(super) gate: OnceLock<Arc<Gate>>,
}

impl EdgeCounters {
    /// Connections that are open, WebSockets included.
    pub fn open(&self) -> usize {
        self.gate.get().map_or(0, |gate| gate.open())
    }

    pub(super) fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
