//! The device's key: P-256, made from random bytes of the caller's, wiped when dropped, never printed.

use std::fmt;

use idp_jose::EcPublicKey;
use p256::SecretKey;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding};
use zeroize::Zeroizing;

/// A P-256 key in PKCS#8 PEM has some 240 characters; the rest is room for line ends.
const PEM_LIMIT: usize = 1024;

/// Why a private key was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The scalar is zero or not below the group order. For random bytes this happens once in 2^32 draws: draw again.
    #[error("the random bytes are no P-256 scalar; draw again")]
    OutOfRange,
    /// The text is not one P-256 private key in PKCS#8 PEM.
    #[error("not a P-256 private key in PKCS#8 PEM")]
    Pem,
}

/// Who signs for a device. A software key is one ([`DeviceKey`]); a key inside a secure element is another, and there the
/// private half never reaches this crate.
pub trait DeviceSigner {
    /// The public half, which the server enrolled.
    fn public_key(&self) -> EcPublicKey;

    /// ECDSA with SHA-256 over `message`, as the 64 bytes `r || s` (RFC 7518 section 3.4). Whatever the element asks of the
    /// person happens before.
    fn sign(&self, message: &[u8]) -> [u8; 64];
}

/// A P-256 key in memory. Signatures are deterministic (RFC 6979), so that signing needs no randomness.
#[derive(Clone)]
pub struct DeviceKey {
    signing: SigningKey,
    public: EcPublicKey,
}

impl DeviceKey {
    /// From 32 bytes of the system's randomness.
    ///
    /// # Errors
    /// [`KeyError::OutOfRange`]: draw again.
    pub fn from_random(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        Self::from_secret(&scalar(bytes)?)
    }

    /// Reads PKCS#8 PEM (RFC 5958, RFC 7468 section 10) of at most 1 KiB.
    ///
    /// # Errors
    /// [`KeyError::Pem`] for anything but one P-256 key.
    pub fn from_pkcs8_pem(text: &str) -> Result<Self, KeyError> {
        Self::from_secret(&read_pem(text)?)
    }

    /// PKCS#8 PEM, for a file that only its owner may read.
    ///
    /// # Errors
    /// [`KeyError::Pem`] when the key cannot be encoded.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        write_pem(&SecretKey::from(&self.signing))
    }

    fn from_secret(secret: &SecretKey) -> Result<Self, KeyError> {
        Ok(Self {
            signing: SigningKey::from(secret),
            public: public_key(secret)?,
        })
    }
}

impl DeviceSigner for DeviceKey {
    fn public_key(&self) -> EcPublicKey {
        self.public.clone()
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature: Signature = self.signing.sign(message);
        signature.to_bytes().into()
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceKey")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// A scalar from random bytes.
pub(crate) fn scalar(bytes: &[u8; 32]) -> Result<SecretKey, KeyError> {
    SecretKey::from_slice(bytes).map_err(|_| KeyError::OutOfRange)
}

pub(crate) fn public_key(secret: &SecretKey) -> Result<EcPublicKey, KeyError> {
    let point = secret.public_key().to_sec1_point(false);
    EcPublicKey::from_sec1(point.as_bytes()).map_err(|_| KeyError::OutOfRange)
}

pub(crate) fn read_pem(text: &str) -> Result<SecretKey, KeyError> {
    if text.len() > PEM_LIMIT {
        return Err(KeyError::Pem);
    }
    SecretKey::from_pkcs8_pem(text).map_err(|_| KeyError::Pem)
}

pub(crate) fn write_pem(secret: &SecretKey) -> Result<Zeroizing<String>, KeyError> {
    secret.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::Pem)
}

#[cfg(test)]
mod tests {
    use idp_types::encoding::{from_lowerhex, lowerhex};

    use super::*;

    #[test]
    fn signatures_are_those_of_rfc_6979() {
        // RFC 6979 appendix A.2.5, P-256 with SHA-256, message "sample".
        let scalar =
            from_lowerhex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721").unwrap();
        let key = DeviceKey::from_random(&scalar.try_into().unwrap()).unwrap();
        assert_eq!(
            lowerhex(&key.sign(b"sample")),
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
             f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
        );
        assert_eq!(
            lowerhex(key.public_key().x()),
            "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
        );
    }

    #[test]
    fn a_key_reads_back_from_pem_and_never_prints() {
        let key = DeviceKey::from_random(&[7; 32]).unwrap();
        let pem = key.to_pkcs8_pem().unwrap();
        assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
        let again = DeviceKey::from_pkcs8_pem(&pem).unwrap();
        assert_eq!(again.public_key(), key.public_key());
        assert_eq!(again.sign(b"m"), key.sign(b"m"));
        let debug = format!("{key:?}");
        assert!(
            debug.ends_with(", .. }") && !debug.contains(&lowerhex(&[7; 32])),
            "{debug}"
        );
    }

    #[test]
    fn what_is_no_scalar_is_drawn_again() {
        for bytes in [[0; 32], [0xFF; 32]] {
            assert_eq!(DeviceKey::from_random(&bytes).unwrap_err(), KeyError::OutOfRange);
        }
    }

    #[test]
    fn other_texts_are_no_key() {
        let pem = DeviceKey::from_random(&[7; 32]).unwrap().to_pkcs8_pem().unwrap();
        for text in [
            "",
            "-----BEGIN PRIVATE KEY-----",
            &pem.replace("PRIVATE", "PUBLIC"),
            &pem.repeat(9),
        ] {
            assert_eq!(DeviceKey::from_pkcs8_pem(text).unwrap_err(), KeyError::Pem);
        }
    }
}
