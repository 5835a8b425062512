//! Pushes (profile 4): where they go, and what one says. Its body is strings only, and a JWE when the device gave a key, so that
//! no vendor reads along.

use std::fmt;

use idp_jose::jwe::{self, EcdhSecretKey, JweError};
use idp_jose::{EcPublicKey, Jwk};
use idp_types::{Scope, ScopeSet, ServiceId, SessionId, Timestamp};
use p256::SecretKey;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::answer::{self, AnswerError};
use crate::approval::Code;
use crate::key::{self, KeyError};
use crate::text::{DisplayText, ImageAddress};

/// The largest push: a body of 4 KiB as a compact JWE, with its header.
pub const PUSH_LIMIT: usize = 8 * 1024;

/// The device's key for pushes. Another one than the signing key, because no key serves two purposes (profile 5).
pub struct EncryptionKey {
    secret: SecretKey,
    agreement: EcdhSecretKey,
}

impl EncryptionKey {
    /// From 32 bytes of the system's randomness.
    ///
    /// # Errors
    /// [`KeyError::OutOfRange`]: draw again.
    pub fn from_random(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        Self::of(key::scalar(bytes)?)
    }

    /// Reads PKCS#8 PEM of at most 1 KiB.
    ///
    /// # Errors
    /// [`KeyError::Pem`] for anything but one P-256 key.
    pub fn from_pkcs8_pem(text: &str) -> Result<Self, KeyError> {
        Self::of(key::read_pem(text)?)
    }

    /// PKCS#8 PEM, for a file that only its owner may read.
    ///
    /// # Errors
    /// [`KeyError::Pem`] when the key cannot be encoded.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        key::write_pem(&self.secret)
    }

    /// The public half, for [`PushRegistration`].
    pub const fn public_key(&self) -> &EcPublicKey {
        self.agreement.public_key()
    }

    fn of(secret: SecretKey) -> Result<Self, KeyError> {
        let scalar: Zeroizing<[u8; 32]> = Zeroizing::new(secret.to_bytes().into());
        let agreement = EcdhSecretKey::from_scalar(&scalar).map_err(|_| KeyError::OutOfRange)?;
        Ok(Self { secret, agreement })
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptionKey")
            .field("public", self.public_key())
            .finish_non_exhaustive()
    }
}

/// How pushes reach the device (profile 2). Addresses are bearer values, so `Debug` does not show them.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PushChannel {
    /// The device asks by itself (`GET /auth/pending`).
    None,
    /// Firebase Cloud Messaging.
    Fcm {
        /// The registration token.
        token: String,
    },
    /// Apple Push Notification service.
    Apns {
        /// The device token, hexadecimal.
        token: String,
    },
    /// Web Push (RFC 8030, RFC 8291).
    WebPush {
        /// The push resource.
        endpoint: String,
        /// The subscription's P-256 key, base64url.
        p256dh: String,
        /// The subscription's authentication secret, base64url.
        auth: String,
    },
}

impl fmt::Debug for PushChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "PushChannel::None",
            Self::Fcm { .. } => "PushChannel::Fcm(..)",
            Self::Apns { .. } => "PushChannel::Apns(..)",
            Self::WebPush { .. } => "PushChannel::WebPush(..)",
        })
    }
}

/// `push` of an enrolment and of `PUT /enroll/push`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushRegistration {
    /// How pushes reach the device.
    pub channel: PushChannel,
    /// The key that bodies are encrypted to.
    pub encryption_key: Option<EcPublicKey>,
}

impl PushRegistration {
    /// The JSON form.
    pub fn to_value(&self) -> Value {
        let mut value = match &self.channel {
            PushChannel::None => json!({"type": "none"}),
            PushChannel::Fcm { token } => json!({"type": "fcm", "token": token}),
            PushChannel::Apns { token } => json!({"type": "apns", "token": token}),
            PushChannel::WebPush {
                endpoint,
                p256dh,
                auth,
            } => {
                json!({"type": "webpush", "endpoint": endpoint, "p256dh": p256dh, "auth": auth})
            }
        };
        if let (Some(key), Some(members)) = (&self.encryption_key, value.as_object_mut()) {
            let mut jwk = Jwk::new(key.clone());
            jwk.use_ = Some("enc".to_owned());
            members.insert("encryptionKey".to_owned(), jwk.to_value());
        }
        value
    }
}

/// Why a push cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// Not encrypted to this device, or altered.
    #[error("the push cannot be decrypted: {0}")]
    Jwe(#[from] JweError),
    /// Not what the profile describes.
    #[error(transparent)]
    Body(#[from] AnswerError),
}

/// A request that waits, as a push tells it. Anyone who knows the device's address can send one, so it is a reason to look at
/// `GET /auth/pending` and never the request itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushMessage {
    /// The session.
    pub session_id: SessionId,
    /// Who asks.
    pub service_id: ServiceId,
    /// Its name.
    pub service_name: DisplayText,
    /// Its logo, where there is a usable one.
    pub service_logo: Option<ImageAddress>,
    /// Whether the server vouches for the service.
    pub service_verified: bool,
    /// What is asked for.
    pub scopes: ScopeSet,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The code, in mode `compare` alone.
    pub code: Option<Code>,
}

impl PushMessage {
    /// Decrypts a compact JWE of at most [`PUSH_LIMIT`] bytes.
    ///
    /// # Errors
    /// [`PushError`] when it is not for this device or says something else.
    pub fn decrypt(compact: &str, key: &EncryptionKey) -> Result<Self, PushError> {
        let decrypted = jwe::decrypt(compact, &key.agreement, PUSH_LIMIT)?;
        Ok(Self::parse(&decrypted.plaintext)?)
    }

    /// Reads a body that was not encrypted.
    ///
    /// # Errors
    /// [`AnswerError`] when it is not what the profile describes.
    pub fn parse(body: &[u8]) -> Result<Self, AnswerError> {
        let wire: Wire = answer::read(body)?;
        let shape = |path: &str| AnswerError::Shape {
            path: path.to_owned(),
        };
        if wire.kind != "auth_request" {
            return Err(shape("type"));
        }
        let scopes: Result<Vec<Scope>, _> = wire.scopes.split_ascii_whitespace().map(str::parse).collect();
        Ok(Self {
            session_id: wire.session_id,
            service_id: wire.service_id,
            service_name: wire.service_name,
            service_logo: wire.service_logo.and_then(|text| ImageAddress::parse(text).ok()),
            service_verified: wire.service_verified == "true",
            scopes: ScopeSet::expanding(scopes.map_err(|_| shape("scopes"))?),
            expires_at: wire.expires_at,
            code: wire.otp,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(rename = "type")]
    kind: String,
    session_id: SessionId,
    service_id: ServiceId,
    service_name: DisplayText,
    service_logo: Option<String>,
    service_verified: String,
    scopes: String,
    expires_at: Timestamp,
    otp: Option<Code>,
}

#[cfg(test)]
mod tests {
    use idp_jose::jwe::{ContentEncryption, EncryptionRandomness, JweHeader};

    use super::*;

    const BODY: &str = r#"{"type":"auth_request","sessionId":"sess_a","serviceId":"bar","serviceName":"Bar","serviceLogo":"",
        "serviceVerified":"true","scopes":"identity:name identity:age_over_18","expiresAt":"2026-11-20T12:01:00Z","otp":"590012"}"#;

    fn key() -> EncryptionKey {
        EncryptionKey::from_random(&[9; 32]).unwrap()
    }

    fn encrypted(to: &EncryptionKey) -> String {
        let randomness = EncryptionRandomness {
            scalar: Zeroizing::new([5; 32]),
            iv: [6; 12],
        };
        let header = JweHeader::new(ContentEncryption::A256Gcm);
        jwe::encrypt(to.public_key(), &header, BODY.as_bytes(), randomness).unwrap()
    }

    #[test]
    fn an_encrypted_push_is_read_by_its_device_alone() {
        let message = PushMessage::decrypt(&encrypted(&key()), &key()).unwrap();
        assert_eq!(message, PushMessage::parse(BODY.as_bytes()).unwrap());
        assert_eq!(message.code, Code::parse("590012").ok());
        assert_eq!(message.service_logo, None);
        let other = EncryptionKey::from_random(&[8; 32]).unwrap();
        let refused = PushMessage::decrypt(&encrypted(&key()), &other);
        assert_eq!(refused, Err(PushError::Jwe(JweError::Decryption)));
        let long = "a".repeat(PUSH_LIMIT + 1);
        assert_eq!(
            PushMessage::decrypt(&long, &key()),
            Err(PushError::Jwe(JweError::TooLarge { limit: PUSH_LIMIT }))
        );
    }

    #[test]
    fn other_bodies_are_refused() {
        for (from, to) in [
            ("auth_request", "advert"),
            ("sess_a", "a"),
            ("identity:name", "shoe"),
            ("590012", "59001"),
        ] {
            assert!(
                PushMessage::parse(BODY.replace(from, to).as_bytes()).is_err(),
                "{to}"
            );
        }
    }

    #[test]
    fn a_registration_names_its_key_for_encryption() {
        let registration = PushRegistration {
            channel: PushChannel::Fcm {
                token: "secret-token".into(),
            },
            encryption_key: Some(key().public_key().clone()),
        };
        let value = registration.to_value();
        assert_eq!(
            (&value["type"], &value["token"]),
            (&json!("fcm"), &json!("secret-token"))
        );
        assert_eq!(
            (&value["encryptionKey"]["use"], &value["encryptionKey"]["crv"]),
            (&json!("enc"), &json!("P-256"))
        );
        assert!(!format!("{registration:?}").contains("secret-token"));
        let none = PushRegistration {
            channel: PushChannel::None,
            encryption_key: None,
        };
        assert_eq!(none.to_value(), json!({"type": "none"}));
    }

    #[test]
    fn the_key_reads_back_and_never_prints() {
        let pem = key().to_pkcs8_pem().unwrap();
        assert_eq!(
            EncryptionKey::from_pkcs8_pem(&pem).unwrap().public_key(),
            key().public_key()
        );
        assert!(!format!("{:?}", key()).contains("0909"));
    }
}
