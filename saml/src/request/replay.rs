//! A request is taken once.

use idp_types::Timestamp;
use idp_types::encoding::lowerhex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::instant::{LIFE, SKEW};
use crate::message::Head;

/// What the store consumes once. A second request with the same key before `until` is a replay; after it the request is too old anyway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayKey {
    /// SHA-256 of sender and identifier, in lower-case hexadecimal.
    pub key: String,
    /// Until when it must be kept.
    pub until: Timestamp,
}

impl ReplayKey {
    /// The key of a message.
    pub fn of(head: &Head) -> Self {
        let mut digest = Sha256::new();
        digest.update(b"idt-saml-request-v1\0");
        digest.update(head.issuer.as_str().as_bytes());
        digest.update(b"\0");
        digest.update(head.id.as_str().as_bytes());
        Self {
            key: lowerhex(&digest.finalize()),
            until: head.issue_instant.plus_seconds(LIFE + 2 * SKEW),
        }
    }
}
