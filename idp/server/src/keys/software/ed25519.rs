//! Ed25519 keys (RFC 8032, RFC 8037 section 3.1).

use std::fmt;

use async_trait::async_trait;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use idp_jose::{Algorithm, Ed25519PublicKey, PublicKey};
use zeroize::Zeroizing;

use super::super::{SignError, Signer};

/// An Ed25519 private key in this process.
pub(in crate::keys) struct Ed25519Signer {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl fmt::Debug for Ed25519Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ed25519Signer(..)")
    }
}

impl Ed25519Signer {
    /// A new key as PKCS#8 DER with its public half (RFC 5958).
    pub(in crate::keys) fn generate() -> Result<Zeroizing<Vec<u8>>, SignError> {
        Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
            .map(|document| Zeroizing::new(document.as_ref().to_vec()))
            .map_err(|_| SignError)
    }

    /// From PKCS#8 DER.
    pub(in crate::keys) fn from_pkcs8(der: &[u8]) -> Result<Self, SignError> {
        let pair = Ed25519KeyPair::from_pkcs8(der).map_err(|_| SignError)?;
        let public = Ed25519PublicKey::from_bytes(pair.public_key().as_ref()).map_err(|_| SignError)?;
        Ok(Self {
            pair,
            public: PublicKey::Ed25519(public),
        })
    }
}

#[async_trait]
impl Signer for Ed25519Signer {
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let signature = self.pair.try_sign(message).map_err(|_| SignError)?;
        Ok(signature.as_ref().to_vec())
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDsa
    }
}
