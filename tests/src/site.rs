//! A server as those see it who use it: its origin, and the time that both keep.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use idp_server::clock::{Clock as _, ShiftedClock};
use idp_types::Timestamp;
use serde_json::Value;

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

    /// Waits until it is ready.
    ///
    /// # Panics
    /// When it takes too long.
    pub async fn ready(&self) {
        let asking = async {
            while !self.send(Call::get("/health/ready")).await.status.is_success() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), asking)
            .await
            .expect("the server serves again by itself");
    }

    /// Asserts that it names the part that it lacks, and answers all the same what needs no store; what it says of its health.
    ///
    /// # Panics
    /// With the answer that is another.
    pub async fn expect_lack_of(&self, part: &str) -> Value {
        let health = self.send(Call::get("/health/ready")).await.expect(503);
        let said = health.get("parts").and_then(|parts| parts.get(part));
        assert_eq!(said.and_then(Value::as_str), Some("does not answer"), "{health}");
        for path in [
            "/health/live",
            "/.well-known/jwks.json",
            "/.well-known/openid-configuration",
        ] {
            self.send(Call::get(path)).await.expect(200);
        }
        health
    }

    /// Sends a request.
    pub fn send(&self, call: Call) -> impl Future<Output = Answer> + Send + 'static {
        let http = self.http.clone();
        async move { http.send(call).await }
    }
}
