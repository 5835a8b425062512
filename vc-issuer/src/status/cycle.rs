//! When a list changes: at fixed moments alone, so that the flips of one batch hide among all others of the time.

use idp_types::Timestamp;

/// How often lists are made again, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cycle(u32);

/// One version of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Publication {
    /// The moment whose state it shows: what was revoked before it, and nothing later.
    pub at: Timestamp,
    /// When the next one follows.
    pub next: Timestamp,
    /// When this one must no longer be believed: a cycle of grace for a server that is down.
    pub expires_at: Timestamp,
    /// `ttl` of Token Status List and `max-age`, seconds: what is left of the cycle.
    pub time_to_live: u32,
}

impl Cycle {
    /// A cycle of `seconds`, at least one.
    pub const fn new(seconds: u32) -> Self {
        Self(if seconds == 0 { 1 } else { seconds })
    }

    /// Its length in seconds.
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// The version that is valid at `moment`: now, or in the past for a historical query (`time`, `timestamp`).
    pub fn publication(self, moment: Timestamp) -> Publication {
        let length = i64::from(self.0);
        let at = moment.unix_seconds().div_euclid(length) * length;
        let left = at + length - moment.unix_seconds();
        Publication {
            at: Timestamp::from_unix_seconds(at),
            next: Timestamp::from_unix_seconds(at + length),
            expires_at: Timestamp::from_unix_seconds(at + 2 * length),
            time_to_live: u32::try_from(left).unwrap_or(self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_holds_until_the_next() {
        let cycle = Cycle::new(900);
        let at = Timestamp::from_unix_seconds;
        let version = cycle.publication(at(1_768_435_200 + 100));
        assert_eq!(version.at, at(1_768_435_200));
        assert_eq!(version.next, at(1_768_436_100));
        assert_eq!(version.time_to_live, 800);
        assert_eq!(cycle.publication(at(1_768_436_099)).at, version.at);
        assert_eq!(cycle.publication(version.next).at, version.next);
        assert_eq!(Cycle::new(0).seconds(), 1);
    }
}
