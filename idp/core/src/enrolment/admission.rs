//! Who may enrol a device (profile 2): a seal is a picture that anyone can photograph, so showing it is not enough.

use std::collections::BTreeSet;

use idp_types::{DeviceId, Timestamp, TokenId};
use serde::{Deserialize, Serialize};

use super::holder::{
    DEVICE_LIMIT, Device, DeviceKey, DeviceStanding, Holder, KeyProtection, PushAddress, SealFacts,
    SignedMessage,
};

/// Rows kept of revoked devices; older ones are forgotten, the audit log keeps them.
const REVOKED_KEPT: usize = 16;

/// Who may enrol the first device of a tokenId.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AdmissionPolicy {
    /// Whoever shows a valid seal.
    Open,
    /// Whoever also has a one-time enrolment code.
    Code,
    /// Whoever enrols an attested key of an accepted app, or has a one-time enrolment code.
    Attested,
}

/// Who may add a device to a tokenId that already has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AdditionalDevices {
    /// An existing device approves it, or a fresh enrolment code or an attested key admits it.
    Approve,
    /// As for the first device.
    Open,
    /// Nobody.
    Deny,
}

/// The operator's enrolment policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnrolmentPolicy {
    /// Whether a proof of possession of the new key is required.
    pub proof_required: bool,
    /// For the first device.
    pub admission: AdmissionPolicy,
    /// For further devices.
    pub additional_devices: AdditionalDevices,
    /// Whether the enrolled app is vouched for to verify the face before each signature.
    pub face_vouched: bool,
}

/// What admits a request, already verified and to be consumed in the same commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Nothing but the seal.
    None,
    /// A one-time enrolment code for this tokenId.
    Code,
    /// A one-time enrolment code for whoever comes first: it admits a tokenId that has no device yet, and nothing more.
    UnboundCode,
    /// An approval by an existing device.
    Approved,
}

/// What an attestation says of the key that is enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttestedDevice {
    /// Where the key lives.
    pub key_protection: KeyProtection,
    /// Whether the policy of the attested app vouches for face verification.
    pub face_vouched: bool,
}

/// A request to enrol, its seal and signatures verified.
#[derive(Debug, Clone)]
pub struct EnrolmentRequest {
    /// From the seal.
    pub token_id: TokenId,
    /// The device's own name.
    pub device_id: DeviceId,
    /// The device's key.
    pub key: DeviceKey,
    /// From the seal and its trust chain.
    pub seal: SealFacts,
    /// Which form of approvals the device will sign.
    pub signed_message: SignedMessage,
    /// Where its pushes go.
    pub push: PushAddress,
    /// Its key for push bodies.
    pub push_encryption_key: Option<DeviceKey>,
    /// Whether the new key signed the challenge.
    pub proven: bool,
    /// The key that the device's former key signed the same challenge under, if it did.
    pub previous_key: Option<DeviceKey>,
    /// What admits it.
    pub admission: Admission,
    /// What is attested of it; an attestation admits by itself, and may come beside another admission.
    pub attested: Option<AttestedDevice>,
}

impl EnrolmentRequest {
    /// Whether it may come in whatever the holder has: a further device, a new key for a device, the end of a lock (profile 2 and
    /// 4.3).
    const fn is_freshly_admitted(&self) -> bool {
        match self.admission {
            Admission::Code | Admission::Approved => true,
            Admission::None | Admission::UnboundCode => self.attested.is_some(),
        }
    }
}

/// Why a device was not enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnrolmentRefusal {
    /// The tokenId is revoked or superseded: it never enrols again.
    #[error("this tokenId is revoked")]
    Revoked,
    /// The seal has expired.
    #[error("the seal has expired")]
    SealExpired,
    /// A proof of possession of the new key is required.
    #[error("a proof of possession is required")]
    ProofRequired,
    /// An enrolment code or an attested key is required.
    #[error("an enrolment code or an attested key is required")]
    AdmissionRequired,
    /// An existing device has to approve, or an enrolment code or an attested key is required.
    #[error("an enrolled device has to approve")]
    ApprovalRequired,
    /// No further device is allowed.
    #[error("no further device is allowed")]
    AdditionalDeviceDenied,
    /// Five devices are enrolled already.
    #[error("five devices are enrolled already")]
    DeviceLimit,
}

/// Decides an enrolment: the holder as it will be. Nothing of the old device's standing survives a replacement but its name.
///
/// # Errors
/// [`EnrolmentRefusal`] with the rule that was not met.
pub fn enrol(
    holder: Option<&Holder>,
    request: EnrolmentRequest,
    policy: EnrolmentPolicy,
    now: Timestamp,
) -> Result<Holder, EnrolmentRefusal> {
    if holder.is_some_and(|holder| holder.revoked.is_some() || holder.superseded_by.is_some()) {
        return Err(EnrolmentRefusal::Revoked);
    }
    if request.seal.expires_at <= now {
        return Err(EnrolmentRefusal::SealExpired);
    }
    if policy.proof_required && !request.proven {
        return Err(EnrolmentRefusal::ProofRequired);
    }
    admit(holder, &request, policy, now)?;
    let mut next = holder
        .cloned()
        .unwrap_or_else(|| new_holder(&request.token_id, now));
    let failures = failures_kept(&next, &request);
    next.devices
        .retain(|device| device.device_id != request.device_id);
    if next
        .devices
        .iter()
        .filter(|device| device.revoked.is_none())
        .count()
        >= DEVICE_LIMIT
    {
        return Err(EnrolmentRefusal::DeviceLimit);
    }
    next.devices.push(Device {
        failures,
        ..new_device(request, policy, now)
    });
    forget_old_revoked(&mut next);
    next.updated_at = now;
    Ok(next)
}

/// Only a fresh admission forgets wrong codes; a key that replaces itself takes them along (profile 4.3).
fn failures_kept(holder: &Holder, request: &EnrolmentRequest) -> u16 {
    let before = holder.device(&request.device_id);
    before
        .filter(|device| !request.is_freshly_admitted() && device.revoked.is_none())
        .map_or(0, |device| device.failures)
}

/// The table of profile 2.
fn admit(
    holder: Option<&Holder>,
    request: &EnrolmentRequest,
    policy: EnrolmentPolicy,
    now: Timestamp,
) -> Result<(), EnrolmentRefusal> {
    let known = holder.map_or(&[][..], |holder| &holder.devices);
    let same = known.iter().find(|device| device.device_id == request.device_id);
    let has_other = known.iter().any(|device| device.revoked.is_none());
    if policy.additional_devices == AdditionalDevices::Deny && has_other && same.is_none() {
        return Err(EnrolmentRefusal::AdditionalDeviceDenied);
    }
    if known.is_empty() {
        return admit_first(policy.admission, request);
    }
    if request.is_freshly_admitted() {
        return Ok(());
    }
    if let Some(device) = same {
        // A locked device cannot unlock itself: only a fresh admission does (profile 4.3).
        let able = matches!(
            device.standing(now),
            DeviceStanding::Active | DeviceStanding::SealExpired
        );
        let by_old_key = able && request.previous_key == Some(device.key) && request.proven;
        return if by_old_key {
            Ok(())
        } else {
            Err(EnrolmentRefusal::AdmissionRequired)
        };
    }
    match (policy.additional_devices, policy.admission) {
        (AdditionalDevices::Open, AdmissionPolicy::Open) => Ok(()),
        // With no device left that could approve, the seal alone does not help: it is a picture.
        (AdditionalDevices::Approve, _) if holder.is_some_and(|holder| holder.is_reachable(now)) => {
            Err(EnrolmentRefusal::ApprovalRequired)
        }
        _ => Err(EnrolmentRefusal::AdmissionRequired),
    }
}

/// A tokenId without any device: an attestation counts where the policy names it, a code always, since an operator issued it.
fn admit_first(policy: AdmissionPolicy, request: &EnrolmentRequest) -> Result<(), EnrolmentRefusal> {
    match (policy, request.admission) {
        (AdmissionPolicy::Open, _) | (_, Admission::Code | Admission::UnboundCode | Admission::Approved) => {
            Ok(())
        }
        (AdmissionPolicy::Attested, Admission::None) if request.attested.is_some() => Ok(()),
        (AdmissionPolicy::Code | AdmissionPolicy::Attested, Admission::None) => {
            Err(EnrolmentRefusal::AdmissionRequired)
        }
    }
}

fn new_holder(token_id: &TokenId, now: Timestamp) -> Holder {
    Holder {
        token_id: token_id.clone(),
        first_token_id: token_id.clone(),
        superseded_by: None,
        revoked: None,
        devices: Vec::new(),
        trusted_services: BTreeSet::new(),
        created_at: now,
        updated_at: now,
    }
}

fn new_device(request: EnrolmentRequest, policy: EnrolmentPolicy, now: Timestamp) -> Device {
    let attested = request.attested;
    Device {
        device_id: request.device_id,
        key: request.key,
        key_protection: attested.map_or(KeyProtection::Software, |attested| attested.key_protection),
        face_vouched: policy.face_vouched || attested.is_some_and(|attested| attested.face_vouched),
        signed_message: request.signed_message,
        push: request.push,
        push_encryption_key: request.push_encryption_key,
        seal: request.seal,
        failures: 0,
        revoked: None,
        enrolled_at: now,
    }
}

fn forget_old_revoked(holder: &mut Holder) {
    let revoked = holder
        .devices
        .iter()
        .filter(|device| device.revoked.is_some())
        .count();
    let mut surplus = revoked.saturating_sub(REVOKED_KEPT);
    holder.devices.retain(|device| {
        let drop = surplus > 0 && device.revoked.is_some();
        surplus -= usize::from(drop);
        !drop
    });
}
