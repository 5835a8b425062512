//! What the maps hold.

use idp_core::approval::Session;
use idp_types::{SessionId, Timestamp};

use super::room::Taken;
use crate::shards::Expires;
use crate::{Version, Versioned};

/// A session.
pub(super) struct SessionEntry {
    pub(super) session: Session,
    pub(super) version: Version,
    pub(super) until: Timestamp,
}

impl SessionEntry {
    pub(super) fn snapshot(&self) -> Versioned<Session> {
        Versioned {
            value: self.session.clone(),
            version: self.version,
        }
    }
}

pub(super) struct ValueEntry {
    pub(super) value: Vec<u8>,
    pub(super) until: Timestamp,
    pub(super) _room: Taken,
}

pub(super) struct Window {
    pub(super) hits: u32,
    pub(super) until: Timestamp,
}

impl Expires for SessionEntry {
    fn until(&self) -> Timestamp {
        self.until
    }
}

impl Expires for ValueEntry {
    fn until(&self) -> Timestamp {
        self.until
    }
}

impl Expires for Window {
    fn until(&self) -> Timestamp {
        self.until
    }
}

/// Which sessions a holder has. It never expires by itself: it empties as its sessions are pruned.
#[derive(Default)]
pub(super) struct HolderSessions(pub(super) Vec<SessionId>);
