//! What an engine read lately. A commit withdraws the records that it writes before the database shows them, and nothing is kept until
//! it is over: whoever saw the acknowledgement, or only a newer state, never reads an older one again. How soon a commit of another
//! process is noticed is the engine's to say.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use idp_core::enrolment::Holder;
use idp_core::service::Service;
use idp_types::{ClientId, ServiceId, TokenId};
use oidc::{BrowserSession, Client};
use saml::EntityId;
use saml::provider::ServiceProvider;
use serde::{Deserialize, Serialize};

use crate::Versioned;

const SHARDS: usize = 16;

/// When a read began. What it read may be kept only if no commit was under way then and nothing was withdrawn since.
#[derive(Debug, Clone, Copy)]
pub struct Generation(u64);

/// The generation counts commits that are under way in its low bits, and every beginning and end in the others.
const UNDER_WAY: u64 = 1;
const STEP: u64 = 1 << 16;

type Records<K, V> = RwLock<HashMap<K, Arc<Versioned<V>>>>;

/// Records by their identifier.
pub struct Cache<K, V> {
    first: Records<K, V>,
    rest: Box<[Records<K, V>]>,
    hasher: RandomState,
    generation: AtomicU64,
    shard_limit: usize,
}

impl<K: Hash + Eq, V> Cache<K, V> {
    fn new(limit: usize) -> Self {
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
    pub fn generation(&self) -> Generation {
        Generation(self.generation.load(Ordering::SeqCst))
    }

    /// What is kept.
    pub fn read<Q>(&self, key: &Q) -> Option<Arc<Versioned<V>>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let shard = self.shard(key).read().unwrap_or_else(PoisonError::into_inner);
        shard.get(key).cloned()
    }

    /// Keeps what was read, unless it may be what a commit replaces.
    pub fn keep(&self, key: K, record: &Arc<Versioned<V>>, began: Generation) {
        let is_during_commit = !began.0.is_multiple_of(STEP);
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

    /// Withdraws these, or all. Without any it does nothing, and neither does [`Cache::end`].
    fn begin(&self, keys: &[K], all: bool) {
        if !all && keys.is_empty() {
            return;
        }
        self.generation.fetch_add(STEP + UNDER_WAY, Ordering::SeqCst);
        if all {
            for shard in std::iter::once(&self.first).chain(&self.rest) {
                shard.write().unwrap_or_else(PoisonError::into_inner).clear();
            }
        } else {
            for key in keys {
                let mut records = self.shard(key).write().unwrap_or_else(PoisonError::into_inner);
                records.remove(key);
            }
        }
    }

    fn end(&self, keys: &[K], all: bool) {
        if all || !keys.is_empty() {
            self.generation.fetch_add(STEP - UNDER_WAY, Ordering::SeqCst);
        }
    }
}

/// A token's list and entry.
pub type Place = (u32, u32);

/// All caches.
pub struct Caches {
    /// Holders.
    pub holders: Cache<TokenId, Holder>,
    /// TokenIds that nobody has, apart from the holders, so that whoever asks for many of them displaces nobody. An answer about an
    /// unknown tokenId must not take longer than one about a holder (profile 4).
    pub strangers: Cache<TokenId, ()>,
    /// Services.
    pub services: Cache<ServiceId, Service>,
    /// Clients.
    pub clients: Cache<ClientId, Client>,
    /// SAML service providers.
    pub service_providers: Cache<EntityId, ServiceProvider>,
    /// The sessions of browsers.
    pub sessions: Cache<String, BrowserSession>,
    /// Whether a token is revoked. A revocation names a holder or a grant, so it withdraws all of them.
    pub tokens: Cache<Place, bool>,
}

/// Which records a commit replaces, as far as they are cached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Withdrawal {
    /// Holders.
    pub holders: Vec<TokenId>,
    /// Services.
    pub services: Vec<ServiceId>,
    /// Clients.
    pub clients: Vec<ClientId>,
    /// SAML service providers.
    pub service_providers: Vec<EntityId>,
    /// The sessions of browsers.
    pub sessions: Vec<String>,
    /// Every session of a browser.
    pub every_session: bool,
    /// Every token.
    pub every_token: bool,
    /// Everything.
    pub all: bool,
}

impl Withdrawal {
    /// Everything.
    pub fn all() -> Self {
        Self {
            all: true,
            ..Self::default()
        }
    }

    /// What forgetting expired rows withdraws: the place of a token that is forgotten may be another token's next.
    pub fn pruning() -> Self {
        Self {
            every_session: true,
            every_token: true,
            ..Self::default()
        }
    }

    /// Whether it concerns nothing that is cached, as a login does not.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Caches {
    /// Room for so many records of each kind; zero keeps nothing.
    pub fn new(limit: usize) -> Self {
        Self {
            holders: Cache::new(limit),
            strangers: Cache::new(limit),
            services: Cache::new(limit),
            clients: Cache::new(limit),
            service_providers: Cache::new(limit),
            sessions: Cache::new(limit),
            tokens: Cache::new(limit),
        }
    }

    /// Forgets everything.
    pub fn clear(self: &Arc<Self>) {
        drop(self.begin(Withdrawal::all()));
    }

    /// To be called by a writer before the database shows these records; until the guard goes, readers ask the database for them, and
    /// nothing of their kinds is kept.
    pub fn begin(self: &Arc<Self>, withdrawal: Withdrawal) -> UnderWay {
        let every = &withdrawal;
        self.holders.begin(&every.holders, every.all);
        self.strangers.begin(&every.holders, every.all);
        self.services.begin(&every.services, every.all);
        self.clients.begin(&every.clients, every.all);
        self.service_providers.begin(&every.service_providers, every.all);
        self.sessions
            .begin(&every.sessions, every.all || every.every_session);
        self.tokens.begin(&[], every.all || every.every_token);
        UnderWay {
            caches: Arc::clone(self),
            withdrawal,
        }
    }
}

/// A commit between the withdrawal of its records and its end, whichever that is.
pub struct UnderWay {
    caches: Arc<Caches>,
    withdrawal: Withdrawal,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let (caches, every) = (&self.caches, &self.withdrawal);
        caches.holders.end(&every.holders, every.all);
        caches.strangers.end(&every.holders, every.all);
        caches.services.end(&every.services, every.all);
        caches.clients.end(&every.clients, every.all);
        caches.service_providers.end(&every.service_providers, every.all);
        caches
            .sessions
            .end(&every.sessions, every.all || every.every_session);
        caches.tokens.end(&[], every.all || every.every_token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Version;

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
        cache.begin(&[1], false);
        assert!(cache.read(&1).is_none());
        let during = cache.generation();
        cache.keep(1, &record(1), before);
        cache.keep(1, &record(1), during);
        assert!(cache.read(&1).is_none());
        cache.end(&[1], false);
        cache.keep(1, &record(1), before);
        cache.keep(1, &record(1), during);
        assert!(cache.read(&1).is_none());
        cache.keep(1, &record(2), cache.generation());
        assert_eq!(cache.read(&1).unwrap().version, Version(2));
        cache.begin(&[], true);
        cache.end(&[], true);
        assert!(cache.read(&1).is_none());
    }

    #[test]
    fn nothing_is_kept_while_one_of_two_commits_is_under_way() {
        let cache = Cache::new(100);
        cache.begin(&[], true);
        cache.begin(&[2], false);
        cache.end(&[2], false);
        cache.keep(1, &record(1), cache.generation());
        assert!(cache.read(&1).is_none());
        cache.end(&[], true);
        cache.keep(1, &record(1), cache.generation());
        assert!(cache.read(&1).is_some());
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
