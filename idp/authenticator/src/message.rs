//! The exact octets that a device signs (profile 2 and 4.3). No field can hold a separator: identifiers are parsed, a challenge
//! is base64url, an issuer is an origin.

use idp_types::encoding::{lowerhex, push_length_prefixed};
use idp_types::{DeviceId, Fingerprint, ScopeSet, SessionId};
use sha2::{Digest as _, Sha256};

use crate::approval::DeclineReason;
use crate::identity::DeviceIdentity;

/// Which of the two forms a device signs its approvals in; the server holds it to the one that it enrolled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignedMessage {
    /// The seeds' form, which names neither issuer nor service nor presentation.
    First,
    /// The length-prefixed form, which names all of them.
    #[default]
    Second,
}

impl SignedMessage {
    /// `signedMessage` of the enrolment.
    pub const fn number(self) -> u8 {
        match self {
            Self::First => 1,
            Self::Second => 2,
        }
    }
}

/// `enroll|challenge|lowerhex(seal fingerprint)|deviceId` (profile 2).
pub fn enrolment_proof(challenge: &str, fingerprint: Fingerprint, device_id: &DeviceId) -> Vec<u8> {
    format!("enroll|{challenge}|{}|{device_id}", fingerprint.to_lowerhex()).into_bytes()
}

/// What a request's signature covers besides its issuer.
#[derive(Debug, Clone, Copy)]
pub struct RequestFields<'a> {
    /// The HTTP method in capitals.
    pub method: &'a str,
    /// The request target as it is sent, query included.
    pub path_and_query: &'a str,
    /// Integer Unix seconds.
    pub timestamp: i64,
    /// Never used before by this device.
    pub nonce: &'a str,
    /// The body; empty where there is none.
    pub body: &'a [u8],
}

/// `METHOD|issuer|path?query|ts|nonce|lowerhex(SHA-256(body))` (profile 2).
pub fn request(issuer: &str, fields: &RequestFields<'_>) -> Vec<u8> {
    let RequestFields {
        method,
        path_and_query,
        timestamp,
        nonce,
        body,
    } = fields;
    let digest = lowerhex(&Sha256::digest(body));
    format!("{method}|{issuer}|{path_and_query}|{timestamp}|{nonce}|{digest}").into_bytes()
}

/// What an approval's signature covers besides who signs.
#[derive(Clone, Copy)]
pub struct ApprovalFields<'a> {
    /// The session.
    pub session_id: &'a str,
    /// The service, as the phone was told.
    pub service_id: &'a str,
    /// The code.
    pub otp: &'a str,
    /// Integer Unix seconds.
    pub timestamp: i64,
    /// Granted scopes, comma-joined; see [`scopes_text`].
    pub scopes: &'a str,
    /// What is presented; empty when nothing is.
    pub presentation: &'a str,
}

/// The granted scopes in the order of the array that is sent: the catalogue's. Nothing granted is the empty text.
pub fn scopes_text(scopes: ScopeSet) -> String {
    scopes
        .iter()
        .map(idp_types::AtomicScope::as_str)
        .collect::<Vec<_>>()
        .join(",")
}

/// Both forms of an approval (profile 4.3).
pub fn approval(form: SignedMessage, signer: &DeviceIdentity, fields: &ApprovalFields<'_>) -> Vec<u8> {
    let timestamp = fields.timestamp.to_string();
    match form {
        SignedMessage::First => [fields.session_id, fields.otp, &timestamp, fields.scopes]
            .join("|")
            .into_bytes(),
        SignedMessage::Second => {
            let mut out = b"idt-approve-v2".to_vec();
            for field in [
                signer.issuer.as_str(),
                fields.session_id,
                signer.token_id.as_str(),
                fields.service_id,
                fields.otp,
                &timestamp,
                fields.scopes,
            ] {
                push_length_prefixed(&mut out, field.as_bytes());
            }
            push_length_prefixed(&mut out, &Sha256::digest(fields.presentation.as_bytes()));
            out
        }
    }
}

/// `sessionId|reject|timestamp|reason` (profile 4.3).
pub fn rejection(session_id: &SessionId, timestamp: i64, reason: DeclineReason) -> Vec<u8> {
    format!("{session_id}|reject|{timestamp}|{}", reason.as_str()).into_bytes()
}

#[cfg(test)]
mod tests {
    use idp_types::AtomicScope;

    use super::*;

    #[test]
    fn scopes_are_in_the_order_of_the_catalogue() {
        let set = ScopeSet::from_iter([AtomicScope::AgeOver18, AtomicScope::Name]);
        assert_eq!(scopes_text(set), "identity:name,identity:age_over_18");
        assert_eq!(scopes_text(ScopeSet::EMPTY), "");
    }
}
