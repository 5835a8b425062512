//! The seal that a person enrols with (profile 3).

use std::fmt;

use idp_types::{Fingerprint, Timestamp};
use idp_vds::trust::CLOCK_SKEW_SECONDS;
use idp_vds::{ManifestId, PersonPayload, Seal, TrustError, TrustStore, decode_text};
use zeroize::Zeroizing;

/// A person's seal as it was scanned. Whether the trust chain vouches for it depends on how it was read.
#[derive(Clone)]
pub struct EnrolmentSeal {
    text: Zeroizing<String>,
    fingerprint: Fingerprint,
    person: PersonPayload,
    verified: bool,
}

impl EnrolmentSeal {
    /// Reads a seal and checks it against the phone's own trust store (profile 3).
    ///
    /// # Errors
    /// [`TrustError`] names the first check that failed.
    pub fn verify(text: &str, store: &TrustStore, now: Timestamp) -> Result<Self, TrustError> {
        let seal = decode_text(text)?;
        store.verify(&seal, ManifestId::PERSON, now)?;
        Self::of(text, &seal, true)
    }

    /// Reads a seal without a trust store: its form, kind and times are checked, its signature is left to the server that
    /// enrols, whose answer alone counts.
    ///
    /// # Errors
    /// [`TrustError`] for a text that no server would take.
    pub fn trusting_issuer(text: &str, now: Timestamp) -> Result<Self, TrustError> {
        let seal = decode_text(text)?;
        let header = seal.header();
        if header.manifest != ManifestId::PERSON {
            return Err(TrustError::WrongManifest(header.manifest));
        }
        if header.signed_at > now.plus_seconds(CLOCK_SKEW_SECONDS) {
            return Err(TrustError::NotYetValid);
        }
        let read = Self::of(text, &seal, false)?;
        if now < read.person.expires.end() {
            Ok(read)
        } else {
            Err(TrustError::Expired)
        }
    }

    fn of(text: &str, seal: &Seal, verified: bool) -> Result<Self, TrustError> {
        Ok(Self {
            text: Zeroizing::new(text.to_owned()),
            fingerprint: seal.digest(),
            person: PersonPayload::read(seal.payload())?,
            verified,
        })
    }

    /// The text as it was scanned: `vdsData`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What identifies the seal.
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// What the seal says of the person.
    pub const fn person(&self) -> &PersonPayload {
        &self.person
    }

    /// Whether the phone's own trust store vouches for it.
    pub const fn is_verified(&self) -> bool {
        self.verified
    }
}

impl fmt::Debug for EnrolmentSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolmentSeal")
            .field("fingerprint", &self.fingerprint)
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}
