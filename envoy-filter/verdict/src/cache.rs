//! Tokens that were verified, bounded in bytes.
//!
//! Sets of four; a token belongs to the set that its last bytes name, which are those of its signature, and is found by comparing
//! all of it, so that no collision is a hit.

use std::sync::Arc;

use crate::token::Access;

const WAYS: usize = 4;
/// What a token with its claims is expected to take; decides how many sets there are.
const USUAL_BYTES: usize = 4 * 1024;
/// What an entry takes beside its texts.
const FIXED_BYTES: usize = 512;

/// A cache of verified tokens.
pub struct Cache {
    sets: Vec<[Option<Entry>; WAYS]>,
    limit: usize,
    used: usize,
    clock: u32,
    sweep: usize,
    generation: (u32, u32),
}

struct Entry {
    token: Box<str>,
    access: Arc<Access>,
    bytes: usize,
    last: u32,
}

impl Cache {
    /// A cache of at most so many bytes; with 0 it keeps nothing.
    pub fn new(limit: usize) -> Self {
        let sets = (limit / (USUAL_BYTES * WAYS)).next_power_of_two();
        let sets = if limit == 0 { 0 } else { sets };
        Self {
            sets: (0..sets).map(|_| [const { None }; WAYS]).collect(),
            limit,
            used: 0,
            clock: 0,
            sweep: 0,
            generation: (0, 0),
        }
    }

    /// Forgets everything when keys or deny lists are not those of before.
    pub fn renew(&mut self, generation: (u32, u32)) {
        if self.generation != generation {
            self.generation = generation;
            self.used = 0;
            self.sets.iter_mut().for_each(|set| *set = [const { None }; WAYS]);
        }
    }

    /// What is known of a token.
    pub fn find(&mut self, token: &str) -> Option<Arc<Access>> {
        self.clock = self.clock.wrapping_add(1);
        let index = self.index(token)?;
        let entry = self
            .sets
            .get_mut(index)?
            .iter_mut()
            .flatten()
            .find(|entry| is_same(entry.token.as_bytes(), token.as_bytes()))?;
        entry.last = self.clock;
        Some(entry.access.clone())
    }

    /// Keeps a token that was fully verified. The oldest of its set goes; where that is not enough, set after set in turn.
    pub fn keep(&mut self, token: &str, access: &Arc<Access>) {
        let bytes = cost(token, access);
        let Some(index) = self.index(token).filter(|_| bytes <= self.limit / 8) else {
            return;
        };
        self.forget_oldest(index);
        while self.used.saturating_add(bytes) > self.limit {
            self.sweep = (self.sweep + 1) % self.sets.len().max(1);
            self.forget_set(self.sweep);
        }
        let entry = Entry {
            token: token.into(),
            access: access.clone(),
            bytes,
            last: self.clock,
        };
        if let Some(free) = self
            .sets
            .get_mut(index)
            .and_then(|set| set.iter_mut().find(|way| way.is_none()))
        {
            *free = Some(entry);
            self.used += bytes;
        }
    }

    /// Bytes in use, as accounted.
    pub const fn bytes(&self) -> usize {
        self.used
    }

    /// How many tokens are held.
    pub fn len(&self) -> usize {
        self.sets.iter().flatten().flatten().count()
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// By the last eight characters, 48 bits of the signature. The very last one of an ES256 signature has two bits only.
    fn index(&self, token: &str) -> Option<usize> {
        let mixed = token.bytes().rev().skip(1).take(8).fold(0_u32, |sum, byte| {
            (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        let mixed = mixed ^ (mixed >> 15);
        usize::try_from(mixed).ok()?.checked_rem(self.sets.len())
    }

    /// Makes room in a full set.
    fn forget_oldest(&mut self, index: usize) {
        let clock = self.clock;
        let Some(set) = self
            .sets
            .get_mut(index)
            .filter(|set| set.iter().all(Option::is_some))
        else {
            return;
        };
        let oldest = set
            .iter_mut()
            .max_by_key(|way| way.as_ref().map_or(0, |entry| clock.wrapping_sub(entry.last)));
        let freed = oldest.and_then(Option::take).map_or(0, |entry| entry.bytes);
        self.used = self.used.saturating_sub(freed);
    }

    fn forget_set(&mut self, index: usize) {
        let Some(set) = self.sets.get_mut(index) else {
            return;
        };
        for way in set {
            self.used = self
                .used
                .saturating_sub(way.take().map_or(0, |entry| entry.bytes));
        }
    }
}

/// Claims as a tree take some five times their text; headers and state are counted as they are.
fn cost(token: &str, access: &Access) -> usize {
    let told = access.headers.iter().chain(&access.state);
    let told: usize = told.map(|(name, value)| name.len() + value.len() + 48).sum();
    token.len() * 5 + told + FIXED_BYTES
}

/// Whether two texts are the same, eight bytes at a time: wasm's own comparison goes byte by byte, and a hit compares all of a token.
fn is_same(left: &[u8], right: &[u8]) -> bool {
    let ((left_words, left_rest), (right_words, right_rest)) =
        (left.as_chunks::<8>(), right.as_chunks::<8>());
    let mut words = left_words.iter().zip(right_words);
    left.len() == right.len()
        && words.all(|(left, right)| u64::from_ne_bytes(*left) == u64::from_ne_bytes(*right))
        && left_rest == right_rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_the_same_in_every_byte() {
        let text = b"a text of a little more than sixteen bytes";
        for length in 0..text.len() {
            let left = &text[..length];
            assert!(is_same(left, left));
            assert!(!is_same(left, &text[..=length]));
            for position in 0..length {
                let mut other = left.to_vec();
                other[position] ^= 1;
                assert!(!is_same(left, &other), "{length} {position}");
            }
        }
    }

    #[test]
    fn nothing_is_found_in_an_empty_cache() {
        for limit in [0, 1, 4096, 1 << 20] {
            let mut cache = Cache::new(limit);
            assert!(cache.find("a.b.cdefghijkl").is_none());
            assert!(cache.find("").is_none());
            assert!(cache.is_empty());
        }
    }
}
