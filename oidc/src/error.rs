//! The errors of OAuth 2.0 and OpenID Connect: a code of the registry and a sentence for the developer.

use std::fmt;

use serde::Serialize;

macro_rules! codes {
    ($($variant:ident $text:literal $status:literal $doc:literal),+ $(,)?) => {
        /// A code of the OAuth Extensions Error registry.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $(#[doc = $doc] $variant),+ }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The HTTP status of a direct (not redirected) answer.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }
        }
    };
}

codes! {
    InvalidRequest "invalid_request" 400 "RFC 6749 5.2: a parameter is missing, repeated or malformed.",
    InvalidClient "invalid_client" 401 "RFC 6749 5.2: client authentication failed.",
    InvalidGrant "invalid_grant" 400 "RFC 6749 5.2: the code, refresh token or request is not valid, expired, or another client's.",
    UnauthorizedClient "unauthorized_client" 400 "RFC 6749 5.2: the client may not use this grant.",
    UnsupportedGrantType "unsupported_grant_type" 400 "RFC 6749 5.2.",
    InvalidScope "invalid_scope" 400 "RFC 6749 5.2: unknown, malformed or beyond what is allowed.",
    AccessDenied "access_denied" 400 "RFC 6749 4.1.2.1: the person declined.",
    UnsupportedResponseType "unsupported_response_type" 400 "RFC 6749 4.1.2.1.",
    ServerError "server_error" 500 "RFC 6749 4.1.2.1.",
    TemporarilyUnavailable "temporarily_unavailable" 503 "RFC 6749 4.1.2.1.",
    InteractionRequired "interaction_required" 400 "OIDC Core 3.1.2.6.",
    LoginRequired "login_required" 400 "OIDC Core 3.1.2.6.",
    AccountSelectionRequired "account_selection_required" 400 "OIDC Core 3.1.2.6.",
    ConsentRequired "consent_required" 400 "OIDC Core 3.1.2.6.",
    InvalidRequestUri "invalid_request_uri" 400 "RFC 9101 7.1.",
    InvalidRequestObject "invalid_request_object" 400 "RFC 9101 7.1.",
    RequestNotSupported "request_not_supported" 400 "OIDC Core 3.1.2.6.",
    RequestUriNotSupported "request_uri_not_supported" 400 "OIDC Core 3.1.2.6.",
    RegistrationNotSupported "registration_not_supported" 400 "OIDC Core 3.1.2.6.",
    UnmetAuthenticationRequirements "unmet_authentication_requirements" 400 "OIDC Unmet Authentication Requirements 1.0.",
    InvalidTarget "invalid_target" 400 "RFC 8707 2.",
    InvalidAuthorizationDetails "invalid_authorization_details" 400 "RFC 9396 5.",
    InvalidDpopProof "invalid_dpop_proof" 400 "RFC 9449 5.",
    UseDpopNonce "use_dpop_nonce" 400 "RFC 9449 8.",
    InvalidToken "invalid_token" 401 "RFC 6750 3.1.",
    InsufficientScope "insufficient_scope" 403 "RFC 6750 3.1.",
    InsufficientUserAuthentication "insufficient_user_authentication" 401 "RFC 9470 3.",
    UnsupportedTokenType "unsupported_token_type" 400 "RFC 7009 2.2.1.",
    AuthorizationPending "authorization_pending" 400 "RFC 8628 3.5, CIBA 11.",
    SlowDown "slow_down" 400 "RFC 8628 3.5, CIBA 11.",
    ExpiredToken "expired_token" 400 "RFC 8628 3.5, CIBA 11.",
    ExpiredLoginHintToken "expired_login_hint_token" 400 "CIBA 13.",
    UnknownUserId "unknown_user_id" 400 "CIBA 13.",
    MissingUserCode "missing_user_code" 400 "CIBA 13.",
    InvalidUserCode "invalid_user_code" 400 "CIBA 13.",
    InvalidBindingMessage "invalid_binding_message" 400 "CIBA 13.",
    InvalidRedirectUri "invalid_redirect_uri" 400 "RFC 7591 3.2.2.",
    InvalidClientMetadata "invalid_client_metadata" 400 "RFC 7591 3.2.2.",
    InvalidSoftwareStatement "invalid_software_statement" 400 "RFC 7591 3.2.2.",
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

/// One refusal. The description is fixed text: never a value of the request, a secret or a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}: {description}")]
pub struct OAuthError {
    /// What went wrong.
    #[serde(rename = "error")]
    pub code: ErrorCode,
    /// A sentence for the developer, of the characters that RFC 6749 5.2 allows.
    #[serde(rename = "error_description")]
    pub description: &'static str,
}

impl OAuthError {
    /// A refusal.
    pub const fn new(code: ErrorCode, description: &'static str) -> Self {
        Self { code, description }
    }

    /// `invalid_request`, the most frequent one.
    pub const fn invalid_request(description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }

    /// `invalid_grant`.
    pub const fn invalid_grant(description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidGrant, description)
    }
}
