//! What was read lately. A commit invalidates what it wrote before it is acknowledged, so that whoever saw the acknowledgement reads the
//! new state; a commit of another process empties the cache within a quarter of a second.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use idp_core::enrolment::Holder;
use idp_core::service::Service;
use idp_store::Versioned;
use idp_types::{ServiceId, TokenId};

const SHARDS: usize = 16;

/// When a read began. What it read may be kept only if nothing was invalidated since.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Generation(u64);

type Records<K, V> = RwLock<HashMap<K, Arc<Versioned<V>>>>;

/// Records by their identifier.
pub(crate) struct Cache<K, V> {
    first: Records<K, V>,
    rest: Box<[Records<K, V>]>,
    hasher: RandomState,
    generation: AtomicU64,
    shard_limit: usize,
}

impl<K: Hash + Eq, V> Cache<K, V> {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            first: RwLock::default(),
            rest: (1..SHARDS).map(|_| RwLock::default()).collect(),
            hasher: RandomState::new(),
            generation: AtomicU64::new(0),
            shard_limit: limit.div_ceil(SHARDS),
        }
    }

    fn shard<Q: Hash + ?Sized>(&self, key: &Q) -> &Records<K, V>
    where
        K: Borrow<Q>,
    {
        let [byte, ..] = self.hasher.hash_one(key).to_le_bytes();
        let index = usize::from(byte) % SHARDS;
        self.rest.get(index).unwrap_or(&self.first)
    }

    /// To be taken before the database is read.
    pub(crate) fn generation(&self) -> Generation {
        Generation(self.generation.load(Ordering::SeqCst))
    }

    pub(crate) fn read(&self, key: &K) -> Option<Arc<Versioned<V>>> {
        let shard = self.shard(key).read().unwrap_or_else(PoisonError::into_inner);
        shard.get(key).cloned()
    }

    /// Keeps what was read, unless something was invalidated since the read began: what was read may be what was invalidated.
    pub(crate) fn keep(&self, key: K, record: &Arc<Versioned<V>>, began: Generation) {
        if self.shard_limit == 0 {
            return;
        }
        let shard = self.shard(&key);
        let mut records = shard.write().unwrap_or_else(PoisonError::into_inner);
        // Under the lock: an invalidation counts up first and takes the lock second, so it is either seen here or removes this.
        if self.generation.load(Ordering::SeqCst) != began.0 {
            return;
        }
        if records.len() >= self.shard_limit {
            records.clear();
        }
        records.insert(key, Arc::clone(record));
    }

    pub(crate) fn invalidate(&self, key: &K) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        let mut records = self.shard(key).write().unwrap_or_else(PoisonError::into_inner);
        records.remove(key);
    }

    pub(crate) fn clear(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        for shard in std::iter::once(&self.first).chain(&self.rest) {
            shard.write().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

/// Both caches.
pub(crate) struct Caches {
    pub(crate) holders: Cache<TokenId, Holder>,
    pub(crate) services: Cache<ServiceId, Service>,
}

impl Caches {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            holders: Cache::new(limit),
            services: Cache::new(limit),
        }
    }

    pub(crate) fn clear(&self) {
        self.holders.clear();
        self.services.clear();
    }
}

#[cfg(test)]
mod tests {
    use idp_store::Version;

    use super::*;

    fn record(version: u64) -> Arc<Versioned<u8>> {
        Arc::new(Versioned {
            value: 0,
            version: Version(version),
        })
    }

    #[test]
    fn a_read_that_an_invalidation_overtook_is_not_kept() {
        let cache = Cache::new(100);
        let began = cache.generation();
        cache.invalidate(&1);
        cache.keep(1, &record(1), began);
        assert!(cache.read(&1).is_none());
        cache.keep(1, &record(2), cache.generation());
        assert_eq!(cache.read(&1).unwrap().version, Version(2));
        cache.clear();
        assert!(cache.read(&1).is_none());
    }

    #[test]
    fn the_cache_is_bounded() {
        let cache = Cache::new(32);
        for key in 0..10_000 {
            cache.keep(key, &record(1), cache.generation());
        }
        let kept = (0..10_000).filter(|key| cache.read(key).is_some()).count();
        assert!(kept <= 32, "{kept}");
        let none: Cache<u32, u8> = Cache::new(0);
        none.keep(1, &record(1), none.generation());
        assert!(none.read(&1).is_none());
    }
}
