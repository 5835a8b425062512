//! The proof of possession (profile 2): the new key, and the old one where it is replaced, sign one string.

use idp_core::enrolment::{Device, DeviceKey, enrolment_proof_message};
use idp_jose::ecdsa_signature_to_raw;
use idp_store::Change;
use idp_store::durable::{Consumption, ConsumptionKind};
use idp_types::encoding::from_base64url;
use idp_types::{DeviceId, Fingerprint, Timestamp};
use serde::Deserialize;

use super::challenge::{CHALLENGE_SECONDS, redeem};
use crate::app::App;
use crate::http::verify_device;
use crate::problem::{Code, Problem};

/// The longest signature text: DER of P-256 in base64, with room.
const SIGNATURE_LIMIT: usize = 256;

/// The new key's proof.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Proof {
    /// The challenge of `POST /enroll/challenge`.
    challenge: String,
    /// ECDSA-SHA-256 over `enroll|challenge|lowerhex(seal fingerprint)|deviceId`, DER or raw, any base64.
    signature: String,
}

/// The replaced key's proof over the same string.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PreviousProof {
    /// As in `proof`, under the old key.
    signature: String,
}

/// A string that the new key signed, its challenge taken.
pub(super) struct Proven {
    challenge: String,
    message: Vec<u8>,
    previous: Option<[u8; 64]>,
}

impl Proven {
    /// Verifies the proof and takes its challenge. `None`: no proof was sent, which the policy may forgive.
    pub(super) async fn verify(
        app: &App,
        (proof, previous): (Option<&Proof>, Option<&PreviousProof>),
        (fingerprint, device_id): (Fingerprint, &DeviceId),
        key: &DeviceKey,
    ) -> Result<Option<Self>, Problem> {
        let Some(proof) = proof else {
            return if previous.is_none() {
                Ok(None)
            } else {
                Err(Code::InvalidProof.into())
            };
        };
        let message = enrolment_proof_message(&proof.challenge, fingerprint, device_id);
        let signature = decode_signature(&proof.signature).ok_or(Code::InvalidProof)?;
        let previous = previous
            .map(|proof| decode_signature(&proof.signature).ok_or(Code::InvalidProof))
            .transpose()?;
        // The signature first: who cannot sign does not use up the challenge of somebody who can.
        if !verify_device(key, &message, &signature) || !redeem(app, &proof.challenge).await? {
            return Err(Code::InvalidProof.into());
        }
        Ok(Some(Self {
            challenge: proof.challenge.clone(),
            message,
            previous,
        }))
    }

    /// The challenge that was answered, as octets.
    pub(super) fn challenge(&self) -> Vec<u8> {
        from_base64url(&self.challenge).unwrap_or_default()
    }

    /// The old key, if it signed the same string; a signature that is not the old key's is refused.
    pub(super) fn previous_key(&self, device: Option<&Device>) -> Result<Option<DeviceKey>, Problem> {
        match (self.previous, device) {
            (Some(signature), Some(device)) if verify_device(&device.key, &self.message, &signature) => {
                Ok(Some(device.key))
            }
            (Some(_), Some(_)) => Err(Code::InvalidProof.into()),
            _ => Ok(None),
        }
    }

    /// Uses the challenge up for good: a restored ephemeral store cannot bring it back.
    pub(super) fn consumption(&self, now: Timestamp) -> Change {
        Change::Consume(Consumption {
            kind: ConsumptionKind::EnrolmentChallenge,
            id: self.challenge.clone(),
            expires_at: now.plus_seconds(CHALLENGE_SECONDS),
        })
    }
}

/// DER or raw, in any base64.
fn decode_signature(text: &str) -> Option<[u8; 64]> {
    if text.len() > SIGNATURE_LIMIT {
        return None;
    }
    let standard = text.trim_end_matches('=').replace('-', "+").replace('_', "/");
    let bytes = data_encoding::BASE64_NOPAD.decode(standard.as_bytes()).ok()?;
    ecdsa_signature_to_raw(&bytes).ok()
}

pub(super) fn fuzz(data: &[u8]) {
    let _ = decode_signature(&String::from_utf8_lossy(data));
}

#[cfg(test)]
mod tests {
    use idp_types::encoding::base64url;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn any_base64_is_read() {
        let mut raw = [1_u8; 64];
        raw[0] = 0xFB;
        raw[1] = 0xFF;
        raw[0] &= 0x7F;
        let standard = data_encoding::BASE64.encode(&raw);
        assert!(standard.contains('/') || standard.contains('+'));
        assert_eq!(decode_signature(&standard), Some(raw));
        assert_eq!(decode_signature(&base64url(&raw)), Some(raw));
        assert_eq!(decode_signature(&"A".repeat(SIGNATURE_LIMIT + 1)), None);
        assert_eq!(decode_signature(&base64url(&[0; 64])), None);
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,300}") {
            fuzz(text.as_bytes());
        }
    }
}
