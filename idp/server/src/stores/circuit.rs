//! A circuit around each store: while it is open every operation fails at once, so that nobody waits for an engine that does not answer,
//! and no engine that comes back meets everybody who waited.
//!
//! Three failures in a row open it, and so does a single one that a probe confirms: what comes from memory succeeds while the engine is
//! away. A probe beside the requests closes it again: no login is the one that tries.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use idp_store::StoreError;
use tokio::sync::Notify;

/// So many failures in a row, without a success between them, open the circuit.
const FAILURES: u32 = 3;

/// Between two probes of an open circuit.
const PAUSE: Duration = Duration::from_millis(250);

/// Nobody was asked: the engine failed lately.
#[derive(Debug, thiserror::Error)]
#[error("{0} does not answer, and is asked again shortly")]
pub(super) struct Open(pub(super) &'static str);

/// One circuit.
#[derive(Debug)]
pub(crate) struct Circuit {
    engine: &'static str,
    is_open: AtomicBool,
    failures: AtomicU32,
    doubted: Notify,
    refuses_writes: AtomicBool,
    refused: Notify,
}

impl Circuit {
    pub(super) fn new(engine: &'static str) -> Self {
        Self {
            engine,
            is_open: AtomicBool::new(false),
            failures: AtomicU32::new(0),
            doubted: Notify::new(),
            refuses_writes: AtomicBool::new(false),
            refused: Notify::new(),
        }
    }

    /// The engine behind it: `sqlite`, `postgresql`, `memory` or `redis`.
    pub(crate) fn engine(&self) -> &'static str {
        self.engine
    }

    /// Whether operations fail at once.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    /// Whether the last thing that was to be written was not: the engine is read-only, full, or away.
    pub(crate) fn refuses_writes(&self) -> bool {
        self.refuses_writes.load(Ordering::Relaxed)
    }

    /// Notes that the engine wrote.
    pub(super) fn wrote(&self) {
        if self.refuses_writes() && self.refuses_writes.swap(false, Ordering::Relaxed) {
            tracing::info!(engine = self.engine, "the engine writes again");
        }
    }

    /// Notes that the engine could not write.
    pub(super) fn did_not_write(&self) {
        self.refuses_writes.store(true, Ordering::Relaxed);
        self.refused.notify_one();
    }

    /// Whether an operation may be tried.
    ///
    /// # Errors
    /// [`StoreError`] while it is open.
    pub(super) fn admit(&self) -> Result<(), StoreError> {
        if self.is_open() {
            return Err(StoreError::new(Open(self.engine)));
        }
        Ok(())
    }

    /// Notes that the engine answered.
    pub(super) fn answered(&self) {
        // Read before it is written, so that well processors share the line.
        if self.failures.load(Ordering::Relaxed) != 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
    }

    /// Notes that the engine could not do what it was asked to.
    pub(super) fn failed(&self) {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if failures >= FAILURES {
            self.open();
        }
        self.doubted.notify_one();
    }

    /// Probes the engine whenever it failed, and decides; until `probe` says that there is nothing left to ask (`None`).
    pub(super) async fn keep<F, Fut>(&self, probe: F)
    where
        F: Fn() -> Fut + Send,
        Fut: Future<Output = Option<Result<(), StoreError>>> + Send,
    {
        loop {
            self.doubted.notified().await;
            loop {
                match probe().await {
                    None => return,
                    Some(Ok(())) => break,
                    Some(Err(error)) => {
                        tracing::debug!(engine = self.engine, %error, "a probe failed");
                        self.open();
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
            self.close();
        }
    }

    /// Writes again and again once something was not written, until it is; until `write` says that there is nothing left to write to.
    pub(super) async fn keep_writing<F, Fut>(&self, write: F)
    where
        F: Fn() -> Fut + Send,
        Fut: Future<Output = Option<Result<(), StoreError>>> + Send,
    {
        loop {
            self.refused.notified().await;
            while self.refuses_writes() {
                match write().await {
                    None => return,
                    Some(Ok(())) => self.wrote(),
                    Some(Err(error)) => {
                        tracing::debug!(engine = self.engine, %error, "the engine does not write");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        }
    }

    fn open(&self) {
        if !self.is_open.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                engine = self.engine,
                "the circuit is open: the engine is left alone until it answers"
            );
        }
    }

    fn close(&self) {
        self.failures.store(0, Ordering::Relaxed);
        if self.is_open.swap(false, Ordering::Relaxed) {
            tracing::info!(engine = self.engine, "the circuit is closed: the engine answers");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn failures_in_a_row_open_it_and_a_success_between_them_does_not() {
        let circuit = Circuit::new("test");
        for _ in 0..10 {
            circuit.failed();
            circuit.failed();
            circuit.answered();
        }
        circuit.admit().unwrap();
        (0..FAILURES).for_each(|_| circuit.failed());
        let refused = circuit.admit().unwrap_err().to_string();
        assert!(refused.contains("test does not answer"), "{refused}");
    }

    #[tokio::test]
    async fn a_probe_opens_it_after_one_failure_and_closes_it() {
        let circuit = Arc::new(Circuit::new("test"));
        let (well, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        tokio::spawn({
            let (circuit, well, asked) = (circuit.clone(), well.clone(), asked.clone());
            async move {
                let probe = || {
                    asked.fetch_add(1, Ordering::Relaxed);
                    let is_well = well.load(Ordering::Relaxed);
                    std::future::ready(Some(if is_well {
                        Ok(())
                    } else {
                        Err(StoreError::new("down"))
                    }))
                };
                circuit.keep(probe).await;
            }
        });
        for failures in [1, FAILURES] {
            well.store(false, Ordering::Relaxed);
            let before = asked.load(Ordering::Relaxed);
            (0..failures).for_each(|_| circuit.failed());
            while asked.load(Ordering::Relaxed) == before {
                tokio::task::yield_now().await;
            }
            assert!(circuit.is_open(), "after {failures}");
            well.store(true, Ordering::Relaxed);
            while circuit.is_open() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        let before = asked.load(Ordering::Relaxed);
        circuit.failed();
        while asked.load(Ordering::Relaxed) == before {
            tokio::task::yield_now().await;
        }
        assert!(!circuit.is_open(), "an engine that answers is not left alone");
    }
}
