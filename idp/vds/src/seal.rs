//! A seal taken apart: header, payload, signature. Nothing here is proven until [`Seal::verify_signature`] or, for what the
//! trust chain says, [`crate::trust::TrustStore::verify`].

use std::fmt;

use idp_jose::{Algorithm, PublicKey, SignatureError, Verifier};
use idp_types::Fingerprint;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::header::{Header, HeaderError, codec_of};
use crate::payload::{PayloadError, Value, read_values};

/// The largest seal of any manifest, in bytes, auxiliary data included.
pub const SEAL_LIMIT: usize = 8192;

/// The largest seal of a manifest that has no photo, or is not known here.
pub const PLAIN_SEAL_LIMIT: usize = 4096;

/// The most unsigned auxiliary data that may follow the signature. It is ignored.
pub const AUXILIARY_LIMIT: usize = 256;

const SIGNATURE_LENGTH: usize = 64;

/// Why bytes are not a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The header is not one.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The bytes end before the signature does.
    #[error("the seal is cut short")]
    Truncated,
    /// More than [`AUXILIARY_LIMIT`] bytes follow the signature.
    #[error("more than {AUXILIARY_LIMIT} bytes follow the signature")]
    Auxiliary,
    /// The seal is longer than its manifest allows.
    #[error("the seal is longer than {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
}

/// A seal whose lengths close; its signature is not checked. Its `Debug` shows no personal data, and the bytes are wiped when
/// it is dropped.
#[derive(Clone)]
pub struct Seal {
    header: Header,
    header_length: usize,
    /// Header, payload and signature, without auxiliary data.
    bytes: Zeroizing<Vec<u8>>,
    fingerprint: Fingerprint,
}

impl Seal {
    /// Takes a seal apart. Auxiliary data after the signature is unsigned, so it is dropped here.
    ///
    /// # Errors
    /// [`SealError`] when the header is unknown, the lengths do not close or the seal is too long.
    pub fn parse(bytes: &[u8]) -> Result<Self, SealError> {
        if bytes.len() > SEAL_LIMIT {
            return Err(SealError::TooLong { limit: SEAL_LIMIT });
        }
        let (header, header_length) = codec_of(bytes)?.read(bytes)?;
        let limit = header
            .manifest
            .definition()
            .map_or(PLAIN_SEAL_LIMIT, |manifest| manifest.limit);
        if bytes.len() > limit {
            return Err(SealError::TooLong { limit });
        }
        let length = header_length + usize::from(header.payload_length) + SIGNATURE_LENGTH;
        let (seal, auxiliary) = bytes.split_at_checked(length).ok_or(SealError::Truncated)?;
        if auxiliary.len() > AUXILIARY_LIMIT {
            return Err(SealError::Auxiliary);
        }
        let (header_bytes, rest) = seal.split_at(header_length);
        let payload = rest
            .get(..usize::from(header.payload_length))
            .ok_or(SealError::Truncated)?;
        let fingerprint = fingerprint(&signing_message(header_bytes, payload));
        Ok(Self {
            header,
            header_length,
            bytes: Zeroizing::new(seal.to_vec()),
            fingerprint,
        })
    }

    /// What the header says.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The payload's bytes.
    pub fn payload(&self) -> &[u8] {
        let end = self.header_length + usize::from(self.header.payload_length);
        self.bytes.get(self.header_length..end).unwrap_or_default()
    }

    /// The payload's values by position, whatever the manifest.
    ///
    /// # Errors
    /// [`PayloadError`] when the payload is not a whole number of values inside the limits.
    pub fn values(&self) -> Result<Vec<Value<'_>>, PayloadError> {
        read_values(self.payload())
    }

    /// The signature, `r || s`.
    pub fn signature(&self) -> &[u8] {
        let start = self.bytes.len().saturating_sub(SIGNATURE_LENGTH);
        self.bytes.get(start..).unwrap_or_default()
    }

    /// Header, payload and signature.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The fingerprint `SHA-256(header || SHA-256(payload))`, which is also the digest that is signed. It does not depend on
    /// the signature, which anyone can alter into another valid one.
    pub const fn digest(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Checks the signature: ECDSA with SHA-256 over `header || SHA-256(payload)`, which is the same as ECDSA over
    /// [`Self::digest`] as the prehash (profile 3). Any `s` is accepted, because published seals have high ones.
    ///
    /// # Errors
    /// [`SignatureError`] when the key did not sign this seal.
    pub fn verify_signature(&self, verifier: &dyn Verifier, key: &PublicKey) -> Result<(), SignatureError> {
        let header = self.bytes.get(..self.header_length).unwrap_or_default();
        let message = signing_message(header, self.payload());
        verifier.verify(Algorithm::Es256, key, &message, self.signature())
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seal")
            .field("header", &self.header)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

/// `header || SHA-256(payload)`.
pub(crate) fn signing_message(header: &[u8], payload: &[u8]) -> Vec<u8> {
    [header, Sha256::digest(payload).as_slice()].concat()
}

fn fingerprint(message: &[u8]) -> Fingerprint {
    Fingerprint(Sha256::digest(message).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(payload_length: u16, manifest: [u8; 3], rest: usize) -> Vec<u8> {
        let mut bytes = vec![0xDE, 0x02, 0x66, 0x35, 0x1F, 0xE5, 0x1A, 0x45];
        bytes.extend_from_slice(&manifest);
        bytes.extend_from_slice(&[0x63, 0xBE, 0x7B, 0xD4]);
        bytes.extend_from_slice(&payload_length.to_be_bytes());
        bytes.resize(17 + rest, 0xC0);
        bytes
    }

    #[test]
    fn lengths_close_or_the_seal_is_refused() {
        let manifest = [0xFF, 0xFF, 1];
        assert!(Seal::parse(&bytes(10, manifest, 74)).is_ok());
        assert_eq!(
            Seal::parse(&bytes(10, manifest, 73)).unwrap_err(),
            SealError::Truncated
        );
        assert!(Seal::parse(&bytes(10, manifest, 74 + 256)).is_ok());
        assert_eq!(
            Seal::parse(&bytes(10, manifest, 74 + 257)).unwrap_err(),
            SealError::Auxiliary
        );
    }

    #[test]
    fn auxiliary_data_changes_nothing() {
        let plain = Seal::parse(&bytes(10, [0xFF, 0xFF, 1], 74)).unwrap();
        let more = Seal::parse(&bytes(10, [0xFF, 0xFF, 1], 100)).unwrap();
        assert_eq!(plain.digest(), more.digest());
        assert_eq!(plain.as_bytes(), more.as_bytes());
        assert_eq!(plain.payload(), [0xC0; 10]);
        assert_eq!(plain.signature(), [0xC0; 64]);
        assert_eq!(plain.values().unwrap(), vec![Value::Nil; 10]);
    }

    #[test]
    fn the_limit_is_the_manifests() {
        let person = crate::manifest::ManifestId::PERSON.to_bytes();
        assert!(Seal::parse(&bytes(8111, person, 8175)).is_ok());
        let limit = SealError::TooLong { limit: 8192 };
        assert_eq!(Seal::parse(&bytes(8112, person, 8176)).unwrap_err(), limit);
        assert!(Seal::parse(&bytes(4015, [0xFF, 0xFF, 1], 4079)).is_ok());
        let limit = SealError::TooLong { limit: 4096 };
        assert_eq!(
            Seal::parse(&bytes(4016, [0xFF, 0xFF, 1], 4080)).unwrap_err(),
            limit
        );
    }

    #[test]
    fn debug_shows_no_payload() {
        let seal = Seal::parse(&bytes(10, [0xFF, 0xFF, 1], 74)).unwrap();
        assert!(!format!("{seal:?}").contains("192"));
    }
}
