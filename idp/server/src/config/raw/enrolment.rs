//! `[enrolment]`: who may enrol a device.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RawAttestation;

/// Whether a new key must sign a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawProof {
    /// Every enrolment proves possession of its key.
    Required,
    /// For apps that were written before the proof existed.
    Optional,
}

/// What the first device of a tokenId needs beside the seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawAdmission {
    /// Nothing: whoever photographs a seal can enrol it. For demonstrations.
    Open,
    /// A one-time enrolment code from the issuance station or an operator.
    Code,
    /// A key that an app of `enrolment.attestation` holds in the phone's hardware, or a one-time enrolment code.
    Attested,
}

/// What a further device of a tokenId needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawAdditionalDevices {
    /// The approval of an enrolled device, a fresh enrolment code, or an attested key.
    Approve,
    /// The same as the first device.
    Open,
    /// There is no further device.
    Deny,
}

/// `[enrolment]`: who may enrol a device.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawEnrolment {
    /// Whether a new key must sign a challenge.
    pub proof: RawProof,
    /// What the first device of a tokenId needs beside the seal.
    pub admission: RawAdmission,
    /// What a further device needs.
    pub additional_devices: RawAdditionalDevices,
    /// Whether you vouch that every enrolled app, attested or not, checks the face before each signature; tokens then say so.
    pub face_vouched: bool,
    /// Which apps may vouch for the keys that they enrol.
    pub attestation: RawAttestation,
}

impl Default for RawEnrolment {
    fn default() -> Self {
        Self {
            proof: RawProof::Required,
            admission: RawAdmission::Code,
            additional_devices: RawAdditionalDevices::Approve,
            face_vouched: false,
            attestation: RawAttestation::default(),
        }
    }
}
