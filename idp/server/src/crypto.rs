//! The primitives of the shell, all of aws-lc-rs: randomness, verification, sealing. `operations.md` 1.1 measured it five times faster
//! at P-256 verification than the portable implementation that phones and wasm use.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{digest, hkdf, rand, signature};
use idp_jose::{Algorithm, PublicKey, SignatureError, Verifier};
use idp_types::Secret;
use idp_types::encoding::{base64url, lowerhex};
use moka::sync::Cache;

/// The operating system gave no randomness, or a sealed value did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// No randomness.
    #[error("the system gave no randomness")]
    Randomness,
    /// The value was not sealed by this key, or was changed.
    #[error("a sealed value does not open")]
    Sealed,
}

/// `N` random bytes.
///
/// # Errors
/// [`CryptoError::Randomness`] when the system gives none.
pub fn random<const N: usize>() -> Result<[u8; N], CryptoError> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| CryptoError::Randomness)?;
    Ok(bytes)
}

/// A fresh identifier: the prefix and 128 random bits in base64url.
///
/// # Errors
/// [`CryptoError::Randomness`].
pub fn random_id(prefix: &str) -> Result<String, CryptoError> {
    Ok(format!("{prefix}{}", base64url(&random::<16>()?)))
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest::digest(&digest::SHA256, bytes)
        .as_ref()
        .try_into()
        .unwrap_or_default()
}

/// SHA-256 as lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    lowerhex(&sha256(bytes))
}

/// Verification by aws-lc-rs.
#[derive(Debug, Clone, Copy, Default)]
pub struct AwsVerifier;

impl Verifier for AwsVerifier {
    fn verify(
        &self,
        algorithm: Algorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let verified = match (algorithm, key) {
            (Algorithm::Es256, PublicKey::P256(key)) => {
                signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, key.to_sec1())
                    .verify(message, signature)
            }
            (Algorithm::Rs256 | Algorithm::Ps256, PublicKey::Rsa(key)) => {
                let scheme = match algorithm {
                    Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
                    _ => &signature::RSA_PSS_2048_8192_SHA256,
                };
                signature::RsaPublicKeyComponents {
                    n: key.n(),
                    e: key.e(),
                }
                .verify(scheme, message, signature)
            }
            (Algorithm::EdDsa, PublicKey::Ed25519(key)) => {
                signature::UnparsedPublicKey::new(&signature::ED25519, key.as_bytes())
                    .verify(message, signature)
            }
            _ => return Err(SignatureError::Unsupported),
        };
        verified.map_err(|_| SignatureError::Invalid)
    }
}

/// Signatures that were found good, by SHA-256 over key, signature and message. That a signature is good never changes: what does
/// change (expiry, retirement of the key, revocation, whose it is) is not remembered here and is asked each time.
pub struct KnownSignatures(Cache<[u8; 32], ()>);

impl fmt::Debug for KnownSignatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KnownSignatures(..)")
    }
}

impl KnownSignatures {
    /// Room for so many; the ones that are asked for least make way.
    pub fn new(limit: u64) -> Self {
        Self(Cache::builder().max_capacity(limit).build())
    }

    /// A verifier that looks here before it verifies a signature of `key`. Those of other keys it verifies each time.
    pub const fn of<'a>(&'a self, key: &'a PublicKey) -> RememberingVerifier<'a> {
        RememberingVerifier { known: self, key }
    }
}

/// See [`KnownSignatures::of`].
#[derive(Debug)]
pub struct RememberingVerifier<'a> {
    known: &'a KnownSignatures,
    key: &'a PublicKey,
}

impl RememberingVerifier<'_> {
    /// The name of an ES256 signature of the key; `None` for any other. Key and signature have fixed lengths, so the message is what
    /// follows them.
    fn name(
        &self,
        algorithm: Algorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Option<[u8; 32]> {
        let (Algorithm::Es256, PublicKey::P256(point)) = (algorithm, key) else {
            return None;
        };
        let signature: &[u8; 64] = signature.try_into().ok()?;
        if key != self.key {
            return None;
        }
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(point.to_sec1());
        hash.update(signature);
        hash.update(message);
        hash.finish().as_ref().try_into().ok()
    }
}

impl Verifier for RememberingVerifier<'_> {
    fn verify(
        &self,
        algorithm: Algorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let name = self.name(algorithm, key, message, signature);
        if name.is_some_and(|name| self.known.0.get(&name).is_some()) {
            return Ok(());
        }
        AwsVerifier.verify(algorithm, key, message, signature)?;
        if let Some(name) = name {
            self.known.0.insert(name, ());
        }
        Ok(())
    }
}

/// Seals values with AES-256-GCM under a random nonce. Debug shows nothing.
pub struct SealingKey(LessSafeKey);

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(..)")
    }
}

impl SealingKey {
    /// From 32 secret bytes.
    ///
    /// # Errors
    /// [`CryptoError::Sealed`] never for 32 bytes; the primitive's signature asks for it.
    pub fn new(key: &Secret<32>) -> Result<Self, CryptoError> {
        let unbound = UnboundKey::new(&AES_256_GCM, key.expose()).map_err(|_| CryptoError::Sealed)?;
        Ok(Self(LessSafeKey::new(unbound)))
    }

    /// Derived from a bearer value (wsToken, code): who has only the store cannot open what is sealed under it (profile 1.5).
    ///
    /// # Errors
    /// As [`SealingKey::new`].
    pub fn of_bearer(bearer: &str, purpose: &'static [u8]) -> Result<Self, CryptoError> {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"idt-sealed-v1").extract(bearer.as_bytes());
        let info = [purpose];
        let okm = prk.expand(&info, &AES_256_GCM).map_err(|_| CryptoError::Sealed)?;
        Ok(Self(LessSafeKey::new(UnboundKey::from(okm))))
    }

    /// `nonce || ciphertext || tag`, bound to `context`.
    ///
    /// # Errors
    /// [`CryptoError::Randomness`].
    pub fn seal(&self, context: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let nonce: [u8; NONCE_LEN] = random()?;
        let mut sealed = Vec::with_capacity(NONCE_LEN + plaintext.len() + 16);
        sealed.extend_from_slice(&nonce);
        let mut body = plaintext.to_vec();
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut body)
            .map_err(|_| CryptoError::Sealed)?;
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// The plaintext of what [`SealingKey::seal`] made.
    ///
    /// # Errors
    /// [`CryptoError::Sealed`] when it was sealed by another key, for another context, or changed.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let (nonce, body) = sealed
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(CryptoError::Sealed)?;
        let mut body = body.to_vec();
        let plain = self
            .0
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(context),
                &mut body,
            )
            .map_err(|_| CryptoError::Sealed)?;
        Ok(plain.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SoftwareSigner;

    #[test]
    fn sealed_values_are_bound_to_key_and_context() {
        let key = SealingKey::new(&Secret::new([7; 32])).unwrap();
        let sealed = key.seal(b"a", b"claims").unwrap();
        assert_eq!(key.open(b"a", &sealed).unwrap(), b"claims");
        assert_eq!(key.open(b"b", &sealed), Err(CryptoError::Sealed));
        assert_eq!(
            SealingKey::new(&Secret::new([8; 32]))
                .unwrap()
                .open(b"a", &sealed),
            Err(CryptoError::Sealed)
        );
        assert_eq!(key.open(b"a", b"short"), Err(CryptoError::Sealed));
        let bearer = SealingKey::of_bearer("token", b"mailbox").unwrap();
        assert_eq!(bearer.open(b"", &bearer.seal(b"", b"x").unwrap()).unwrap(), b"x");
    }

    fn signed(message: &[u8]) -> (PublicKey, [u8; 64]) {
        let signer = SoftwareSigner::from_pkcs8(&SoftwareSigner::generate().unwrap()).unwrap();
        let signature = signer.sign_now(message).unwrap();
        (PublicKey::P256(signer.ec_public_key().clone()), signature)
    }

    #[test]
    fn a_known_signature_is_good_for_its_octets_alone() {
        let known = KnownSignatures::new(10);
        let (key, signature) = signed(b"message");
        let (other_key, other_signature) = signed(b"message");
        let verifier = known.of(&key);
        let verify = |verifier: &RememberingVerifier<'_>, key, message: &[u8], signature: &[u8]| {
            verifier.verify(Algorithm::Es256, key, message, signature)
        };
        let mut changed = signature;
        changed[63] ^= 1;
        for _ in 0..2 {
            assert_eq!(verify(&verifier, &key, b"message", &signature), Ok(()));
            for refused in [
                verify(&verifier, &key, b"massage", &signature),
                verify(&verifier, &key, b"message", &changed),
                verify(&verifier, &key, b"message", &other_signature),
                verify(&verifier, &other_key, b"message", &signature),
                verify(&known.of(&other_key), &other_key, b"message", &signature),
            ] {
                assert_eq!(refused, Err(SignatureError::Invalid));
            }
            assert!(verify(&verifier, &key, b"message", &signature[..63]).is_err());
        }
    }

    #[test]
    fn good_signatures_of_one_key_are_remembered_and_no_others() {
        let known = KnownSignatures::new(10);
        let (key, signature) = signed(b"message");
        let (other_key, other_signature) = signed(b"message");
        let verifier = known.of(&key);
        for (key, signature) in [(&key, &signature), (&other_key, &other_signature)] {
            let found = verifier.verify(Algorithm::Es256, key, b"message", signature);
            assert_eq!(found, Ok(()));
        }
        let wrong = verifier.verify(Algorithm::Es256, &key, b"massage", &signature);
        assert_eq!(wrong, Err(SignatureError::Invalid));
        known.0.run_pending_tasks();
        assert_eq!(known.0.entry_count(), 1);
    }
}
