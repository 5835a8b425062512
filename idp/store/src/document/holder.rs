//! The document of a holder.

use std::collections::BTreeSet;

use idp_core::enrolment::{
    Device, DeviceKey, Holder, KeyProtection, PushAddress, Revocation, RevocationReason, SealFacts,
    SignedMessage,
};
use idp_types::{DeviceId, Fingerprint, ServiceId, Timestamp, TokenId, TrustLevel};
use serde::{Deserialize, Serialize};

use super::{DocumentError, millis};

/// The largest document, in bytes.
pub const LIMIT: usize = 256 * 1024;

/// As it is written. The derives hold these to the members of the domain's records.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Holder")]
struct HolderRow {
    token_id: TokenId,
    first_token_id: TokenId,
    superseded_by: Option<TokenId>,
    #[serde(with = "optional_revocation")]
    revoked: Option<Revocation>,
    #[serde(with = "device_list")]
    devices: Vec<Device>,
    trusted_services: BTreeSet<ServiceId>,
    #[serde(with = "millis")]
    created_at: Timestamp,
    #[serde(with = "millis")]
    updated_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Device")]
struct DeviceRow {
    device_id: DeviceId,
    key: DeviceKey,
    key_protection: KeyProtection,
    face_vouched: bool,
    signed_message: SignedMessage,
    push: PushAddress,
    push_encryption_key: Option<DeviceKey>,
    #[serde(with = "SealRow")]
    seal: SealFacts,
    failures: u16,
    #[serde(with = "optional_revocation")]
    revoked: Option<Revocation>,
    #[serde(with = "millis")]
    enrolled_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "SealFacts")]
struct SealRow {
    fingerprint: Fingerprint,
    manifest: String,
    scheme_operator: String,
    trust_level: TrustLevel,
    #[serde(with = "millis")]
    expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Revocation")]
struct RevocationRow {
    reason: RevocationReason,
    #[serde(with = "millis")]
    at: Timestamp,
}

mod optional_revocation {
    use serde::{Deserializer, Serializer};

    use super::{Deserialize, Revocation, RevocationRow, Serialize};

    #[derive(Serialize, Deserialize)]
    struct Row(#[serde(with = "RevocationRow")] Revocation);

    #[expect(clippy::ref_option, reason = "the signature that serde's `with` calls")]
    pub(super) fn serialize<S: Serializer>(
        revocation: &Option<Revocation>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        revocation.map(Row).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Revocation>, D::Error> {
        let row = Option::<Row>::deserialize(deserializer)?;
        Ok(row.map(|row| row.0))
    }
}

mod device_list {
    use serde::{Deserializer, Serializer};

    use super::{Deserialize, Device, DeviceRow, Serialize};

    #[derive(Serialize)]
    struct Written<'a>(#[serde(with = "DeviceRow")] &'a Device);

    #[derive(Deserialize)]
    struct Read(#[serde(with = "DeviceRow")] Device);

    pub(super) fn serialize<S: Serializer>(devices: &[Device], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(devices.iter().map(Written))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Device>, D::Error> {
        let rows = Vec::<Read>::deserialize(deserializer)?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }
}

/// Whether this device of this holder may approve, as far as the record says: seals and locks also look at the clock and the policy.
pub const fn is_active(holder: &Holder, device: &Device) -> bool {
    holder.revoked.is_none() && holder.superseded_by.is_none() && device.revoked.is_none()
}

#[derive(Serialize)]
struct Written<'a>(#[serde(with = "HolderRow")] &'a Holder);

#[derive(Deserialize)]
struct Read(#[serde(with = "HolderRow")] Holder);

/// The document of a holder.
///
/// # Errors
/// [`DocumentError::TooLong`] beyond [`LIMIT`].
pub fn document(holder: &Holder) -> Result<String, DocumentError> {
    super::write(&Written(holder), LIMIT)
}

/// The holder of a document.
///
/// # Errors
/// [`DocumentError`] when it is too long, or no holder's.
pub fn parse(document: &str) -> Result<Holder, DocumentError> {
    super::read::<Read>(document, LIMIT).map(|row| row.0)
}

#[cfg(test)]
mod tests {
    use crate::contract::sample::{self, NOW};

    use super::*;

    #[test]
    fn a_holder_reads_back_to_the_millisecond() {
        let mut holder = sample::holder(&sample::token_id(), &["phone", "tablet"]);
        holder.devices[1].revoked = Some(Revocation {
            reason: RevocationReason::LostDevice,
            at: NOW,
        });
        holder.superseded_by = Some(sample::token_id());
        assert_eq!(parse(&document(&holder).unwrap()).unwrap(), holder);
    }

    #[test]
    fn a_document_beyond_the_limit_is_refused() {
        let mut holder = sample::holder(&sample::token_id(), &["phone"]);
        holder.devices[0].seal.scheme_operator = "x".repeat(LIMIT);
        assert!(matches!(document(&holder), Err(DocumentError::TooLong(_))));
        assert!(matches!(
            parse(&" ".repeat(LIMIT + 1)),
            Err(DocumentError::TooLong(_))
        ));
    }
}
