//! Keys that are gone: the private half is destroyed, the public one is remembered for what comes back long after it expired, as ID
//! tokens do in hints (OIDC Core 3.1.2.1, RP-Initiated Logout 1.0, 2).

use idp_core::keys::{KeyLife, RotationPolicy};
use idp_jose::{Jwk, PublicKey};
use idp_types::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The public half of a key, with its dates.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RetiredKey {
    pub(super) life: KeyLife,
    pub(super) public: PublicKey,
}

impl RetiredKey {
    /// Whether it is to be kept at `now`.
    pub(super) fn is_remembered(&self, policy: &RotationPolicy, now: Timestamp) -> bool {
        self.life.is_remembered(policy, now)
    }
}

/// As it stands in the key file.
#[derive(Serialize, Deserialize)]
pub(super) struct RetiredRow {
    life: KeyLife,
    jwk: Value,
}

impl RetiredRow {
    pub(super) fn of(key: &RetiredKey) -> Self {
        Self {
            life: key.life.clone(),
            jwk: Jwk::new(key.public.clone()).to_value(),
        }
    }

    pub(super) fn open(self) -> Option<RetiredKey> {
        let jwk = Jwk::from_value(&self.jwk).ok()?;
        Some(RetiredKey {
            life: self.life,
            public: jwk.key,
        })
    }
}
