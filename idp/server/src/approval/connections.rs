//! One socket a session: a newer one closes the older with 4009 (`product.md` 4).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// The sockets of this instance, by session.
#[derive(Default)]
pub struct Connections(Mutex<HashMap<String, (u64, Arc<Notify>)>>);

/// A registered socket; leaving removes it.
pub(super) struct Registered<'a> {
    connections: &'a Connections,
    id: String,
    generation: u64,
    replaced: Arc<Notify>,
}

impl Connections {
    /// Registers a socket, telling the one before to close.
    pub(super) fn register(&self, id: &str) -> Registered<'_> {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let replaced = Arc::new(Notify::new());
        let before = map.remove(id);
        let generation = before.as_ref().map_or(0, |(generation, _)| generation + 1);
        if let Some((_, notify)) = before {
            notify.notify_one();
        }
        map.insert(id.to_owned(), (generation, replaced.clone()));
        Registered {
            connections: self,
            id: id.to_owned(),
            generation,
            replaced,
        }
    }

    /// How many sockets are open.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Registered<'_> {
    /// Waits until a newer socket takes over.
    pub(super) async fn replaced(&self) {
        self.replaced.notified().await;
    }
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        let mut map = self.connections.0.lock().unwrap_or_else(PoisonError::into_inner);
        if map
            .get(&self.id)
            .is_some_and(|(generation, _)| *generation == self.generation)
        {
            map.remove(&self.id);
        }
    }
}
