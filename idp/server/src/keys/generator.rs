//! Where new software keys come from.

use std::fmt;

use idp_core::keys::KeyPurpose;
use idp_jose::Algorithm;
use zeroize::Zeroizing;

use super::SignError;
use super::signer::algorithm_of;
use super::software::{Ed25519Signer, RsaSigner, SoftwareSigner};

/// Makes private keys. A seam because the primes of an RSA key take a tenth of a second and more to find, which a test has no use for.
pub trait KeyGenerator: fmt::Debug + Send + Sync {
    /// A new private key for a purpose, PKCS#8 in DER.
    ///
    /// # Errors
    /// [`SignError`] when the primitive fails.
    fn generate(&self, purpose: KeyPurpose) -> Result<Zeroizing<Vec<u8>>, SignError>;
}

/// The cryptographic library, with the system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemGenerator;

impl KeyGenerator for SystemGenerator {
    fn generate(&self, purpose: KeyPurpose) -> Result<Zeroizing<Vec<u8>>, SignError> {
        match algorithm_of(purpose)? {
            Algorithm::Es256 => SoftwareSigner::generate().map(Zeroizing::new),
            Algorithm::Rs256 | Algorithm::Ps256 => RsaSigner::generate(purpose.rsa_bits()),
            Algorithm::EdDsa => Ed25519Signer::generate(),
        }
    }
}
