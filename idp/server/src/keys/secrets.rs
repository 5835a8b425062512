//! The symmetric secrets of an installation. Each derives or seals one kind of thing.

use idp_types::{Secret, Timestamp};

use crate::crypto::{CryptoError, SealingKey, random};

/// One version of the OTP master secret (profile 4: versioned, rotates with overlap).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtpMaster {
    /// Sessions that began at or after this moment use it.
    pub since: Timestamp,
    /// The secret.
    pub secret: Secret<32>,
}

/// All of them.
#[derive(Debug, Clone)]
pub struct ServerSecrets {
    /// Newest last; a session finds its own by its beginning.
    pub otp_masters: Vec<OtpMaster>,
    /// K_ws.
    pub ws: Secret<32>,
    /// K_pairwise; never rotates.
    pub pairwise: Secret<32>,
    /// For the values in QRs.
    pub rendezvous: Secret<32>,
    /// Names subjects in the audit log without naming them.
    pub subject_index: Secret<32>,
    /// Handles for caller addresses.
    pub caller_index: Secret<32>,
    /// Seals records at rest: response secrets, audit keys.
    pub storage: Secret<32>,
}

impl ServerSecrets {
    /// Fresh ones.
    ///
    /// # Errors
    /// [`CryptoError::Randomness`].
    pub fn generate(now: Timestamp) -> Result<Self, CryptoError> {
        let fresh = || random::<32>().map(Secret::new);
        Ok(Self {
            otp_masters: vec![OtpMaster {
                since: now.minus_seconds(3600),
                secret: fresh()?,
            }],
            ws: fresh()?,
            pairwise: fresh()?,
            rendezvous: fresh()?,
            subject_index: fresh()?,
            caller_index: fresh()?,
            storage: fresh()?,
        })
    }

    /// The OTP master of a session that began at `created_at`.
    pub fn otp_master(&self, created_at: Timestamp) -> Option<&Secret<32>> {
        let valid = self
            .otp_masters
            .iter()
            .rev()
            .find(|master| master.since <= created_at);
        valid
            .or_else(|| self.otp_masters.first())
            .map(|master| &master.secret)
    }

    /// The key for records at rest.
    ///
    /// # Errors
    /// [`CryptoError`].
    pub fn storage_key(&self) -> Result<SealingKey, CryptoError> {
        SealingKey::new(&self.storage)
    }
}
