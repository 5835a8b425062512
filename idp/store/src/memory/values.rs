//! Values under their keys, as many as there is room for.

use idp_types::Timestamp;

use super::entries::ValueEntry;
use super::room::Room;
use crate::StoreError;
use crate::ephemeral::Kind;
use crate::shards::{Shard, Shards};

/// A kind and a key.
pub(super) type ValueKey = (Kind, Box<str>);

/// Values that share a limit.
pub(super) struct Values {
    table: Shards<ValueKey, ValueEntry>,
    room: Room,
}

impl Values {
    pub(super) fn new(what: &'static str, limit: usize) -> Self {
        Self {
            table: Shards::new(what, limit),
            room: Room::new(limit),
        }
    }

    pub(super) fn lock(&self, key: &ValueKey) -> Shard<'_, ValueKey, ValueEntry> {
        self.table.lock(key)
    }

    /// What can be put under a key.
    pub(super) fn entry(&self, value: Vec<u8>, until: Timestamp) -> Result<ValueEntry, StoreError> {
        let room = self.room.take(value.len())?;
        Ok(ValueEntry {
            value,
            until,
            _room: room,
        })
    }

    /// Forgets what expired; how many.
    pub(super) fn sweep(&self, now: Timestamp) -> usize {
        let mut forgotten = 0;
        self.table.sweep(now, |_, _| forgotten += 1);
        forgotten
    }
}

/// What makes later requests easier and is only worth its while: a login goes on without it. There can be as many of these as tokens, for as
/// long as these live, so they have a limit of their own and take no room from what a login needs.
pub(super) const fn is_keepsake(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::AccessClaims | Kind::RefreshClaims | Kind::RefreshReplay | Kind::SessionClaims
    )
}
