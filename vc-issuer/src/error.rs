//! The errors of the credential, deferred and notification endpoints (OpenID4VCI sections 8.3.1, 9.3, 11.3).

use std::fmt;

use serde::Serialize;

macro_rules! codes {
    ($($variant:ident $text:literal $doc:literal),+ $(,)?) => {
        /// A code on the wire. All are answered with 400, and never encrypted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $(#[doc = $doc] $variant),+ }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

codes! {
    InvalidCredentialRequest "invalid_credential_request" "A parameter is missing, repeated, malformed, or does not go with another.",
    UnknownCredentialConfiguration "unknown_credential_configuration" "The configuration does not exist here.",
    UnknownCredentialIdentifier "unknown_credential_identifier" "The token has no such credential.",
    InvalidProof "invalid_proof" "The proof is missing, malformed, or does not hold.",
    InvalidNonce "invalid_nonce" "The nonce is unknown, used or over: fetch a fresh one.",
    InvalidEncryptionParameters "invalid_encryption_parameters" "The encryption is not possible as asked, or missing where it is required.",
    CredentialRequestDenied "credential_request_denied" "The credential will not be issued; asking again does not help.",
    InvalidTransactionId "invalid_transaction_id" "The transaction is unknown or was served.",
    InvalidNotificationId "invalid_notification_id" "The notification is about nothing that was issued with this token.",
    InvalidNotificationRequest "invalid_notification_request" "The notification is malformed.",
    UnsupportedCredentialType "unsupported_credential_type" "Drafts 11 to 14: the type does not exist here.",
    UnsupportedCredentialFormat "unsupported_credential_format" "Drafts 11 to 14: the format does not exist here.",
    IssuancePending "issuance_pending" "Drafts 11 to 14: not ready yet.",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One refusal. The description is fixed text without quotes and backslashes (RFC 6749 section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}: {description}")]
pub struct CredentialError {
    /// What went wrong.
    #[serde(rename = "error")]
    pub code: ErrorCode,
    /// A sentence for the developer.
    #[serde(rename = "error_description")]
    pub description: &'static str,
}

impl CredentialError {
    /// A refusal.
    pub const fn new(code: ErrorCode, description: &'static str) -> Self {
        Self { code, description }
    }

    /// `invalid_credential_request`.
    pub const fn request(description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidCredentialRequest, description)
    }

    /// `invalid_proof`.
    pub const fn proof(description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidProof, description)
    }

    /// `invalid_encryption_parameters`.
    pub const fn encryption(description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidEncryptionParameters, description)
    }
}
