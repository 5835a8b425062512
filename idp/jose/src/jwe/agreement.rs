//! The agreed key: ECDH on P-256 and the Concat KDF (RFC 7518 section 4.6, NIST SP 800-56A section 5.8.2.1).

use std::fmt;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{JweError, JweHeader};
use crate::key::EcPublicKey;

/// A secret P-256 scalar for key agreement. Zeroized when dropped, never printed.
pub struct EcdhSecretKey {
    secret: p256::SecretKey,
    public: EcPublicKey,
}

impl EcdhSecretKey {
    /// From a big-endian scalar.
    ///
    /// # Errors
    /// [`JweError::SecretScalar`] when it is zero or not below the group order.
    pub fn from_scalar(scalar: &[u8; 32]) -> Result<Self, JweError> {
        let secret = p256::SecretKey::from_slice(scalar).map_err(|_| JweError::SecretScalar)?;
        let public = EcPublicKey::from_point(&secret.public_key()).map_err(|_| JweError::SecretScalar)?;
        Ok(Self { secret, public })
    }

    /// The public half.
    pub const fn public_key(&self) -> &EcPublicKey {
        &self.public
    }
}

impl fmt::Debug for EcdhSecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EcdhSecretKey(..)")
    }
}

/// The content encryption key that both sides derive.
pub(super) fn content_key(
    secret: &EcdhSecretKey,
    public: &EcPublicKey,
    header: &JweHeader,
) -> Result<Zeroizing<Vec<u8>>, JweError> {
    let point = public.to_point().map_err(JweError::EphemeralKey)?;
    let shared = p256::ecdh::diffie_hellman(secret.secret.to_nonzero_scalar(), point.as_affine());
    Ok(concat_kdf(shared.raw_secret_bytes(), header))
}

/// One round of the Concat KDF: no content encryption of ours needs more than one SHA-256 (RFC 7518 section 4.6.2). In
/// direct key agreement `AlgorithmID` is the value of `enc`; `SuppPrivInfo` is empty.
pub(super) fn concat_kdf(shared: &[u8], header: &JweHeader) -> Zeroizing<Vec<u8>> {
    let length = header.enc.key_length();
    let mut hash = Sha256::new();
    hash.update(1_u32.to_be_bytes());
    hash.update(shared);
    for field in [header.enc.name().as_bytes(), &header.apu, &header.apv] {
        hash.update(length_word(field.len()));
        hash.update(field);
    }
    hash.update(length_word(length * 8));
    let mut output: [u8; 32] = hash.finalize().into();
    let key = Zeroizing::new(output.iter().copied().take(length).collect());
    zeroize::Zeroize::zeroize(&mut output);
    key
}

/// Fields are bounded by the header limit, far below 2^32.
fn length_word(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}
