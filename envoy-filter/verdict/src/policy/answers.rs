//! How a refusal is said.

use super::fields::{Fields, Read};

/// Words of the challenges (RFC 6750 section 3, RFC 9728 section 5.1).
#[derive(Clone, Debug)]
pub struct Answers {
    /// `realm`.
    pub realm: Option<String>,
    /// `resource_metadata`: where a client reads which issuer to ask.
    pub resource_metadata: Option<String>,
    /// `Retry-After` in seconds, where keys or a status list are not there yet.
    pub retry_after: i64,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            realm: None,
            resource_metadata: None,
            retry_after: 2,
        }
    }
}

impl Answers {
    pub(super) fn read(mut fields: Fields) -> Read<Self> {
        let read = Self {
            realm: fields.text("realm")?,
            resource_metadata: fields.text("resource_metadata")?,
            retry_after: fields.number("retry_after_seconds", 1..=3600)?.unwrap_or(2),
        };
        for (name, text) in [
            ("realm", &read.realm),
            ("resource_metadata", &read.resource_metadata),
        ] {
            let plain = |text: &String| {
                text.bytes()
                    .all(|byte| matches!(byte, b' '..=b'~') && !b"\"\\".contains(&byte))
            };
            if !text.as_ref().is_none_or(plain) {
                return Err(fields.fault(name, "must be plain text without quotes"));
            }
        }
        fields.finish()?;
        Ok(read)
    }
}
