//! A server as those see it who use it: its origin, and the time that both keep.

use std::future::Future;
use std::sync::Arc;

use idp_server::clock::{Clock as _, ShiftedClock};
use idp_types::Timestamp;

use crate::http::{Answer, Call, Http};

/// A server, wherever it runs.
#[derive(Debug, Clone)]
pub struct Site {
    /// Its origin.
    pub issuer: String,
    /// A client.
    pub http: Http,
    /// Its clock, or the system's where it runs in another process.
    pub clock: Arc<ShiftedClock>,
}

impl Site {
    /// The server at an origin.
    pub fn at(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            http: Http::new(issuer),
            clock: Arc::default(),
        }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sends a request.
    pub fn send(&self, call: Call) -> impl Future<Output = Answer> + Send + 'static {
        let http = self.http.clone();
        async move { http.send(call).await }
    }
}
