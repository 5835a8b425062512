//! Public keys that were checked once, and their JSON form (RFC 7517).

mod ec;
mod ed25519;
mod jwk;
mod rsa;
mod set;

pub use ec::EcPublicKey;
pub use ed25519::Ed25519PublicKey;
pub use jwk::Jwk;
pub use rsa::RsaPublicKey;
pub use set::JwkSet;

use crate::alg::Algorithm;
use crate::json::JsonError;

/// Why a key was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not the JSON that a key or a set of keys is.
    #[error("the key is not acceptable JSON")]
    Json(#[from] JsonError),
    /// A required member is missing or of the wrong type.
    #[error("member `{0}` is missing or of the wrong type")]
    Member(&'static str),
    /// A kind, curve or size that this product does not use.
    #[error("this kind of key is not used here")]
    Unsupported,
    /// The bytes are no key: not on the curve, not canonical, out of range.
    #[error("the key is invalid")]
    Invalid,
    /// A private or symmetric key where only a public one may stand.
    #[error("a private key was sent as a public one")]
    PrivateMember,
}

/// A public key of a kind that this product verifies with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PublicKey {
    /// P-256, for ES256 and ECDH-ES.
    P256(EcPublicKey),
    /// RSA, for PS256 and RS256.
    Rsa(RsaPublicKey),
    /// Ed25519, for EdDSA.
    Ed25519(Ed25519PublicKey),
}

impl PublicKey {
    /// Whether the key is of the kind that `algorithm` needs.
    pub const fn fits(&self, algorithm: Algorithm) -> bool {
        matches!(
            (self, algorithm),
            (Self::P256(_), Algorithm::Es256)
                | (Self::Rsa(_), Algorithm::Rs256 | Algorithm::Ps256)
                | (Self::Ed25519(_), Algorithm::EdDsa)
        )
    }

    /// The RFC 7638 thumbprint: SHA-256 over the required members in lexicographic order.
    pub fn thumbprint(&self) -> [u8; 32] {
        jwk::thumbprint(self)
    }
}

impl From<EcPublicKey> for PublicKey {
    fn from(key: EcPublicKey) -> Self {
        Self::P256(key)
    }
}

impl From<RsaPublicKey> for PublicKey {
    fn from(key: RsaPublicKey) -> Self {
        Self::Rsa(key)
    }
}

impl From<Ed25519PublicKey> for PublicKey {
    fn from(key: Ed25519PublicKey) -> Self {
        Self::Ed25519(key)
    }
}
