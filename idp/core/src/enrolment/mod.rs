//! Enrolled holders and their devices (profile 2 and 11).

mod admission;
mod change;
mod holder;
mod proof;
#[cfg(test)]
mod tests;

pub use admission::{
    AdditionalDevices, Admission, AdmissionPolicy, AttestedDevice, EnrolmentPolicy, EnrolmentRefusal,
    EnrolmentRequest, enrol,
};
pub use change::{
    CHAIN_LIMIT, ChangeRefusal, SUPERSESSION_DELAY_SECONDS, TRUST_LIMIT, next_in_chain,
    supersession_effective_at,
};
pub use holder::{
    DEVICE_LIMIT, Device, DeviceKey, DeviceStanding, FAILURE_LIMIT, Holder, KeyProtection, PushAddress,
    Revocation, RevocationReason, SealFacts, SignedMessage,
};
pub use proof::{device_binding, enrolment_proof_message, request_message};
