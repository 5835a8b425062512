//! Message encryption for Web Push (RFC 8291): `aes128gcm` (RFC 8188) in one record, under a key that sender and browser agree on.

use aes_gcm::Aes128Gcm;
use aes_gcm::aead::{Aead, KeyInit};
use hkdf::Hkdf;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use sha2::Sha256;
use zeroize::Zeroizing;

/// Octets of a record: every push service takes a body of 4096 (RFC 8030 section 7.2).
const RECORD: u32 = 4096;
/// Salt, record size, length of the key and the key: the header of RFC 8188 section 2.1.
const HEADER: usize = 16 + 4 + 1 + 65;
/// The longest plaintext with its padding: a body less header, delimiter and authentication tag.
const PLAINTEXT_LIMIT: usize = RECORD as usize - HEADER - 1 - 16;

/// Why nothing was encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptError {
    /// The subscription's key is not a point, or its secret not 16 bytes.
    #[error("the subscription has no usable key")]
    Subscription,
    /// The scalar is zero or not below the order of the group: draw again.
    #[error("the scalar is not a private key")]
    Scalar,
    /// The body would be longer than every push service takes.
    #[error("the message is too long")]
    TooLong,
}

/// What a browser gave when it subscribed.
pub struct Subscription {
    key: p256::PublicKey,
    point: Vec<u8>,
    auth: Zeroizing<[u8; 16]>,
}

impl Subscription {
    /// From `p256dh` and `auth`, decoded.
    ///
    /// # Errors
    /// [`EncryptError::Subscription`].
    pub fn new(p256dh: &[u8], auth: &[u8]) -> Result<Self, EncryptError> {
        let key = p256::PublicKey::from_sec1_bytes(p256dh).map_err(|_| EncryptError::Subscription)?;
        let auth: [u8; 16] = auth.try_into().map_err(|_| EncryptError::Subscription)?;
        let point = key.to_sec1_point(false).as_bytes().to_vec();
        Ok(Self {
            key,
            point,
            auth: Zeroizing::new(auth),
        })
    }
}

/// The random input of one message. It must never be used twice.
pub struct Randomness {
    /// The sender's ephemeral private key, big-endian.
    pub scalar: Zeroizing<[u8; 32]>,
    /// The salt.
    pub salt: [u8; 16],
}

/// Encrypts for a browser; `padding` zeros follow the plaintext's delimiter.
///
/// # Errors
/// [`EncryptError::Scalar`], [`EncryptError::TooLong`].
pub fn encrypt(
    subscription: &Subscription,
    plaintext: &[u8],
    padding: usize,
    randomness: &Randomness,
) -> Result<Vec<u8>, EncryptError> {
    let room = PLAINTEXT_LIMIT
        .checked_sub(plaintext.len())
        .ok_or(EncryptError::TooLong)?;
    let secret = p256::SecretKey::from_slice(&*randomness.scalar).map_err(|_| EncryptError::Scalar)?;
    let public = secret.public_key().to_sec1_point(false);
    let shared = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), subscription.key.as_affine());
    let (key, nonce) = keys(
        subscription,
        public.as_bytes(),
        shared.raw_secret_bytes(),
        &randomness.salt,
    )
    .ok_or(EncryptError::TooLong)?;
    let mut record = Zeroizing::new(plaintext.to_vec());
    // RFC 8188 section 2: the delimiter of the last record.
    record.push(2);
    let padded = record.len() + padding.min(room);
    record.resize(padded, 0);
    let cipher = Aes128Gcm::new_from_slice(&*key).map_err(|_| EncryptError::TooLong)?;
    let sealed = cipher
        .encrypt(&nonce.into(), record.as_slice())
        .map_err(|_| EncryptError::TooLong)?;
    let mut body = Vec::with_capacity(HEADER + sealed.len());
    body.extend_from_slice(&randomness.salt);
    body.extend_from_slice(&RECORD.to_be_bytes());
    body.push(65);
    body.extend_from_slice(public.as_bytes());
    body.extend_from_slice(&sealed);
    Ok(body)
}

/// RFC 8291 section 3.4: the content encryption key and the nonce.
fn keys(
    subscription: &Subscription,
    sender: &[u8],
    shared: &[u8],
    salt: &[u8; 16],
) -> Option<(Zeroizing<[u8; 16]>, [u8; 12])> {
    let mut agreed = Zeroizing::new([0; 32]);
    let info = [b"WebPush: info\0".as_slice(), &subscription.point, sender].concat();
    Hkdf::<Sha256>::new(Some(&*subscription.auth), shared)
        .expand(&info, &mut *agreed)
        .ok()?;
    let hkdf = Hkdf::<Sha256>::new(Some(salt), &*agreed);
    let (mut key, mut nonce) = (Zeroizing::new([0; 16]), [0; 12]);
    hkdf.expand(b"Content-Encoding: aes128gcm\0", &mut *key).ok()?;
    hkdf.expand(b"Content-Encoding: nonce\0", &mut nonce).ok()?;
    Some((key, nonce))
}

#[cfg(test)]
mod tests {
    use idp_types::encoding::{base64url, from_base64url};

    use super::*;

    /// RFC 8291 appendix A.
    #[test]
    fn rfc8291_appendix_a() {
        let bytes = |text: &str| from_base64url(text).unwrap();
        let receiver =
            bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let subscription = Subscription::new(&receiver, &bytes("BTBZMqHH6r4Tts7J_aSIgg")).unwrap();
        let scalar: [u8; 32] = bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
            .try_into()
            .unwrap();
        let randomness = Randomness {
            scalar: Zeroizing::new(scalar),
            salt: bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap(),
        };
        let plaintext = b"When I grow up, I want to be a watermelon";
        let body = encrypt(&subscription, plaintext, 0, &randomness).unwrap();
        assert_eq!(
            base64url(&body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn no_body_is_longer_than_every_push_service_takes() {
        let subscription = Subscription::new(
            p256::SecretKey::from_slice(&[7; 32])
                .unwrap()
                .public_key()
                .to_sec1_point(false)
                .as_bytes(),
            &[1; 16],
        );
        let subscription = subscription.unwrap();
        let randomness = Randomness {
            scalar: Zeroizing::new([9; 32]),
            salt: [3; 16],
        };
        let length = |plaintext: usize, padding: usize| {
            encrypt(&subscription, &vec![b'a'; plaintext], padding, &randomness).map(|body| body.len())
        };
        assert_eq!(length(PLAINTEXT_LIMIT, 0), Ok(4096));
        assert_eq!(length(PLAINTEXT_LIMIT - 1, 4000), Ok(4096));
        assert_eq!(length(PLAINTEXT_LIMIT + 1, 0), Err(EncryptError::TooLong));
        let zero = Randomness {
            scalar: Zeroizing::new([0; 32]),
            salt: [3; 16],
        };
        assert_eq!(encrypt(&subscription, b"a", 0, &zero), Err(EncryptError::Scalar));
    }
}
