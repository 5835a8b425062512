//! Web Push (RFC 8030) to browsers and, by UnifiedPush, to phones without a vendor. Every body is encrypted (RFC 8291), every request
//! says who this server is (RFC 8292).

mod encrypt;
mod vapid;

use std::sync::Arc;

use idp_types::Timestamp;
use idp_types::encoding::{base64url, from_base64url};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;
use zeroize::Zeroizing;

pub use encrypt::{EncryptError, Randomness, Subscription, encrypt};

use self::vapid::Vapid;
use crate::exchange::{Exchange, ProviderAnswer, ProviderRequest};
use crate::sender::{Push, PushError};
use crate::token::TokenSigner;

/// Fills with the system's randomness; false if there is none.
pub type Dice = fn(&mut [u8]) -> bool;

/// Plaintexts are padded to a multiple of so many bytes, so that a body's length says little.
const PADDED_TO: usize = 512;

/// What a sender needs.
pub struct WebPushParts {
    /// Calls push services: of the public network alone, without redirects.
    pub exchange: Arc<dyn Exchange>,
    /// Signs with the VAPID key, ES256.
    pub signer: Arc<dyn TokenSigner>,
    /// Whom a push service may write to: `mailto:` or `https:` (RFC 8292 section 2.1).
    pub subject: String,
    /// Where randomness comes from.
    pub dice: Dice,
}

/// Sends to whatever push service a subscription names.
pub struct WebPush {
    exchange: Arc<dyn Exchange>,
    vapid: Vapid,
    dice: Dice,
}

impl WebPush {
    /// A sender.
    pub fn new(parts: WebPushParts) -> Self {
        Self {
            exchange: parts.exchange,
            vapid: Vapid::new(parts.signer, parts.subject),
            dice: parts.dice,
        }
    }

    /// The public key that browsers subscribe with (`applicationServerKey`): an uncompressed point, base64url.
    pub fn application_server_key(&self) -> &str {
        self.vapid.public_key()
    }

    /// Sends to a subscription: endpoint, `p256dh` and `auth`.
    pub(crate) async fn send(
        &self,
        (endpoint, p256dh, auth): (&str, &str, &str),
        push: &Push,
        now: Timestamp,
    ) -> Result<(), PushError> {
        let body = self.body((p256dh, auth), push)?;
        let url = Url::parse(endpoint).map_err(|_| PushError::Refused("address"))?;
        let origin = url.origin().ascii_serialization();
        let request = ProviderRequest {
            url: endpoint.to_owned(),
            headers: vec![
                ("authorization", self.vapid.authorization(&origin, now).await?),
                ("content-encoding", "aes128gcm".to_owned()),
                ("content-type", "application/octet-stream".to_owned()),
                ("ttl", push.lifetime(now).to_string()),
                ("urgency", "high".to_owned()),
                ("topic", topic(push)),
            ],
            body,
        };
        judge(&self.exchange.post(request).await?, now)
    }

    fn body(&self, (p256dh, auth): (&str, &str), push: &Push) -> Result<Vec<u8>, PushError> {
        let subscription = from_base64url(p256dh).zip(from_base64url(auth));
        let subscription = subscription
            .and_then(|(key, auth)| Subscription::new(&key, &auth).ok())
            .ok_or(PushError::Refused("subscription"))?;
        let plaintext = Value::Object(push.message.members()).to_string();
        let padding = PADDED_TO - (plaintext.len() + 1) % PADDED_TO;
        loop {
            let mut randomness = Randomness {
                scalar: Zeroizing::new([0; 32]),
                salt: [0; 16],
            };
            if !(self.dice)(&mut *randomness.scalar) || !(self.dice)(&mut randomness.salt) {
                return Err(PushError::Unavailable {
                    reason: "randomness",
                    retry_after: None,
                });
            }
            match encrypt(&subscription, plaintext.as_bytes(), padding, &randomness) {
                Ok(body) => return Ok(body),
                // Once in 2^32 draws the number is no key: draw again.
                Err(EncryptError::Scalar) => {}
                Err(_) => return Err(PushError::Refused("too_long")),
            }
        }
    }
}

/// RFC 8030 section 5.4: a later message of the same session replaces one that was not delivered.
fn topic(push: &Push) -> String {
    let digest = Sha256::digest(push.session_id.as_str().as_bytes());
    let digest: Vec<u8> = digest.iter().copied().take(24).collect();
    base64url(&digest)
}

/// What came of a message (RFC 8030 sections 5 and 8; RFC 8292 section 4.2).
pub(crate) fn judge(answer: &ProviderAnswer, now: Timestamp) -> Result<(), PushError> {
    Err(match answer.status {
        200..=299 => return Ok(()),
        404 | 410 => PushError::Gone,
        401 | 403 => PushError::Unauthorized("vapid"),
        413 => PushError::Refused("too_long"),
        429 => answer.throttled("too_many", now),
        500..=599 => answer.unavailable("push_service", now),
        300..=399 => PushError::Refused("redirect"),
        _ => PushError::Refused("push_service"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc8030_each_status_means_what_it_says() {
        let meaning = |status| {
            let answer = ProviderAnswer {
                status,
                retry_after: Some("3".to_owned()),
                body: Vec::new(),
            };
            judge(&answer, Timestamp::from_unix_seconds(0))
        };
        for status in [200, 201, 202, 204] {
            assert_eq!(meaning(status), Ok(()));
        }
        assert_eq!(meaning(404), Err(PushError::Gone));
        assert_eq!(meaning(410), Err(PushError::Gone));
        assert_eq!(meaning(307), Err(PushError::Refused("redirect")));
        assert_eq!(meaning(413), Err(PushError::Refused("too_long")));
        assert_eq!(meaning(429).unwrap_err().retry(), Some(3));
        assert_eq!(meaning(503).unwrap_err().retry(), Some(3));
        assert_eq!(meaning(403), Err(PushError::Unauthorized("vapid")));
    }
}
