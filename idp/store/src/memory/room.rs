//! How many bytes values take together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::StoreError;
use crate::ephemeral::VALUE_LIMIT;

/// So much for each value that the store may hold; most are far smaller, some hold a picture.
const AVERAGE: usize = 1024;

/// Room for some pictures in a store of few values.
const LEAST: usize = 64 * 1024 * 1024;

/// There is no room for a value.
#[derive(Debug, thiserror::Error)]
#[error("there is no room for a value of {0} bytes")]
struct NoRoom(usize);

/// The room of a store.
pub(super) struct Room {
    used: Arc<AtomicUsize>,
    limit: usize,
}

impl Room {
    /// For so many values.
    pub(super) fn new(values: usize) -> Self {
        Self {
            used: Arc::default(),
            limit: values.saturating_mul(AVERAGE).max(LEAST),
        }
    }

    /// Takes room, until what is returned is dropped.
    pub(super) fn take(&self, bytes: usize) -> Result<Taken, StoreError> {
        let with_it = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= self.limit);
        if bytes > VALUE_LIMIT
            || self
                .used
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, with_it)
                .is_err()
        {
            return Err(StoreError::new(NoRoom(bytes)));
        }
        Ok(Taken {
            used: Arc::clone(&self.used),
            bytes,
        })
    }
}

/// Room that is taken.
pub(super) struct Taken {
    used: Arc<AtomicUsize>,
    bytes: usize,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_until_it_is_given_back() {
        let room = Room::new(1);
        let all: Vec<_> = (0..LEAST / VALUE_LIMIT)
            .map(|_| room.take(VALUE_LIMIT).unwrap())
            .collect();
        assert!(room.take(1).is_err());
        drop(all);
        assert!(room.take(1).is_ok());
        assert!(room.take(VALUE_LIMIT + 1).is_err());
        assert!(room.take(usize::MAX).is_err());
    }
}
