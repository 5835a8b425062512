//! Status codes (Core 3.2.2.2).

use serde::{Deserialize, Serialize};

use crate::names::samlp;
use crate::xml::{Node, ReadError, Writer};

/// The first code: whose fault it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatusCode {
    /// The request succeeded.
    Success,
    /// The fault is the requester's.
    Requester,
    /// The fault is ours.
    Responder,
    /// The request has another version.
    VersionMismatch,
}

/// The second code: what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Detail {
    /// The person was not authenticated.
    AuthnFailed,
    /// A value of an attribute is not as it must be.
    InvalidAttrNameOrValue,
    /// The name identifier policy cannot be met.
    #[serde(rename = "InvalidNameIDPolicy")]
    InvalidNameIdPolicy,
    /// The authentication context cannot be met.
    NoAuthnContext,
    /// It would take a question, and none may be asked.
    NoPassive,
    /// Not every participant of the session was logged out.
    PartialLogout,
    /// We will not answer this request.
    RequestDenied,
    /// What is asked for is not supported.
    RequestUnsupported,
    /// The version of the request is below 2.0 or above it.
    RequestVersionTooHigh,
    /// The same.
    RequestVersionTooLow,
    /// The person is not known here.
    UnknownPrincipal,
    /// The binding that the answer should take is not supported.
    UnsupportedBinding,
}

const PREFIX: &str = "urn:oasis:names:tc:SAML:2.0:status:";

impl StatusCode {
    const ALL: [Self; 4] = [
        Self::Success,
        Self::Requester,
        Self::Responder,
        Self::VersionMismatch,
    ];

    const fn word(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::Requester => "Requester",
            Self::Responder => "Responder",
            Self::VersionMismatch => "VersionMismatch",
        }
    }
}

impl Detail {
    const ALL: [Self; 12] = [
        Self::AuthnFailed,
        Self::InvalidAttrNameOrValue,
        Self::InvalidNameIdPolicy,
        Self::NoAuthnContext,
        Self::NoPassive,
        Self::PartialLogout,
        Self::RequestDenied,
        Self::RequestUnsupported,
        Self::RequestVersionTooHigh,
        Self::RequestVersionTooLow,
        Self::UnknownPrincipal,
        Self::UnsupportedBinding,
    ];

    /// The last part of its identifier.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AuthnFailed => "AuthnFailed",
            Self::InvalidAttrNameOrValue => "InvalidAttrNameOrValue",
            Self::InvalidNameIdPolicy => "InvalidNameIDPolicy",
            Self::NoAuthnContext => "NoAuthnContext",
            Self::NoPassive => "NoPassive",
            Self::PartialLogout => "PartialLogout",
            Self::RequestDenied => "RequestDenied",
            Self::RequestUnsupported => "RequestUnsupported",
            Self::RequestVersionTooHigh => "RequestVersionTooHigh",
            Self::RequestVersionTooLow => "RequestVersionTooLow",
            Self::UnknownPrincipal => "UnknownPrincipal",
            Self::UnsupportedBinding => "UnsupportedBinding",
        }
    }
}

/// A status with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The first code.
    pub code: StatusCode,
    /// The second code.
    pub detail: Option<Detail>,
    /// Words for a person who reads a log.
    pub message: Option<String>,
}

impl Status {
    /// All is well.
    pub const SUCCESS: Self = Self {
        code: StatusCode::Success,
        detail: None,
        message: None,
    };

    /// The requester's fault.
    pub fn requester(detail: impl Into<Option<Detail>>, message: &str) -> Self {
        Self {
            code: StatusCode::Requester,
            detail: detail.into(),
            message: Some(message.to_owned()),
        }
    }

    /// Ours.
    pub fn responder(detail: Detail, message: &str) -> Self {
        Self {
            code: StatusCode::Responder,
            detail: Some(detail),
            message: Some(message.to_owned()),
        }
    }

    /// Whether all is well, with nothing to add.
    pub fn is_success(&self) -> bool {
        self.code == StatusCode::Success && self.detail.is_none()
    }

    /// Writes it as `samlp:Status`.
    pub(crate) fn write(&self, writer: &mut Writer) {
        let value = |word: &str| format!("{PREFIX}{word}");
        writer.open(samlp("Status"), &[]);
        writer.open(samlp("StatusCode"), &[("Value", Some(&value(self.code.word())))]);
        if let Some(detail) = self.detail {
            let value = value(detail.word());
            writer.leaf(samlp("StatusCode"), &[("Value", Some(&value))], "");
        }
        writer.close();
        if let Some(message) = &self.message {
            writer.leaf(samlp("StatusMessage"), &[], message);
        }
        writer.close();
    }

    /// Reads a `samlp:Status`; second codes that are not known are dropped.
    pub(crate) fn read(node: Node<'_>) -> Result<Self, ReadError> {
        let first = node.need(samlp("StatusCode"))?;
        let word = |node: Node<'_>| {
            node.attribute("Value")
                .and_then(|value| value.strip_prefix(PREFIX))
                .map(str::to_owned)
        };
        let code = word(first)
            .and_then(|word| StatusCode::ALL.into_iter().find(|code| code.word() == word))
            .ok_or(ReadError::Value("StatusCode"))?;
        let detail = first
            .find(samlp("StatusCode"))?
            .and_then(word)
            .and_then(|word| Detail::ALL.into_iter().find(|detail| detail.word() == word));
        let message = node
            .find(samlp("StatusMessage"))?
            .map(|message| message.text("StatusMessage"))
            .transpose()?;
        Ok(Self {
            code,
            detail,
            message,
        })
    }
}
