//! A bounded map in shards, so that two sessions seldom wait for one lock.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use idp_types::Timestamp;

use crate::StoreError;

/// How many locks a map has. A power of two, well above the number of cores.
const SHARDS: usize = 64;

/// What is forgotten at some moment.
pub(crate) trait Expires {
    /// From this moment on it is not there.
    fn until(&self) -> Timestamp;
}

/// The store holds as much as it may.
#[derive(Debug, thiserror::Error)]
#[error("the store holds its {limit} {what} already")]
struct Full {
    what: &'static str,
    limit: usize,
}

/// The map. `first` and `rest` are one list; apart, so that every index finds a shard.
pub(crate) struct Shards<K, V> {
    first: Mutex<HashMap<K, V>>,
    rest: Box<[Mutex<HashMap<K, V>>]>,
    hasher: RandomState,
    occupied: AtomicUsize,
    limit: usize,
    what: &'static str,
}

impl<K: Hash + Eq, V> Shards<K, V> {
    pub(crate) fn new(what: &'static str, limit: usize) -> Self {
        Self {
            first: Mutex::default(),
            rest: (1..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            occupied: AtomicUsize::new(0),
            limit,
            what,
        }
    }

    /// Locks the shard of a key.
    pub(crate) fn lock(&self, key: &K) -> Shard<'_, K, V> {
        let digest = self.hasher.hash_one(key).to_le_bytes();
        // The map inside hashes with keys of its own, so any byte of this digest serves.
        let [byte, ..] = digest;
        let index = usize::from(byte) % SHARDS;
        self.guard(self.rest.get(index).unwrap_or(&self.first))
    }

    fn guard<'a>(&'a self, shard: &'a Mutex<HashMap<K, V>>) -> Shard<'a, K, V> {
        Shard {
            // Nothing here panics half-way through a change, so a poisoned map is a whole one.
            map: shard.lock().unwrap_or_else(PoisonError::into_inner),
            table: self,
        }
    }

    fn all(&self) -> impl Iterator<Item = Shard<'_, K, V>> {
        std::iter::once(&self.first)
            .chain(&self.rest)
            .map(|shard| self.guard(shard))
    }

    /// Keeps what `keep` wants to keep, one shard at a time.
    pub(crate) fn retain(&self, mut keep: impl FnMut(&mut V) -> bool) {
        for mut shard in self.all() {
            let before = shard.map.len();
            shard.map.retain(|_, value| keep(value));
            self.release(before - shard.map.len());
        }
    }

    /// Shows every entry, one shard at a time.
    pub(crate) fn visit(&self, mut show: impl FnMut(&K, &V)) {
        for shard in self.all() {
            shard.map.iter().for_each(|(key, value)| show(key, value));
        }
    }

    fn reserve(&self) -> Result<(), StoreError> {
        let room = |occupied: usize| (occupied < self.limit).then_some(occupied + 1);
        self.occupied
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, room)
            .map(drop)
            .map_err(|_| {
                StoreError::new(Full {
                    what: self.what,
                    limit: self.limit,
                })
            })
    }

    fn release(&self, count: usize) {
        self.occupied.fetch_sub(count, Ordering::Relaxed);
    }
}

impl<K: Hash + Eq, V: Expires> Shards<K, V> {
    /// Forgets what expired and hands it on, one shard at a time.
    pub(crate) fn sweep(&self, now: Timestamp, mut forgotten: impl FnMut(K, V)) {
        for mut shard in self.all() {
            for (key, value) in shard.map.extract_if(|_, value| value.until() <= now) {
                self.release(1);
                forgotten(key, value);
            }
        }
    }

    /// At most `limit` of what is there.
    pub(crate) fn collect_live<T>(&self, limit: usize, now: Timestamp, read: impl Fn(&V) -> T) -> Vec<T> {
        let mut found = Vec::new();
        for shard in self.all() {
            let live = shard.map.values().filter(|value| value.until() > now);
            found.extend(live.take(limit.saturating_sub(found.len())).map(&read));
            if found.len() >= limit {
                break;
            }
        }
        found
    }
}

/// One locked shard.
pub(crate) struct Shard<'a, K, V> {
    map: MutexGuard<'a, HashMap<K, V>>,
    table: &'a Shards<K, V>,
}

impl<K: Hash + Eq, V> Shard<'_, K, V> {
    pub(crate) fn value(&self, key: &K) -> Option<&V> {
        self.map.get(key)
    }

    pub(crate) fn value_mut(&mut self, key: &K) -> Option<&mut V> {
        self.map.get_mut(key)
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let removed = self.map.remove(key);
        self.table.release(usize::from(removed.is_some()));
        removed
    }

    /// Writes a value, in place of what was there.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Result<(), StoreError> {
        if let Some(place) = self.map.get_mut(&key) {
            *place = value;
            return Ok(());
        }
        self.table.reserve()?;
        self.map.insert(key, value);
        Ok(())
    }
}

impl<K: Hash + Eq, V: Expires> Shard<'_, K, V> {
    pub(crate) fn live(&self, key: &K, now: Timestamp) -> Option<&V> {
        self.map.get(key).filter(|value| value.until() > now)
    }

    pub(crate) fn live_mut(&mut self, key: &K, now: Timestamp) -> Option<&mut V> {
        self.map.get_mut(key).filter(|value| value.until() > now)
    }

    /// As [`Shard::insert`]; when the map is full, what expired in this shard makes room first.
    pub(crate) fn insert_sweeping(&mut self, key: K, value: V, now: Timestamp) -> Result<(), StoreError> {
        if self.table.occupied.load(Ordering::Relaxed) >= self.table.limit {
            let before = self.map.len();
            self.map
                .retain(|other, value| *other == key || value.until() > now);
            self.table.release(before - self.map.len());
        }
        self.insert(key, value)
    }
}
