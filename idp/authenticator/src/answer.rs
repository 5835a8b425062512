//! Reading what the server answers: bounded, in one way only, and with errors that hold nothing of what was read.

use idp_jose::json::{self, JsonError};
use idp_types::{SessionId, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::approval::Code;
use crate::text::DisplayText;

/// The largest answer, in bytes: a list of pending requests with a logo in each.
pub const ANSWER_LIMIT: usize = 512 * 1024;

/// Why an answer is not what the profile describes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// Too long, not JSON, or a member stands twice.
    #[error("the answer is not acceptable JSON: {0}")]
    Json(#[from] JsonError),
    /// JSON of another shape.
    #[error("the answer has another shape at `{path}`")]
    Shape {
        /// Where; `.` is the whole.
        path: String,
    },
}

/// Reads an answer of at most [`ANSWER_LIMIT`] bytes. What `serde` has to say about a value may quote it, so only the place is
/// kept.
pub(crate) fn read<T: DeserializeOwned>(answer: &[u8]) -> Result<T, AnswerError> {
    read_value(json::parse(answer, ANSWER_LIMIT)?)
}

pub(crate) fn read_value<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, AnswerError> {
    serde_path_to_error::deserialize(value).map_err(|error| AnswerError::Shape {
        path: error.path().to_string(),
    })
}

/// An error answer, `application/problem+json` (RFC 9457) with the profile's members.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, thiserror::Error)]
#[error("{code}{}", .detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default())]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Problem {
    /// The stable word, for example `invalid_otp`.
    pub code: DisplayText,
    /// What went wrong, for people.
    #[serde(default)]
    pub detail: Option<DisplayText>,
    /// Why a seal was refused, with `invalid_seal`.
    #[serde(default)]
    pub reason: Option<DisplayText>,
    /// Answers that the session still takes, with `invalid_otp` and `invalid_signature`.
    #[serde(default)]
    pub attempts_left: Option<u8>,
    /// What a device that is enrolled already can approve, with `admission_required`.
    #[serde(default)]
    pub approval: Option<DeviceAdmission>,
}

impl Problem {
    /// Reads an error answer.
    ///
    /// # Errors
    /// [`AnswerError`] when it is none, or holds text that may not be shown.
    pub fn parse(answer: &[u8]) -> Result<Self, AnswerError> {
        read(answer)
    }
}

/// A further device waits for one that is enrolled to approve it like a login (profile 2): show the code on the new one, approve
/// on the old one, enrol again with [`crate::Admission::Approved`].
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceAdmission {
    /// The session to name when enrolling again.
    pub session_id: SessionId,
    /// The code to show on the new device.
    #[serde(rename = "autoPassword")]
    pub code: Code,
    /// For the session's WebSocket.
    pub ws_token: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for DeviceAdmission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceAdmission")
            .field("session_id", &self.session_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_its_code_and_no_more_than_may_be_shown() {
        let text = br#"{"type":"about:blank","status":401,"code":"invalid_otp","detail":"wrong code","attemptsLeft":2}"#;
        let problem = Problem::parse(text).unwrap();
        assert_eq!(
            (problem.to_string().as_str(), problem.attempts_left),
            ("invalid_otp: wrong code", Some(2))
        );
        assert!(Problem::parse(b"{\"code\":\"a\\u001b[2J\"}").is_err());
        assert!(Problem::parse(b"{}").is_err());
    }

    #[test]
    fn an_admission_hides_its_code() {
        let text = br#"{"code":"admission_required","approval":
            {"sessionId":"sess_a","autoPassword":"590012","wsToken":"w","expiresAt":"2026-11-20T12:00:00Z"}}"#;
        let admission = Problem::parse(text).unwrap().approval.unwrap();
        assert_eq!(admission.code.reveal(), "590012");
        assert!(!format!("{admission:?}").contains("590012"));
    }

    #[test]
    fn errors_quote_nothing() {
        let error = Problem::parse(br#"{"code":"x","attemptsLeft":"secret"}"#).unwrap_err();
        assert_eq!(
            error,
            AnswerError::Shape {
                path: "attemptsLeft".into()
            }
        );
        let long = vec![b' '; ANSWER_LIMIT + 1];
        assert_eq!(
            Problem::parse(&long),
            Err(AnswerError::Json(JsonError::TooLarge { limit: ANSWER_LIMIT }))
        );
    }
}
