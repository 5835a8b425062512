//! The in-process ephemeral store: sharded maps, bounded, expiring by the `now` that callers pass.
//!
//! Every bound refuses rather than evicts: a full store costs a retry, an evicted session would cost somebody else theirs.

mod deadlines;
mod entries;
mod room;
mod values;

use async_trait::async_trait;
use idp_core::approval::Session;
use idp_types::{SessionId, Timestamp, TokenId};

use crate::ephemeral::{Kind, Lifetime, Limit, Rate, Replacement, Swap, Topic, Wakeups};
use crate::shards::Shards;
use crate::topics::Topics;
use crate::{EphemeralStore, StoreError, Version, Versioned};
use deadlines::Deadlines;
use entries::{HolderSessions, SessionEntry, Window};
use values::{ValueKey, Values, is_keepsake};

/// How much a [`MemoryStore`] may hold. Beyond it an insert fails with [`StoreError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryLimits {
    /// Sessions that are not forgotten.
    pub sessions: usize,
    /// Values and counts under a key, and as many sealed claims of tokens and sessions beside them. Together they may take 1 KiB each, and
    /// 64 MiB in any case; one alone 1 MiB.
    pub values: usize,
    /// Rate limit buckets.
    pub buckets: usize,
    /// Subscriptions to wake-ups.
    pub subscriptions: usize,
}

impl Default for MemoryLimits {
    /// A few hundred megabytes when everything is full.
    fn default() -> Self {
        Self {
            sessions: 200_000,
            values: 500_000,
            buckets: 500_000,
            subscriptions: 100_000,
        }
    }
}

/// The in-process [`EphemeralStore`].
pub struct MemoryStore {
    sessions: Shards<SessionId, SessionEntry>,
    // Locked only while no other shard lock is taken, or after a session's: never the other way round.
    holders: Shards<TokenId, HolderSessions>,
    // Locked before a session's shard, or while none is locked.
    deadlines: Deadlines,
    values: Values,
    keepsakes: Values,
    buckets: Shards<Box<str>, Window>,
    topics: Topics,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new(MemoryLimits::default())
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new(limits: MemoryLimits) -> Self {
        Self {
            sessions: Shards::new("sessions", limits.sessions),
            holders: Shards::new("holders with sessions", limits.sessions),
            deadlines: Deadlines::default(),
            values: Values::new("values", limits.values),
            keepsakes: Values::new("claims of tokens", limits.values),
            buckets: Shards::new("rate limit buckets", limits.buckets),
            topics: Topics::new(limits.subscriptions),
        }
    }

    const fn values(&self, kind: Kind) -> &Values {
        if is_keepsake(kind) {
            &self.keepsakes
        } else {
            &self.values
        }
    }

    fn index(&self, token_id: &TokenId, id: &SessionId) -> Result<(), StoreError> {
        let mut shard = self.holders.lock(token_id);
        if let Some(known) = shard.value_mut(token_id) {
            if !known.0.contains(id) {
                known.0.push(id.clone());
            }
            return Ok(());
        }
        shard.insert(token_id.clone(), HolderSessions(vec![id.clone()]))
    }

    /// Drops what is not there any more from the index of a holder.
    fn unindex(&self, token_id: &TokenId, gone: &[SessionId]) {
        let mut shard = self.holders.lock(token_id);
        let Some(known) = shard.value_mut(token_id) else {
            return;
        };
        known.0.retain(|id| !gone.contains(id));
        if known.0.is_empty() {
            shard.remove(token_id);
        }
    }

    fn prune_sessions(&self, now: Timestamp) -> usize {
        let mut forgotten = Vec::new();
        self.sessions.sweep(now, |id, entry| {
            forgotten.push((id, entry.session.token_id));
        });
        let count = forgotten.len();
        for (id, token_id) in forgotten {
            if let Some(token_id) = token_id {
                self.unindex(&token_id, &[id]);
            }
        }
        count
    }
}

fn value_key(kind: Kind, key: &str) -> ValueKey {
    (kind, key.into())
}

/// How many a stored count says. It is decimal text, as every engine can read back what it counted.
fn parse_count(value: &[u8]) -> Result<u32, StoreError> {
    std::str::from_utf8(value)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| StoreError::new("the value under this key is not a count"))
}

#[async_trait]
impl EphemeralStore for MemoryStore {
    async fn insert_session(&self, session: Session, until: Timestamp) -> Result<(), StoreError> {
        let id = session.id.clone();
        let mut shard = self.sessions.lock(&id);
        if shard.value(&id).is_some() {
            return Err(StoreError::new("a session of this identifier exists"));
        }
        let token_id = session.token_id.clone();
        let entry = SessionEntry {
            session: session.clone(),
            version: Version(1),
            until,
        };
        shard.insert(id.clone(), entry)?;
        if let Some(token_id) = token_id
            && let Err(error) = self.index(&token_id, &id)
        {
            shard.remove(&id);
            return Err(error);
        }
        drop(shard);
        self.deadlines.add(&session);
        Ok(())
    }

    async fn session(
        &self,
        id: &SessionId,
        now: Timestamp,
    ) -> Result<Option<Versioned<Session>>, StoreError> {
        let shard = self.sessions.lock(id);
        Ok(shard.live(id, now).map(SessionEntry::snapshot))
    }

    async fn replace_session(
        &self,
        session: Session,
        expected: Version,
        until: Timestamp,
    ) -> Result<Swap, StoreError> {
        let mut shard = self.sessions.lock(&session.id);
        let Some(entry) = shard.value_mut(&session.id) else {
            return Ok(Swap::Gone);
        };
        if entry.version != expected {
            return Ok(Swap::Conflict);
        }
        if let Some(token_id) = &session.token_id
            && entry.session.token_id.as_ref() != Some(token_id)
        {
            self.index(token_id, &session.id)?;
        }
        let is_moved = !session.is_terminal() && entry.session.expires_at != session.expires_at;
        let moved = is_moved.then(|| session.clone());
        entry.session = session;
        entry.version = Version(expected.0.saturating_add(1));
        entry.until = until;
        drop(shard);
        if let Some(moved) = moved {
            self.deadlines.add(&moved);
        }
        Ok(Swap::Swapped)
    }

    async fn sessions_of(
        &self,
        token_id: &TokenId,
        now: Timestamp,
    ) -> Result<Vec<Versioned<Session>>, StoreError> {
        let ids = {
            let shard = self.holders.lock(token_id);
            shard
                .value(token_id)
                .map(|known| known.0.clone())
                .unwrap_or_default()
        };
        let mut found: Vec<_> = ids
            .iter()
            .filter_map(|id| {
                let shard = self.sessions.lock(id);
                shard.live(id, now).map(SessionEntry::snapshot)
            })
            // A session that was handed to another holder leaves its old entry behind until it is pruned.
            .filter(|found| found.value.token_id.as_ref() == Some(token_id))
            .collect();
        found.sort_by_key(|found| found.value.created_at);
        Ok(found)
    }

    async fn due_sessions(&self, limit: usize, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let look = |id: &SessionId| {
            let shard = self.sessions.lock(id);
            shard.live(id, now).map(|entry| entry.session.clone())
        };
        Ok(self.deadlines.due(limit, now, look))
    }

    async fn live_sessions(&self, limit: usize, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        Ok(self
            .sessions
            .collect_live(limit, now, |entry| entry.session.clone()))
    }

    async fn put_new(
        &self,
        kind: Kind,
        key: &str,
        value: Vec<u8>,
        life: Lifetime,
    ) -> Result<bool, StoreError> {
        let (values, key) = (self.values(kind), value_key(kind, key));
        let mut shard = values.lock(&key);
        if shard.live(&key, life.now).is_some() {
            return Ok(false);
        }
        shard.insert_sweeping(key, values.entry(value, life.until)?, life.now)?;
        Ok(true)
    }

    async fn put(&self, kind: Kind, key: &str, value: Vec<u8>, until: Timestamp) -> Result<(), StoreError> {
        let (values, key) = (self.values(kind), value_key(kind, key));
        let entry = values.entry(value, until)?;
        values.lock(&key).insert(key, entry)
    }

    async fn swap(&self, kind: Kind, key: &str, replacement: Replacement<'_>) -> Result<Swap, StoreError> {
        let Replacement { expected, new, life } = replacement;
        let (values, key) = (self.values(kind), value_key(kind, key));
        let mut shard = values.lock(&key);
        let Some(entry) = shard.live_mut(&key, life.now) else {
            return Ok(Swap::Gone);
        };
        if entry.value != expected {
            return Ok(Swap::Conflict);
        }
        *entry = values.entry(new, life.until)?;
        Ok(Swap::Swapped)
    }

    async fn read(&self, kind: Kind, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let key = value_key(kind, key);
        let shard = self.values(kind).lock(&key);
        Ok(shard.live(&key, now).map(|entry| entry.value.clone()))
    }

    async fn take(&self, kind: Kind, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let key = value_key(kind, key);
        let taken = self.values(kind).lock(&key).remove(&key);
        Ok(taken.filter(|entry| entry.until > now).map(|entry| entry.value))
    }

    async fn count(&self, kind: Kind, key: &str, life: Lifetime) -> Result<u32, StoreError> {
        let (values, key) = (self.values(kind), value_key(kind, key));
        let mut shard = values.lock(&key);
        if let Some(entry) = shard.live_mut(&key, life.now) {
            let count = parse_count(&entry.value)?.saturating_add(1);
            entry.value = count.to_string().into_bytes();
            return Ok(count);
        }
        let first = values.entry(b"1".to_vec(), life.until)?;
        shard.insert_sweeping(key, first, life.now)?;
        Ok(1)
    }

    async fn hit(&self, bucket: &str, limit: Limit, now: Timestamp) -> Result<Rate, StoreError> {
        let key: Box<str> = bucket.into();
        let mut shard = self.buckets.lock(&key);
        if let Some(window) = shard.live_mut(&key, now) {
            if window.hits >= limit.count {
                return Ok(Rate::retry_at(window.until, now));
            }
            window.hits = window.hits.saturating_add(1);
            return Ok(Rate::Allowed);
        }
        if limit.count == 0 {
            return Ok(Rate::RetryAfter(limit.seconds.max(1)));
        }
        let until = now.plus_seconds(i64::from(limit.seconds));
        shard.insert_sweeping(key, Window { hits: 1, until }, now)?;
        Ok(Rate::Allowed)
    }

    async fn wake(&self, topic: Topic) -> Result<(), StoreError> {
        self.topics.wake(&topic);
        Ok(())
    }

    async fn subscribe(&self, topic: Topic) -> Result<Wakeups, StoreError> {
        self.topics.subscribe(topic)
    }

    async fn prune(&self, now: Timestamp) -> Result<usize, StoreError> {
        let mut forgotten = self.prune_sessions(now);
        self.deadlines
            .prune(now, |id| self.sessions.lock(id).live(id, now).is_some());
        forgotten += self.values.sweep(now) + self.keepsakes.sweep(now);
        self.buckets.sweep(now, |_, _| forgotten += 1);
        self.topics.sweep();
        Ok(forgotten)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
