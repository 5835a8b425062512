//! Signature algorithms: what others may sign with and what we sign with (RFC 6931, saml2int SDP-ALG01).

use serde::{Deserialize, Serialize};

use super::certificate::KeyKind;

/// What a peer's signature may be made with. SHA-1, MD5, HMAC and RSA 1.5 with them have no value here, so that no configuration can
/// let them in (IIP-ALG08).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaSha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaSha512,
    /// ECDSA with SHA-256; the value is `r || s`.
    EcdsaSha256,
    /// ECDSA with SHA-384; the value is `r || s`.
    EcdsaSha384,
    /// ECDSA with SHA-512; the value is `r || s`.
    EcdsaSha512,
}

impl SignatureAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 6] = [
        Self::RsaSha256,
        Self::RsaSha384,
        Self::RsaSha512,
        Self::EcdsaSha256,
        Self::EcdsaSha384,
        Self::EcdsaSha512,
    ];

    /// The identifier (RFC 6931 2.3).
    pub const fn uri(self) -> &'static str {
        match self {
            Self::RsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::RsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            Self::RsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            Self::EcdsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            Self::EcdsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
            Self::EcdsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
        }
    }

    /// The algorithm with this identifier.
    pub fn parse(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.uri() == uri)
    }

    /// The kind of key that it needs.
    pub const fn key_kind(self) -> KeyKind {
        match self {
            Self::RsaSha256 | Self::RsaSha384 | Self::RsaSha512 => KeyKind::Rsa,
            Self::EcdsaSha256 | Self::EcdsaSha384 | Self::EcdsaSha512 => KeyKind::Ec,
        }
    }
}

/// What we sign with. Most service providers read RSA alone; ECDSA is chosen for each that reads it (`saml.md` 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[default]
    RsaSha256,
    /// ECDSA on P-256 with SHA-256; the signer answers the 64 bytes `r || s`.
    EcdsaSha256,
}

impl SigningAlgorithm {
    /// The identifier.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::RsaSha256 => SignatureAlgorithm::RsaSha256.uri(),
            Self::EcdsaSha256 => SignatureAlgorithm::EcdsaSha256.uri(),
        }
    }
}

/// Checks signatures; the shell has the arithmetic.
pub trait Verifier: Send + Sync {
    /// Whether `signature` is one over `message` by the key whose SubjectPublicKeyInfo (DER) is `key`. ECDSA values are `r || s`. Keys that
    /// are too small (RSA below 2048 bits) and keys of another kind verify nothing.
    fn verify(&self, algorithm: SignatureAlgorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool;
}
