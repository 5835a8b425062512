//! Disclosures: a salt, a name and a value, hashed as the very text that travels (RFC 9901 section 4.2).

use std::fmt;

use crate::base64::BASE64URL_NOPAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::SdJwtError;
use crate::json;

/// A claim that the holder may show or withhold, for issuing.
#[derive(Clone, PartialEq)]
pub struct Disclosure {
    salt: [u8; 16],
    name: String,
    value: Value,
}

impl Disclosure {
    /// A claim with 128 bits of fresh randomness, unique to this claim of this credential (RFC 9901 section 9.3).
    pub fn new(salt: [u8; 16], name: impl Into<String>, value: impl Into<Value>) -> Self {
        Self {
            salt,
            name: name.into(),
            value: value.into(),
        }
    }

    /// The name of the claim.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) const fn value(&self) -> &Value {
        &self.value
    }

    pub(super) fn encode(self) -> String {
        let salt = BASE64URL_NOPAD.encode(&self.salt);
        let text = Value::Array(vec![Value::String(salt), Value::String(self.name), self.value]);
        BASE64URL_NOPAD.encode(text.to_string().as_bytes())
    }
}

impl fmt::Debug for Disclosure {
    /// Salt and value are what the holder may withhold, so only the name shows.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Disclosure({})", self.name)
    }
}

/// The digest of a text, as it stands in `_sd` and in `sd_hash`.
pub(super) fn digest(text: &str) -> String {
    BASE64URL_NOPAD.encode(&Sha256::digest(text.as_bytes()))
}

/// A disclosure as it was read.
#[derive(Clone, PartialEq)]
pub struct DisclosureView {
    name: Option<String>,
    value: Value,
}

impl DisclosureView {
    /// Reads one disclosure (RFC 9901 section 7.1, step 3).
    pub(crate) fn parse(text: &str) -> Result<Self, SdJwtError> {
        let decoded = BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(|_| SdJwtError::Disclosure)?;
        let Ok(Value::Array(elements)) = json::parse(&decoded, decoded.len()) else {
            return Err(SdJwtError::Disclosure);
        };
        let mut elements = elements.into_iter();
        match (elements.next(), elements.next(), elements.next(), elements.next()) {
            (Some(Value::String(_)), Some(value), None, None) => Ok(Self { name: None, value }),
            (Some(Value::String(_)), Some(Value::String(name)), Some(value), None) => Ok(Self {
                name: Some(name),
                value,
            }),
            _ => Err(SdJwtError::Disclosure),
        }
    }

    /// The name of the claim; none for an element of an array.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The value.
    pub const fn value(&self) -> &Value {
        &self.value
    }

    pub(super) fn into_parts(self) -> (Option<String>, Value) {
        (self.name, self.value)
    }
}

impl fmt::Debug for DisclosureView {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "DisclosureView({})",
            self.name.as_deref().unwrap_or("element")
        )
    }
}
