//! The lane of one provider: how many messages may wait, how many are on their way, and whether it is asked at all.

use std::sync::{Arc, Mutex, PoisonError};

use idp_push::{Admission, Circuit};
use idp_types::Timestamp;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// Messages that one lane holds, those that wait for their next try included.
const ROOM: usize = 5_000;
/// Messages of one lane on their way at once.
const TURNS: usize = 64;

/// One provider's.
pub(super) struct Lane {
    /// Its kind: `fcm`, `apns` or `webpush`.
    pub(super) provider: &'static str,
    /// Its own name; a push service's is its entry of the allow-list.
    pub(super) name: String,
    /// Held while a message is on its way.
    pub(super) turns: Semaphore,
    /// Told when the circuit closes.
    pub(super) closed: Notify,
    room: Arc<Semaphore>,
    circuit: Mutex<Circuit>,
}

impl Lane {
    pub(super) fn new(provider: &'static str, name: &str) -> Self {
        Self {
            provider,
            name: name.to_owned(),
            turns: Semaphore::new(TURNS),
            closed: Notify::new(),
            room: Arc::new(Semaphore::new(ROOM)),
            circuit: Mutex::default(),
        }
    }

    /// Room for one message, until it is delivered or given up.
    pub(super) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        self.room.clone().try_acquire_owned().ok()
    }

    /// Messages that wait or are on their way.
    pub(super) fn waiting(&self) -> usize {
        ROOM.saturating_sub(self.room.available_permits())
    }

    pub(super) fn admit(&self, now: Timestamp) -> Admission {
        self.circuit().admit(now)
    }

    /// What came of a message that was admitted; answers whether the circuit opened or closed by it.
    pub(super) fn settle(&self, is_well: bool, now: Timestamp) -> bool {
        let mut circuit = self.circuit();
        let before = circuit.is_closed();
        circuit.settle(is_well, now);
        let changed = before != circuit.is_closed();
        drop(circuit);
        if changed && !before {
            self.closed.notify_waiters();
        }
        changed
    }

    pub(super) fn is_closed(&self) -> bool {
        self.circuit().is_closed()
    }

    fn circuit(&self) -> std::sync::MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
