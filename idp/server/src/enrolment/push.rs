//! Where pushes go, as a phone writes it (profile 2), checked before the server ever sends anything there.

use idp_core::enrolment::{DeviceKey, PushAddress};
use idp_jose::{EcPublicKey, Jwk, PublicKey};
use idp_types::encoding::from_base64url;
use serde::Deserialize;

use crate::config::WebPushConfig;
use crate::problem::{Code, Problem};
use crate::push::push_resource;

/// The longest push token or address, in bytes.
const ADDRESS_LIMIT: usize = 4096;

/// APNs device tokens are 32 bytes today, and Apple says not to count on it.
const APNS_LENGTHS: std::ops::RangeInclusive<usize> = 32..=256;

/// A push address with the key that encrypts what is sent there.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PushRequest {
    /// Where.
    #[serde(flatten)]
    address: PushForm,
    /// Public P-256 JWK with `use` `enc`: every push body becomes a JWE that only the device reads.
    #[schema(value_type = Option<Object>)]
    encryption_key: Option<serde_json::Value>,
}

/// A push address by its kind.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
enum PushForm {
    /// No push: the device asks by itself.
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
    /// Web Push (RFC 8030).
    Webpush {
        /// The push resource.
        endpoint: String,
        /// The subscription's P-256 key, base64url.
        p256dh: String,
        /// The subscription's secret, base64url.
        auth: String,
    },
}

/// A checked push address.
pub(super) struct PushTarget {
    pub(super) address: PushAddress,
    pub(super) key: Option<DeviceKey>,
}

impl PushTarget {
    /// From the two members that a request may have; `fcmToken` is short for the first kind, and neither means no push.
    pub(super) fn of(
        request: (Option<&PushRequest>, Option<&str>),
        services: &WebPushConfig,
    ) -> Result<Self, Problem> {
        let checked = match request {
            (None, None) => Some(Self {
                address: PushAddress::None,
                key: None,
            }),
            (None, Some(token)) => fcm(token).map(|address| Self { address, key: None }),
            (Some(push), None) => Self::checked(push, services),
            (Some(_), Some(_)) => None,
        };
        checked.ok_or_else(|| Code::PushLimit.into())
    }

    fn checked(push: &PushRequest, services: &WebPushConfig) -> Option<Self> {
        let address = match &push.address {
            PushForm::None => PushAddress::None,
            PushForm::Fcm { token } => fcm(token)?,
            PushForm::Apns { token } => apns(token)?,
            PushForm::Webpush {
                endpoint,
                p256dh,
                auth,
            } => webpush(push_resource(endpoint, services)?, p256dh, auth)?,
        };
        let key = match &push.encryption_key {
            Some(jwk) => Some(encryption_key(jwk)?),
            None => None,
        };
        Some(Self { address, key })
    }
}

/// Registration tokens are opaque; these characters are all that were ever seen in one.
fn fcm(token: &str) -> Option<PushAddress> {
    let readable = token
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte));
    let fits = (1..=ADDRESS_LIMIT).contains(&token.len());
    (readable && fits).then(|| PushAddress::Fcm {
        token: token.to_owned(),
    })
}

/// The token stands in a path of the provider's interface, so nothing but hexadecimal may pass.
fn apns(token: &str) -> Option<PushAddress> {
    let hexadecimal = token.bytes().all(|byte| byte.is_ascii_hexdigit());
    let fits = APNS_LENGTHS.contains(&token.len()) && token.len().is_multiple_of(2);
    (hexadecimal && fits).then(|| PushAddress::Apns {
        token: token.to_ascii_lowercase(),
    })
}

fn webpush(endpoint: String, p256dh: &str, auth: &str) -> Option<PushAddress> {
    let key = from_base64url(p256dh)?;
    EcPublicKey::from_sec1(&key).ok()?;
    // RFC 8291 section 3.2: sixteen bytes.
    if from_base64url(auth)?.len() != 16 {
        return None;
    }
    Some(PushAddress::Webpush {
        endpoint,
        p256dh: p256dh.to_owned(),
        auth: auth.to_owned(),
    })
}

fn encryption_key(jwk: &serde_json::Value) -> Option<DeviceKey> {
    let jwk = Jwk::from_value(jwk).ok()?;
    match jwk.key {
        PublicKey::P256(key) if jwk.use_.as_deref() == Some("enc") => Some(DeviceKey(*key.to_sec1())),
        _ => None,
    }
}

pub(super) fn fuzz(data: &[u8]) {
    let services = WebPushConfig::default();
    if let Ok(request) = serde_json::from_slice::<PushRequest>(data) {
        let _ = PushTarget::of((Some(&request), None), &services);
    }
    let text = String::from_utf8_lossy(data);
    let _ = PushTarget::of((None, Some(&text)), &services);
    let _ = push_resource(&text, &services);
}

#[cfg(test)]
mod tests {
    use idp_types::encoding::base64url;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::keys::SoftwareSigner;

    fn key() -> EcPublicKey {
        SoftwareSigner::from_pkcs8(&SoftwareSigner::generate().unwrap())
            .unwrap()
            .ec_public_key()
            .clone()
    }

    fn target(json: serde_json::Value) -> Option<PushTarget> {
        let request: PushRequest = serde_json::from_value(json).ok()?;
        PushTarget::of((Some(&request), None), &WebPushConfig::default()).ok()
    }

    #[test]
    fn each_kind_is_read_with_its_key() {
        let jwk = |usage: &str| {
            Jwk {
                use_: Some(usage.into()),
                ..Jwk::new(key())
            }
            .to_value()
        };
        let found = target(json!({"type": "fcm", "token": "a-b:c_d", "encryptionKey": jwk("enc")})).unwrap();
        assert!(found.key.is_some() && matches!(found.address, PushAddress::Fcm { .. }));
        assert!(target(json!({"type": "fcm", "token": "a", "encryptionKey": jwk("sig")})).is_none());
        assert!(target(json!({"type": "fcm", "token": "a b"})).is_none());
        assert!(target(json!({"type": "apns", "token": "AB".repeat(32)})).is_some());
        assert!(target(json!({"type": "apns", "token": "../..".repeat(8)})).is_none());
        assert!(target(json!({"type": "none"})).unwrap().address == PushAddress::None);
        let web = |p256dh: String, auth: String| {
            let endpoint = "https://fcm.googleapis.com/x";
            target(json!({"type": "webpush", "endpoint": endpoint, "p256dh": p256dh, "auth": auth}))
        };
        let subscription = base64url(key().to_sec1());
        assert!(web(subscription.clone(), base64url(&[1; 16])).is_some());
        assert!(web(subscription, base64url(&[1; 15])).is_none());
        assert!(web(base64url(&[4; 65]), base64url(&[1; 16])).is_none());
    }

    #[test]
    fn two_addresses_at_once_are_refused() {
        let request: PushRequest = serde_json::from_value(json!({"type": "none"})).unwrap();
        let services = WebPushConfig::default();
        assert!(PushTarget::of((Some(&request), Some("token")), &services).is_err());
        assert!(PushTarget::of((None, Some(&"a".repeat(ADDRESS_LIMIT + 1))), &services).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(data: Vec<u8>, text in "(https://)?\\PC{0,80}") {
            fuzz(&data);
            fuzz(text.as_bytes());
        }
    }
}
