//! What was read lately. A commit withdraws the records that it writes before the database shows them, and nothing is kept until it is
//! over: whoever saw the acknowledgement, or only a newer state, never reads an older one again. A commit of another process empties the
//! cache within a quarter of a second.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use idp_core::enrolment::Holder;
use idp_core::service::Service;
use idp_store::Versioned;
use idp_types::{ClientId, ServiceId, TokenId};
use oidc::Client;

const SHARDS: usize = 16;

/// When a read began. What it read may be kept only if no commit was under way then and nothing was withdrawn since.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Generation(u64);

/// One step of the generation is a commit that begins or ends: it is odd while one is under way.
const BEGIN_OR_END: u64 = 1;

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

    /// Keeps what was read, unless it may be what a commit replaces.
    pub(crate) fn keep(&self, key: K, record: &Arc<Versioned<V>>, began: Generation) {
        let is_during_commit = !began.0.is_multiple_of(2);
        if self.shard_limit == 0 || is_during_commit {
            return;
        }
        let shard = self.shard(&key);
        let mut records = shard.write().unwrap_or_else(PoisonError::into_inner);
        // Under the lock: a withdrawal counts up first and takes the lock second, so it is either seen here or removes this.
        if self.generation.load(Ordering::SeqCst) != began.0 {
            return;
        }
        if records.len() >= self.shard_limit {
            records.clear();
        }
        records.insert(key, Arc::clone(record));
    }

    fn begin<'a>(&self, keys: impl Iterator<Item = &'a K>)
    where
        K: 'a,
    {
        self.generation.fetch_add(BEGIN_OR_END, Ordering::SeqCst);
        for key in keys {
            let mut records = self.shard(key).write().unwrap_or_else(PoisonError::into_inner);
            records.remove(key);
        }
    }

    fn begin_all(&self) {
        self.generation.fetch_add(BEGIN_OR_END, Ordering::SeqCst);
        self.empty();
    }

    fn end(&self) {
        self.generation.fetch_add(BEGIN_OR_END, Ordering::SeqCst);
    }

    fn clear(&self) {
        self.generation.fetch_add(2 * BEGIN_OR_END, Ordering::SeqCst);
        self.empty();
    }

    fn empty(&self) {
        for shard in std::iter::once(&self.first).chain(&self.rest) {
            shard.write().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

/// A token's list and entry.
pub(crate) type Place = (u32, u32);

/// All caches.
pub(crate) struct Caches {
    pub(crate) holders: Cache<TokenId, Holder>,
    /// TokenIds that nobody has, apart from the holders, so that whoever asks for many of them displaces nobody. An answer about an
    /// unknown tokenId must not take longer than one about a holder (profile 4).
    pub(crate) strangers: Cache<TokenId, ()>,
    pub(crate) services: Cache<ServiceId, Service>,
    pub(crate) clients: Cache<ClientId, Client>,
    /// Whether a token is revoked. A revocation names a holder or a grant, so it withdraws all of them.
    pub(crate) tokens: Cache<Place, bool>,
}

impl Caches {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            holders: Cache::new(limit),
            strangers: Cache::new(limit),
            services: Cache::new(limit),
            clients: Cache::new(limit),
            tokens: Cache::new(limit),
        }
    }

    pub(crate) fn clear(&self) {
        self.holders.clear();
        self.strangers.clear();
        self.services.clear();
        self.clients.clear();
        self.tokens.clear();
    }

    /// To be called by the one writer before the database shows these records; until the guard goes, readers ask the database and
    /// keep nothing.
    pub(crate) fn begin_commit<'a>(
        self: &Arc<Self>,
        holders: impl Iterator<Item = &'a TokenId> + Clone,
        services: impl Iterator<Item = &'a ServiceId>,
        clients: impl Iterator<Item = &'a ClientId>,
    ) -> CommitUnderWay {
        self.holders.begin(holders.clone());
        self.strangers.begin(holders);
        self.services.begin(services);
        self.clients.begin(clients);
        CommitUnderWay(Arc::clone(self))
    }

    /// The same for a commit that revokes tokens, or forgets them.
    pub(crate) fn begin_revocation(self: &Arc<Self>) -> RevocationUnderWay {
        self.tokens.begin_all();
        RevocationUnderWay(Arc::clone(self))
    }
}

/// A commit between the withdrawal of its records and its end, whichever that is.
pub(crate) struct CommitUnderWay(Arc<Caches>);

impl Drop for CommitUnderWay {
    fn drop(&mut self) {
        self.0.holders.end();
        self.0.strangers.end();
        self.0.services.end();
        self.0.clients.end();
    }
}

/// The same for tokens.
pub(crate) struct RevocationUnderWay(Arc<Caches>);

impl Drop for RevocationUnderWay {
    fn drop(&mut self) {
        self.0.tokens.end();
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
    fn a_read_that_a_commit_overtook_is_not_kept() {
        let cache = Cache::new(100);
        let before = cache.generation();
        cache.keep(1, &record(1), before);
        cache.begin([&1].into_iter());
        assert!(cache.read(&1).is_none());
        let during = cache.generation();
        cache.keep(1, &record(1), before);
        cache.keep(1, &record(1), during);
        assert!(cache.read(&1).is_none());
        cache.end();
        cache.keep(1, &record(1), before);
        cache.keep(1, &record(1), during);
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
