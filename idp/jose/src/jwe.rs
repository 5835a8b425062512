//! JSON Web Encryption, compact serialisation, ECDH-ES in direct key agreement with AES-GCM (RFC 7516, RFC 7518
//! sections 4.6 and 5.3), on P-256.
//!
//! Every other way of managing keys is left out on purpose: RSA1_5 and PBES2 are the known ways to go wrong
//! (RFC 8725 sections 2.3 and 3.2), and compression before encryption leaks (section 3.6).

mod agreement;
mod header;

use std::fmt;

use crate::base64::BASE64URL_NOPAD;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use zeroize::Zeroizing;

pub use agreement::EcdhSecretKey;
pub use header::{ContentEncryption, JweHeader};

use crate::json::JsonError;
use crate::key::{EcPublicKey, KeyError};

const IV_LENGTH: usize = 12;
const TAG_LENGTH: usize = 16;

/// Why a JWE was refused or could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JweError {
    /// Longer than the caller allows.
    #[error("longer than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Not five parts, or the second is not empty as direct key agreement requires (RFC 7518 section 4.6).
    #[error("not a compact JWE with direct key agreement")]
    Shape,
    /// A part is not canonical base64url without padding.
    #[error("a part is not canonical base64url")]
    Base64,
    /// The header is not acceptable JSON.
    #[error("the header is not acceptable JSON")]
    HeaderJson(#[source] JsonError),
    /// A header member is missing or of the wrong type.
    #[error("header member `{0}` is missing or of the wrong type")]
    HeaderMember(&'static str),
    /// Another `alg` or `enc` than those of this module.
    #[error("the algorithm is not accepted")]
    Algorithm,
    /// `crit` is there; no critical extension is understood.
    #[error("a critical header extension is not understood")]
    Critical,
    /// `zip` is there.
    #[error("compressed content is not accepted")]
    Compressed,
    /// The sender's ephemeral key was refused.
    #[error("the ephemeral key was refused")]
    EphemeralKey(#[source] KeyError),
    /// The secret scalar is zero or not below the group order. For random bytes this happens once in 2^32 draws: draw
    /// again.
    #[error("the secret scalar is out of range")]
    SecretScalar,
    /// Wrong key, or changed on the way. Which one is not told.
    #[error("not decrypted")]
    Decryption,
}

/// The random input of one encryption. It must never be used twice.
pub struct EncryptionRandomness {
    /// The ephemeral secret scalar.
    pub scalar: Zeroizing<[u8; 32]>,
    /// The initialisation vector.
    pub iv: [u8; IV_LENGTH],
}

impl fmt::Debug for EncryptionRandomness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EncryptionRandomness(..)")
    }
}

/// Encrypts `plaintext` to `recipient`.
///
/// # Errors
/// [`JweError::SecretScalar`] when the ephemeral scalar is out of range: draw again.
pub fn encrypt(
    recipient: &EcPublicKey,
    header: &JweHeader,
    plaintext: &[u8],
    randomness: EncryptionRandomness,
) -> Result<String, JweError> {
    let EncryptionRandomness { scalar, iv } = randomness;
    let ephemeral = EcdhSecretKey::from_scalar(&scalar)?;
    let key = agreement::content_key(&ephemeral, recipient, header)?;
    let mut text = BASE64URL_NOPAD.encode(header.to_value(ephemeral.public_key()).to_string().as_bytes());
    let payload = Payload {
        msg: plaintext,
        aad: text.as_bytes(),
    };
    let sealed = match header.enc {
        ContentEncryption::A128Gcm => seal::<Aes128Gcm>(&key, &iv, payload),
        ContentEncryption::A256Gcm => seal::<Aes256Gcm>(&key, &iv, payload),
    }?;
    let (ciphertext, tag) = sealed.split_at(sealed.len().saturating_sub(TAG_LENGTH));
    text.push_str("..");
    BASE64URL_NOPAD.encode_append(&iv, &mut text);
    for part in [ciphertext, tag] {
        text.push('.');
        BASE64URL_NOPAD.encode_append(part, &mut text);
    }
    Ok(text)
}

/// What was decrypted.
pub struct Decrypted {
    /// The header, which the encryption protects but which proves nothing about the sender.
    pub header: JweHeader,
    /// The content.
    pub plaintext: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Decrypted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Decrypted")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

/// Decrypts a compact JWE of at most `limit` bytes.
///
/// # Errors
/// [`JweError`] for every deviation; [`JweError::Decryption`] without telling why.
pub fn decrypt(compact: &str, secret: &EcdhSecretKey, limit: usize) -> Result<Decrypted, JweError> {
    let parsed = Parsed::parse(compact, limit)?;
    let key = agreement::content_key(secret, &parsed.ephemeral, &parsed.header)?;
    let payload = Payload {
        msg: &parsed.sealed,
        aad: parsed.protected.as_bytes(),
    };
    let plaintext = match parsed.header.enc {
        ContentEncryption::A128Gcm => open::<Aes128Gcm>(&key, &parsed.iv, payload),
        ContentEncryption::A256Gcm => open::<Aes256Gcm>(&key, &parsed.iv, payload),
    }?;
    Ok(Decrypted {
        header: parsed.header,
        plaintext: Zeroizing::new(plaintext),
    })
}

/// A compact JWE that was read and not decrypted.
pub(crate) struct Parsed<'a> {
    protected: &'a str,
    header: JweHeader,
    ephemeral: EcPublicKey,
    iv: [u8; IV_LENGTH],
    /// Ciphertext and tag, in this order.
    sealed: Vec<u8>,
}

impl<'a> Parsed<'a> {
    pub(crate) fn parse(compact: &'a str, limit: usize) -> Result<Self, JweError> {
        if compact.len() > limit {
            return Err(JweError::TooLarge { limit });
        }
        let mut parts = compact.splitn(6, '.');
        let (Some(protected), Some(""), Some(iv), Some(ciphertext), Some(tag), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(JweError::Shape);
        };
        let (header, ephemeral) = JweHeader::parse(&decode(protected)?)?;
        let iv = decode(iv)?.try_into().map_err(|_| JweError::Shape)?;
        let (mut sealed, tag) = (decode(ciphertext)?, decode(tag)?);
        if tag.len() != TAG_LENGTH {
            return Err(JweError::Shape);
        }
        sealed.extend(tag);
        Ok(Self {
            protected,
            header,
            ephemeral,
            iv,
            sealed,
        })
    }
}

fn decode(part: &str) -> Result<Vec<u8>, JweError> {
    BASE64URL_NOPAD
        .decode(part.as_bytes())
        .map_err(|_| JweError::Base64)
}

fn seal<C: Aead + KeyInit>(key: &[u8], iv: &[u8], payload: Payload<'_, '_>) -> Result<Vec<u8>, JweError> {
    let cipher = C::new_from_slice(key).map_err(|_| JweError::Algorithm)?;
    let nonce = iv.try_into().map_err(|_| JweError::Shape)?;
    cipher.encrypt(nonce, payload).map_err(|_| JweError::Decryption)
}

fn open<C: Aead + KeyInit>(key: &[u8], iv: &[u8], payload: Payload<'_, '_>) -> Result<Vec<u8>, JweError> {
    let cipher = C::new_from_slice(key).map_err(|_| JweError::Algorithm)?;
    let nonce = iv.try_into().map_err(|_| JweError::Shape)?;
    cipher.decrypt(nonce, payload).map_err(|_| JweError::Decryption)
}

#[cfg(test)]
mod tests;
