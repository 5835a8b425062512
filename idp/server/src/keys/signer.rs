//! Who signs. Asynchronous, because an HSM or a KMS is a network away.

use std::fmt;

use async_trait::async_trait;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use idp_jose::EcPublicKey;

/// A signature could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing key is not available")]
pub struct SignError;

/// Signs with one private key, ES256.
#[async_trait]
pub trait Signer: Send + Sync {
    /// The raw `r || s` over SHA-256 of `message`.
    async fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError>;
    /// The public half.
    fn public_key(&self) -> &EcPublicKey;
}

/// A private key in this process, parsed once.
pub struct SoftwareSigner {
    pair: EcdsaKeyPair,
    public: EcPublicKey,
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
        let public = EcPublicKey::from_sec1(pair.public_key().as_ref()).map_err(|_| SignError)?;
        Ok(Self {
            pair,
            public,
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
}

#[async_trait]
impl Signer for SoftwareSigner {
    async fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError> {
        self.sign_now(message)
    }

    fn public_key(&self) -> &EcPublicKey {
        &self.public
    }
}
