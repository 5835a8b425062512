//! The exact octets that a phone signs (profile 4.3).

use idp_types::encoding::push_length_prefixed;
use idp_types::{Scope, SessionId};

/// The fields of a signed approval. All of them are as received; identifiers cannot hold a separator.
#[derive(Debug, Clone, Copy)]
pub struct ApprovalMessage<'a> {
    /// This server.
    pub issuer: &'a str,
    /// The session.
    pub session_id: &'a str,
    /// The holder.
    pub token_id: &'a str,
    /// The service.
    pub service_id: &'a str,
    /// The code.
    pub otp: &'a str,
    /// Integer Unix seconds.
    pub timestamp: i64,
    /// The granted scopes, joined by commas in the order sent; see [`scopes_text`].
    pub scopes: &'a str,
    /// SHA-256 of the presentation or seal text; of nothing when neither was sent.
    pub presentation_digest: &'a [u8; 32],
}

/// Scopes joined by commas, in the order of the array sent.
pub fn scopes_text(scopes: &[Scope]) -> String {
    scopes
        .iter()
        .map(|scope| scope.as_str())
        .collect::<Vec<_>>()
        .join(",")
}

/// Both forms of the signed string: the seeds' and the length-prefixed one.
pub fn approval_message(message: &ApprovalMessage<'_>, form: crate::enrolment::SignedMessage) -> Vec<u8> {
    let timestamp = message.timestamp.to_string();
    match form {
        crate::enrolment::SignedMessage::V1 => [message.session_id, message.otp, &timestamp, message.scopes]
            .join("|")
            .into_bytes(),
        crate::enrolment::SignedMessage::V2 => {
            let mut out = Vec::with_capacity(256);
            out.extend_from_slice(b"idt-approve-v2");
            for field in [
                message.issuer,
                message.session_id,
                message.token_id,
                message.service_id,
                message.otp,
                &timestamp,
                message.scopes,
            ] {
                push_length_prefixed(&mut out, field.as_bytes());
            }
            push_length_prefixed(&mut out, message.presentation_digest);
            out
        }
    }
}

/// `sessionId|reject|timestamp|reason`.
pub fn rejection_message(session_id: &SessionId, timestamp: i64, reason: super::DeclineReason) -> Vec<u8> {
    format!("{session_id}|reject|{timestamp}|{}", reason.as_str()).into_bytes()
}

#[cfg(test)]
mod tests {
    use idp_types::AtomicScope;

    use super::*;
    use crate::enrolment::SignedMessage;

    const MESSAGE: ApprovalMessage<'static> = ApprovalMessage {
        issuer: "https://i",
        session_id: "sess_a",
        token_id: "t",
        service_id: "s",
        otp: "590012",
        timestamp: 1_700_000_000,
        scopes: "identity:name,identity:age_over_18",
        presentation_digest: &[0; 32],
    };

    #[test]
    fn the_seeds_form() {
        let text = approval_message(&MESSAGE, SignedMessage::V1);
        assert_eq!(
            text,
            b"sess_a|590012|1700000000|identity:name,identity:age_over_18"
        );
        let empty = approval_message(
            &ApprovalMessage {
                scopes: "",
                ..MESSAGE
            },
            SignedMessage::V1,
        );
        assert!(empty.ends_with(b"|"));
        assert_eq!(
            scopes_text(&[Scope::Basic, Scope::Atomic(AtomicScope::Photo)]),
            "identity:basic,identity:photo"
        );
    }

    #[test]
    fn the_second_form_is_length_prefixed() {
        let text = approval_message(&MESSAGE, SignedMessage::V2);
        assert!(text.starts_with(b"idt-approve-v2\x00\x09https://i\x00\x06sess_a\x00\x01t\x00\x01s\x00\x06590012\x00\x0a1700000000"));
        assert!(text.ends_with(&[&[0, 32][..], &[0; 32]].concat()));
    }
}
