//! Private keys in this process, parsed once, used by aws-lc-rs.

mod ed25519;
mod rsa;

use std::fmt;

use async_trait::async_trait;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use idp_jose::{Algorithm, EcPublicKey, PublicKey};

pub(super) use ed25519::Ed25519Signer;
pub(super) use rsa::{RsaScheme, RsaSigner};

use super::{SignError, Signer};

/// A P-256 private key in this process: ES256, and whatever else is signed with ECDSA and SHA-256.
pub struct SoftwareSigner {
    pair: EcdsaKeyPair,
    point: EcPublicKey,
    public: PublicKey,
    random: SystemRandom,
}

impl fmt::Debug for SoftwareSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SoftwareSigner(..)")
    }
}

impl SoftwareSigner {
    /// A new key as PKCS#8 DER.
    ///
    /// # Errors
    /// [`SignError`] when the system gives no randomness.
    pub fn generate() -> Result<Vec<u8>, SignError> {
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map(|document| document.as_ref().to_vec())
            .map_err(|_| SignError)
    }

    /// From PKCS#8 DER.
    ///
    /// # Errors
    /// [`SignError`] when it is not a P-256 private key.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, SignError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map_err(|_| SignError)?;
        let point = EcPublicKey::from_sec1(pair.public_key().as_ref()).map_err(|_| SignError)?;
        Ok(Self {
            pair,
            public: PublicKey::P256(point.clone()),
            point,
            random: SystemRandom::new(),
        })
    }

    /// Signs without waiting: software keys are at hand.
    ///
    /// # Errors
    /// [`SignError`] when the system gives no randomness.
    pub fn sign_now(&self, message: &[u8]) -> Result<[u8; 64], SignError> {
        let signature = self.pair.sign(&self.random, message).map_err(|_| SignError)?;
        signature.as_ref().try_into().map_err(|_| SignError)
    }

    /// The public half as what it is, a point.
    pub const fn ec_public_key(&self) -> &EcPublicKey {
        &self.point
    }
}

#[async_trait]
impl Signer for SoftwareSigner {
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.sign_now(message).map(Vec::from)
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }
}
