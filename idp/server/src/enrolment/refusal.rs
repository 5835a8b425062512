//! What a refused enrolment leads to: a record, and where that helps a question to the holder's devices.

use idp_core::audit::AuditEvent;
use idp_core::enrolment::{EnrolmentRefusal, Holder};

use super::admission::{ask, binding_of, refused};
use super::enrol::Candidate;
use super::note;
use crate::app::App;
use crate::approval::open_device_admission;
use crate::problem::{Code, Problem};

/// Records a refusal and answers it; asks the holder's devices where that is what it takes.
pub(super) async fn refuse(
    app: &App,
    candidate: &Candidate,
    holder: Option<&Holder>,
    refusal: EnrolmentRefusal,
) -> Result<Problem, Problem> {
    let fact = candidate
        .fact(AuditEvent::EnrollRefused)
        .with("reason", reason(refusal));
    note(app, fact).await?;
    Ok(match (refusal, holder) {
        (EnrolmentRefusal::Revoked, _) => Code::Revoked.into(),
        (EnrolmentRefusal::SealExpired, _) => Problem::new(Code::InvalidSeal).with("reason", "expired"),
        (EnrolmentRefusal::ProofRequired, _) => {
            Problem::new(Code::InvalidProof).detail("this server requires a proof")
        }
        (EnrolmentRefusal::AdmissionRequired, _) => {
            refused("an enrolment code or an attested key is required")
        }
        (EnrolmentRefusal::ApprovalRequired, None) => refused("an enrolled device has to approve"),
        (EnrolmentRefusal::ApprovalRequired, Some(holder)) => {
            let binding = binding_of(&candidate.token_id, &candidate.device_id, &candidate.key);
            ask(&open_device_admission(app, holder, binding).await?)
        }
        (EnrolmentRefusal::AdditionalDeviceDenied, _) => refused("no further device is allowed"),
        (EnrolmentRefusal::DeviceLimit, _) => Code::DeviceLimit.into(),
    })
}

const fn reason(refusal: EnrolmentRefusal) -> &'static str {
    match refusal {
        EnrolmentRefusal::Revoked => "revoked",
        EnrolmentRefusal::SealExpired => "seal_expired",
        EnrolmentRefusal::ProofRequired => "proof_required",
        EnrolmentRefusal::AdmissionRequired => "admission_required",
        EnrolmentRefusal::ApprovalRequired => "approval_required",
        EnrolmentRefusal::AdditionalDeviceDenied => "additional_device_denied",
        EnrolmentRefusal::DeviceLimit => "device_limit",
    }
}
