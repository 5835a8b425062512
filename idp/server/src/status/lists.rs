//! Which entries are in use. An entry is drawn at random, so that its number says nothing about when or for whom it was issued.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use idp_types::Timestamp;

use crate::crypto::{CryptoError, random};

/// Entries of one list: 128 KiB as a bitstring, far less compressed.
pub const LIST_SIZE: u32 = 1 << 20;

/// A list that is this full is left alone: a random draw stays cheap.
const FULL: usize = (LIST_SIZE / 2) as usize;

struct Entries {
    used: Vec<u64>,
    count: usize,
}

impl Entries {
    fn new() -> Self {
        Self {
            used: vec![0; (LIST_SIZE / 64) as usize],
            count: 0,
        }
    }

    fn set(&mut self, index: u32, value: bool) -> bool {
        let bit = 1_u64 << (index % 64);
        let Some(word) = self.used.get_mut((index / 64) as usize) else {
            return false;
        };
        let was = *word & bit != 0;
        if was == value {
            return false;
        }
        *word ^= bit;
        if value {
            self.count += 1;
        } else {
            self.count -= 1;
        }
        true
    }
}

#[derive(Default)]
struct Inner {
    lists: BTreeMap<u32, Entries>,
    expiring: VecDeque<(i64, u32, u32)>,
}

/// A signed list and when it was made.
#[derive(Debug, Clone)]
pub(super) struct Published {
    pub(super) token: String,
    pub(super) at: Timestamp,
    /// Something was revoked since: it is made anew when the store answers.
    pub(super) is_outdated: bool,
}

/// The lists of this instance.
#[derive(Default)]
pub struct StatusLists {
    inner: Mutex<Inner>,
    revocations: AtomicU64,
    pub(super) published: Mutex<HashMap<u32, Published>>,
}

impl StatusLists {
    /// Marks an entry as used, as it stands in the store at start, until the last moment at which its token can be valid.
    pub fn restore(&self, list: u32, index: u32, until: Timestamp) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.expiring.push_back((until.unix_seconds(), list, index));
        inner
            .lists
            .entry(list)
            .or_insert_with(Entries::new)
            .set(index, true);
    }

    /// Draws an unused entry for a token that expires at `until`.
    ///
    /// # Errors
    /// [`CryptoError::Randomness`].
    pub fn draw(&self, now: Timestamp, until: Timestamp) -> Result<(u32, u32), CryptoError> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.release_expired(now);
        let list = inner.roomy_list();
        loop {
            let index = u32::from_be_bytes(random()?) % LIST_SIZE;
            if inner
                .lists
                .entry(list)
                .or_insert_with(Entries::new)
                .set(index, true)
            {
                inner.expiring.push_back((until.unix_seconds(), list, index));
                return Ok((list, index));
            }
        }
    }

    /// The next request for any list gets a fresh one: something was revoked.
    pub fn revoked(&self) {
        let mut published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        published.values_mut().for_each(|list| list.is_outdated = true);
        self.revocations.fetch_add(1, Ordering::Relaxed);
    }

    /// How often something was revoked here: lists that were taken before the last time are outdated.
    pub(crate) fn revocations(&self) -> u64 {
        self.revocations.load(Ordering::Relaxed)
    }

    /// When the oldest list was made that is handed out.
    pub(crate) fn oldest(&self) -> Option<Timestamp> {
        let published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        published.values().map(|list| list.at).min()
    }
}

impl Inner {
    fn release_expired(&mut self, now: Timestamp) {
        while let Some(&(until, list, index)) = self.expiring.front() {
            // A minute's grace: no verifier with a slow clock may see the entry of another token.
            if until + 60 > now.unix_seconds() {
                break;
            }
            self.expiring.pop_front();
            if let Some(entries) = self.lists.get_mut(&list) {
                entries.set(index, false);
            }
        }
    }

    fn roomy_list(&self) -> u32 {
        let roomy = self
            .lists
            .iter()
            .find(|(_, entries)| entries.count < FULL)
            .map(|(list, _)| *list);
        roomy.unwrap_or_else(|| self.lists.keys().next_back().map_or(1, |last| last + 1))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn entries_are_unique_random_and_freed_after_expiry() {
        let lists = StatusLists::default();
        let now = Timestamp::from_unix_seconds(1_000_000);
        let drawn: HashSet<_> = (0..1000)
            .map(|_| lists.draw(now, now.plus_seconds(10)).unwrap())
            .collect();
        assert_eq!(drawn.len(), 1000);
        assert!(drawn.iter().all(|(list, index)| *list == 1 && *index < LIST_SIZE));
        lists.draw(now.plus_seconds(100), now.plus_seconds(200)).unwrap();
        assert_eq!(lists.inner.lock().unwrap().lists[&1].count, 1);
    }
}
