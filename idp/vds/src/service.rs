//! Seals of services, signed by a server's own key without the trust chain (profile 4.2).
//!
//! The key is one that the server's JWK set lists. Its certificate reference names it: the caller's lookup maps the reference to
//! the key, for example by writing the nine characters as the key's `kid`.

use idp_jose::{PublicKey, Verifier};
use idp_types::{Fingerprint, Timestamp};

use crate::header::CertificateReference;
use crate::manifest::{ManifestId, ServicePayload};
use crate::seal::Seal;
use crate::trust::{TrustError, check_manifest, check_not_expired, check_signing_time};

/// A service's seal that the server's key signed. It says *which service*, never *who calls*: anyone can photograph it.
#[derive(Debug, Clone)]
pub struct VerifiedServiceSeal {
    payload: ServicePayload,
    fingerprint: Fingerprint,
}

impl VerifiedServiceSeal {
    /// Checks a service's seal with the key that `key_of` has for its certificate reference.
    ///
    /// # Errors
    /// [`TrustError`] names the first check that failed.
    pub fn verify(
        seal: &Seal,
        verifier: &dyn Verifier,
        key_of: impl FnOnce(&CertificateReference) -> Option<PublicKey>,
        now: Timestamp,
    ) -> Result<Self, TrustError> {
        check_manifest(seal, ManifestId::SERVICE)?;
        check_signing_time(seal, now)?;
        let key = key_of(&seal.header().certificate).ok_or(TrustError::UnknownIssuer)?;
        seal.verify_signature(verifier, &key)
            .map_err(|_| TrustError::BadSignature)?;
        let payload = ServicePayload::read(seal.payload())?;
        check_not_expired(payload.expires, now)?;
        Ok(Self {
            payload,
            fingerprint: seal.digest(),
        })
    }

    /// What the seal says of the service.
    pub const fn payload(&self) -> &ServicePayload {
        &self.payload
    }

    /// What identifies the seal.
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}
