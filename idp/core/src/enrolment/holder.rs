//! The holder: everything the server knows of a tokenId. No identity attribute is among it (profile 1).

use std::collections::BTreeSet;
use std::fmt;

use idp_types::{DeviceId, Fingerprint, ServiceId, Timestamp, TokenId, TrustLevel};
use serde::{Deserialize, Serialize};

/// Devices that one tokenId may have at the most (profile 2).
pub const DEVICE_LIMIT: usize = 5;

/// Consecutive wrong codes under valid signatures that lock a device until a fresh admission (profile 4.3).
pub const FAILURE_LIMIT: u16 = 100;

/// A P-256 public key as uncompressed SEC1, 65 bytes. Validated where it entered; the core compares and hands it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeviceKey(pub [u8; 65]);

impl Serialize for DeviceKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&idp_types::encoding::base64url(&self.0))
    }
}

impl<'de> Deserialize<'de> for DeviceKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = idp_types::encoding::from_base64url(&text).and_then(|bytes| bytes.try_into().ok());
        bytes
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("not an uncompressed P-256 key"))
    }
}

/// Where a push for the device goes. Addresses are bearer values: Debug does not show them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum PushAddress {
    /// The device asks by itself (`GET /auth/pending`).
    None,
    /// Firebase Cloud Messaging registration token.
    Fcm {
        /// The registration token.
        token: String,
    },
    /// Apple Push Notification service device token.
    Apns {
        /// The device token, hexadecimal.
        token: String,
    },
    /// Web Push or UnifiedPush (RFC 8030, RFC 8291).
    Webpush {
        /// The push resource.
        endpoint: String,
        /// The subscription's P-256 key, base64url.
        p256dh: String,
        /// The subscription's authentication secret, base64url.
        auth: String,
    },
}

impl fmt::Debug for PushAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "PushAddress::None",
            Self::Fcm { .. } => "PushAddress::Fcm(..)",
            Self::Apns { .. } => "PushAddress::Apns(..)",
            Self::Webpush { .. } => "PushAddress::Webpush(..)",
        })
    }
}

/// What the server keeps of the seal that a device enrolled with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealFacts {
    /// The seal's digest.
    pub fingerprint: Fingerprint,
    /// Six hexadecimal characters.
    pub manifest: String,
    /// The scheme operator that governs the issuing CA.
    pub scheme_operator: String,
    /// How the seal was issued.
    pub trust_level: TrustLevel,
    /// The seal is not valid from this moment on.
    pub expires_at: Timestamp,
}

/// Why an enrolment was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationReason {
    /// The phone is lost.
    LostDevice,
    /// The key or the seal is in wrong hands.
    Compromised,
    /// The document expired.
    ExpiredDocument,
    /// The person asked for it.
    UserRequest,
    /// The seal stands on a revocation list.
    RevokedSeal,
}

/// A revocation; it is final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// Why.
    pub reason: RevocationReason,
    /// When.
    pub at: Timestamp,
}

/// Where the device keeps its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyProtection {
    /// Attested secure hardware.
    Hardware,
    /// Not attested.
    Software,
}

/// Which form of the signed approval the device uses (profile 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignedMessage {
    /// `sessionId|otp|timestamp|grantedScopes`, as the seeds have it.
    V1,
    /// `idt-approve-v2`, length-prefixed and bound to issuer, holder, service and presentation.
    V2,
}

/// One enrolled device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The name it gave itself.
    pub device_id: DeviceId,
    /// Its public key.
    pub key: DeviceKey,
    /// Where its key lives.
    pub key_protection: KeyProtection,
    /// Whether the policy of its attested app vouches for face verification.
    pub face_vouched: bool,
    /// The form of its approvals.
    pub signed_message: SignedMessage,
    /// Where its pushes go.
    pub push: PushAddress,
    /// Encrypts every push body, if the device gave a key (profile 2).
    pub push_encryption_key: Option<DeviceKey>,
    /// The seal it enrolled with.
    pub seal: SealFacts,
    /// Consecutive wrong codes under its valid signature.
    pub failures: u16,
    /// Whether and why it was revoked.
    pub revoked: Option<Revocation>,
    /// When it enrolled.
    pub enrolled_at: Timestamp,
}

impl Device {
    /// Whether the device may approve anything at `now`.
    pub fn standing(&self, now: Timestamp) -> DeviceStanding {
        if self.revoked.is_some() {
            DeviceStanding::Revoked
        } else if self.seal.expires_at <= now {
            DeviceStanding::SealExpired
        } else if self.failures >= FAILURE_LIMIT {
            DeviceStanding::Locked
        } else {
            DeviceStanding::Active
        }
    }
}

/// What a device may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceStanding {
    /// Everything.
    Active,
    /// Nothing: revoked.
    Revoked,
    /// Nothing: the seal expired.
    SealExpired,
    /// Nothing until a fresh admission: too many wrong codes.
    Locked,
}

/// A tokenId with its devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The seal's identifier.
    pub token_id: TokenId,
    /// The first tokenId of the chain: every subject that a relying party sees is derived from it (profile 11).
    pub first_token_id: TokenId,
    /// The tokenId that replaced this one.
    pub superseded_by: Option<TokenId>,
    /// Set when the whole tokenId was revoked; it never enrols again.
    pub revoked: Option<Revocation>,
    /// Its devices, the revoked ones included.
    pub devices: Vec<Device>,
    /// The services that the person trusts.
    pub trusted_services: BTreeSet<ServiceId>,
    /// When it was first enrolled.
    pub created_at: Timestamp,
    /// When anything of it last changed.
    pub updated_at: Timestamp,
}

impl Holder {
    /// The device of this name.
    pub fn device(&self, device_id: &DeviceId) -> Option<&Device> {
        self.devices.iter().find(|device| device.device_id == *device_id)
    }

    /// The devices that may approve at `now`; none when the tokenId is revoked or superseded.
    pub fn active_devices(&self, now: Timestamp) -> impl Iterator<Item = &Device> {
        let alive = self.revoked.is_none() && self.superseded_by.is_none();
        self.devices
            .iter()
            .filter(move |device| alive && device.standing(now) == DeviceStanding::Active)
    }

    /// Whether anything can be approved by this holder at `now`.
    pub fn is_reachable(&self, now: Timestamp) -> bool {
        self.active_devices(now).next().is_some()
    }
}
