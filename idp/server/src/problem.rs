//! Errors on the wire: RFC 9457 problem details with a stable `code`. No text of a request, no secret, no code and no claim is
//! ever part of one. `instance` names the request, as the log does.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use idp_store::{CommitError, StoreError};
use serde::Serialize;

use crate::telemetry::identity;

macro_rules! codes {
    ($($variant:ident $status:ident $text:literal $title:literal),+ $(,)?) => {
        /// The stable codes of this API. A code never changes its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $title] $variant),+ }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),+ }
            }

            /// The human title that goes with it.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }
        }
    };
}

codes! {
    InvalidRequest BAD_REQUEST "invalid_request" "The request is malformed",
    InvalidScope BAD_REQUEST "invalid_scope" "A scope is unknown or not allowed",
    InvalidSeal BAD_REQUEST "invalid_seal" "The seal is not valid",
    InvalidKey BAD_REQUEST "invalid_key" "The key is not a P-256 public key",
    InvalidProof BAD_REQUEST "invalid_proof" "The proof of possession is not valid",
    InvalidAttestation BAD_REQUEST "invalid_attestation" "The key attestation is not valid",
    InvalidTimestamp BAD_REQUEST "invalid_timestamp" "The signed time is outside the session",
    InvalidPresentation BAD_REQUEST "invalid_presentation" "The presentation is not valid for this session",
    ClaimsNotPresented BAD_REQUEST "claims_not_presented" "A granted scope needs a claim that was not presented",
    InvalidMode BAD_REQUEST "invalid_otp_mode" "The matching mode can only be raised",
    PushLimit BAD_REQUEST "invalid_push" "The push address is not valid",
    InvalidSignature UNAUTHORIZED "invalid_signature" "The signature is not valid",
    InvalidOtp UNAUTHORIZED "invalid_otp" "The code is not the session's",
    DeviceNotActive UNAUTHORIZED "device_not_active" "The device may not do this",
    CallerNotAuthenticated UNAUTHORIZED "invalid_client" "The caller is not authenticated",
    OperatorNotAuthenticated UNAUTHORIZED "invalid_token" "The operator token is not valid",
    OriginNotAllowed FORBIDDEN "origin_not_allowed" "The origin is not registered for this service",
    AdmissionRequired FORBIDDEN "admission_required" "The enrolment needs an admission",
    InsufficientScope FORBIDDEN "insufficient_scope" "The operator token lacks the scope",
    UntrustedProxy FORBIDDEN "untrusted_proxy" "The caller is not a trusted proxy",
    SecondOperatorRequired FORBIDDEN "second_operator_required" "A second operator has to confirm",
    NotFound NOT_FOUND "not_found" "There is no such resource",
    SessionNotFound NOT_FOUND "session_not_found" "There is no such pending session",
    ServiceNotFound NOT_FOUND "service_not_found" "There is no such service",
    MethodNotAllowed METHOD_NOT_ALLOWED "method_not_allowed" "The method is not allowed here",
    Revoked CONFLICT "revoked" "The tokenId is revoked",
    DeviceLimit CONFLICT "device_limit" "Too many devices are enrolled",
    Conflict CONFLICT "conflict" "The resource is in another state",
    TrustLimit CONFLICT "trust_limit" "Too many services are trusted",
    PreconditionFailed PRECONDITION_FAILED "precondition_failed" "The resource is not in the state that the condition names",
    PreconditionRequired PRECONDITION_REQUIRED "precondition_required" "The write needs If-Match or If-None-Match",
    TooLarge PAYLOAD_TOO_LARGE "too_large" "The request is too large",
    UnsupportedMediaType UNSUPPORTED_MEDIA_TYPE "unsupported_media_type" "The request must be JSON",
    TimedOut REQUEST_TIMEOUT "timed_out" "The request did not arrive in time",
    TooManyAttempts TOO_MANY_REQUESTS "too_many_attempts" "Too many wrong answers",
    RateLimited TOO_MANY_REQUESTS "rate_limited" "Too many requests",
    Internal INTERNAL_SERVER_ERROR "internal" "The server failed",
    Unavailable SERVICE_UNAVAILABLE "unavailable" "The server cannot do this now",
}

impl Code {
    /// The challenge that goes with it (RFC 9110 section 11.6.1, RFC 6750 section 3).
    const fn challenge(self) -> Option<&'static str> {
        match self {
            Self::OperatorNotAuthenticated => Some("Bearer realm=\"admin\", error=\"invalid_token\""),
            Self::InsufficientScope => Some("Bearer realm=\"admin\", error=\"insufficient_scope\""),
            Self::CallerNotAuthenticated => Some("Bearer realm=\"service\""),
            Self::InvalidSignature | Self::InvalidOtp | Self::DeviceNotActive => Some("Device"),
            _ => None,
        }
    }
}

/// One problem, ready for the wire.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    detail: Option<String>,
    retry_after: Option<u32>,
    members: serde_json::Map<String, serde_json::Value>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    #[serde(flatten)]
    members: &'a serde_json::Map<String, serde_json::Value>,
}

impl Problem {
    /// A problem of this code.
    pub fn new(code: Code) -> Self {
        Self {
            code,
            detail: None,
            retry_after: None,
            members: serde_json::Map::new(),
        }
    }

    /// With a sentence for the developer who reads it. Never with text of the request.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// With a further member.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<serde_json::Value>) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }

    /// With `Retry-After`.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds.max(1));
        self
    }

    /// Its code.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The sentence for the developer.
    pub(crate) fn sentence(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// A further member that is text.
    pub(crate) fn member(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(serde_json::Value::as_str)
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        Self::new(Code::Unavailable).retry_after(1)
    }
}

impl From<CommitError> for Problem {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::AlreadyConsumed | CommitError::Conflict | CommitError::IndexTaken => {
                Self::new(Code::Conflict)
            }
            CommitError::DeviceNotActive => Self::new(Code::DeviceNotActive),
            CommitError::Store(error) => error.into(),
        }
    }
}

impl From<crate::crypto::CryptoError> for Problem {
    fn from(error: crate::crypto::CryptoError) -> Self {
        tracing::error!(%error, "a primitive failed");
        Self::new(Code::Internal)
    }
}

impl From<crate::keys::SignError> for Problem {
    fn from(error: crate::keys::SignError) -> Self {
        tracing::error!(%error, "a signature failed");
        Self::new(Code::Unavailable).retry_after(1)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.code.status();
        let body = Body {
            r#type: format!("urn:idtokenseal:problem:{}", self.code.as_str()),
            title: self.code.title(),
            status: status.as_u16(),
            code: self.code.as_str(),
            detail: self.detail.as_deref(),
            instance: identity::current().map(|id| format!("urn:idtokenseal:request:{id}")),
            members: &self.members,
        };
        let mut response = (status, serde_json::to_vec(&body).unwrap_or_default()).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.code.challenge() {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}
