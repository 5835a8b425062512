//! The signed answers: `POST /auth/verify` and `POST /auth/reject` (profile 4.3).

use idp_types::encoding::base64url;
use idp_types::{SessionId, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::{Decision, DeclineReason};
use crate::answer::{self, AnswerError};
use crate::credential::EnrolmentCredential;
use crate::disclosure::NotHeld;
use crate::identity::DeviceIdentity;
use crate::key::DeviceSigner;
use crate::message::{self, ApprovalFields, SignedMessage};

/// Why an approval cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApprovalError {
    /// A granted scope cannot be answered: deny it.
    #[error(transparent)]
    NotHeld(#[from] NotHeld),
    /// The seal's time is over: enrol with a new one.
    #[error("the credential has expired")]
    CredentialExpired,
    /// The request is over.
    #[error("the request has expired")]
    Expired,
}

/// Who approves, with what.
#[derive(Clone, Copy)]
pub struct Approver<'a> {
    /// The device.
    pub identity: &'a DeviceIdentity,
    /// The holder's credential.
    pub credential: &'a EnrolmentCredential,
    /// The device's key.
    pub signer: &'a dyn DeviceSigner,
    /// The form that the device enrolled with; [`SignedMessage::Second`] for every device that this crate enrols.
    pub form: SignedMessage,
}

/// The body of `POST /auth/verify`. Send the same bytes again when the answer got lost.
///
/// # Errors
/// [`ApprovalError`] when the credential cannot answer what is granted, or a time is over.
pub fn approve(
    approver: &Approver<'_>,
    decision: &Decision<'_>,
    now: Timestamp,
) -> Result<String, ApprovalError> {
    let Approver {
        identity,
        credential,
        signer,
        form,
    } = *approver;
    let request = decision.request();
    if !request.is_open(now) {
        return Err(ApprovalError::Expired);
    }
    if now >= credential.expires_at() {
        return Err(ApprovalError::CredentialExpired);
    }
    let session = (&identity.issuer, &request.session_id);
    let presentation = credential.present(decision.granted(), session, signer, now)?;
    let timestamp = now.unix_seconds();
    let message = message::approval(
        form,
        identity,
        &ApprovalFields {
            session_id: request.session_id.as_str(),
            service_id: request.service.service_id.as_str(),
            otp: decision.code().reveal(),
            timestamp,
            scopes: &message::scopes_text(decision.granted()),
            presentation: &presentation,
        },
    );
    Ok(json!({
        "sessionId": request.session_id.as_str(),
        "tokenId": identity.token_id.as_str(),
        "deviceId": identity.device_id.as_str(),
        "otp": decision.code().reveal(),
        "timestamp": timestamp,
        "grantedScopes": decision.granted(),
        "signature": base64url(&signer.sign(&message)),
        "presentation": presentation,
    })
    .to_string())
}

/// The body of `POST /auth/reject`.
pub fn decline(
    identity: &DeviceIdentity,
    signer: &dyn DeviceSigner,
    session_id: &SessionId,
    reason: DeclineReason,
    now: Timestamp,
) -> String {
    let timestamp = now.unix_seconds();
    let message = message::rejection(session_id, timestamp, reason);
    json!({
        "sessionId": session_id.as_str(),
        "tokenId": identity.token_id.as_str(),
        "deviceId": identity.device_id.as_str(),
        "timestamp": timestamp,
        "reason": reason.as_str(),
        "signature": base64url(&signer.sign(&message)),
    })
    .to_string()
}

/// What the server says to an answer that it accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// Approved; the token went to the service, never to the phone.
    Approved {
        /// When what was released ends.
        expires_at: Timestamp,
    },
    /// Declined.
    Declined,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default)]
    approved: bool,
    #[serde(default)]
    rejected: bool,
    expires_at: Option<Timestamp>,
}

impl Answered {
    /// Reads the answer of `POST /auth/verify` or `POST /auth/reject`. Error answers are [`crate::Problem`]s.
    ///
    /// # Errors
    /// [`AnswerError`] for anything else.
    pub fn parse(answer: &[u8]) -> Result<Self, AnswerError> {
        match answer::read(answer)? {
            Wire {
                approved: true,
                rejected: false,
                expires_at: Some(expires_at),
            } => Ok(Self::Approved { expires_at }),
            Wire {
                approved: false,
                rejected: true,
                ..
            } => Ok(Self::Declined),
            Wire { .. } => Err(AnswerError::Shape { path: ".".to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_answer_counts() {
        let approved = Answered::parse(br#"{"approved":true,"expiresAt":"2026-11-20T13:00:00Z"}"#).unwrap();
        assert!(matches!(approved, Answered::Approved { .. }));
        assert_eq!(Answered::parse(br#"{"rejected":true}"#), Ok(Answered::Declined));
        for answer in [
            "{}",
            r#"{"approved":true}"#,
            r#"{"approved":true,"rejected":true,"expiresAt":"2026-11-20T13:00:00Z"}"#,
        ] {
            assert!(Answered::parse(answer.as_bytes()).is_err(), "{answer}");
        }
    }
}
