//! `POST /enroll/challenge` (profile 2).

use idp_types::Timestamp;
use idp_types::encoding::from_base64url;
use serde::Deserialize;

use crate::answer::{self, AnswerError};

/// 32 bytes of the server's, to be signed once and soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    text: String,
    expires_at: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    challenge: String,
    expires_at: Timestamp,
}

impl Challenge {
    /// Reads the server's answer.
    ///
    /// # Errors
    /// [`AnswerError`] when it is not a challenge; one with a separator in it could be made to sign another string.
    pub fn parse(answer: &[u8]) -> Result<Self, AnswerError> {
        let Wire {
            challenge,
            expires_at,
        } = answer::read(answer)?;
        match from_base64url(&challenge) {
            Some(bytes) if bytes.len() == 32 => Ok(Self {
                text: challenge,
                expires_at,
            }),
            _ => Err(AnswerError::Shape {
                path: "challenge".to_owned(),
            }),
        }
    }

    /// The challenge as it is signed and sent back.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// When it ends.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_32_bytes() {
        let answer = |text: &str| {
            format!(r#"{{"challenge":"{text}","expiresAt":"2026-11-20T12:05:00Z"}}"#).into_bytes()
        };
        assert!(Challenge::parse(&answer(&"A".repeat(43))).is_ok());
        for text in ["", "AA", "a|b", &"A".repeat(44)] {
            let refused = Err(AnswerError::Shape {
                path: "challenge".to_owned(),
            });
            assert_eq!(Challenge::parse(&answer(text)), refused, "{text}");
        }
    }
}
