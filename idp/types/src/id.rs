//! Identifiers. Each is its own type, so that swapping two does not compile, and none can contain a separator of a
//! signed string (`|`, `,`), white space or a control character (profile 4.3).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is not an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text was empty.
    #[error("must not be empty")]
    Empty,
    /// The text was longer than the limit, in bytes.
    #[error("must not be longer than {0} bytes")]
    TooLong(usize),
    /// The text had a character outside the alphabet of this identifier.
    #[error("has a character that is not allowed here")]
    Character,
    /// The text lacked the prefix that this identifier has.
    #[error("must begin with {0:?}")]
    Prefix(&'static str),
}

fn check(text: &str, prefix: &'static str, limit: usize, extra: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > limit {
        return Err(IdError::TooLong(limit));
    }
    let rest = text.strip_prefix(prefix).ok_or(IdError::Prefix(prefix))?;
    if rest.is_empty() {
        return Err(IdError::Empty);
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || extra.contains(c);
    if rest.chars().all(allowed) {
        Ok(())
    } else {
        Err(IdError::Character)
    }
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $limit:literal, $extra:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// The longest accepted text, in bytes.
            pub const LIMIT: usize = $limit;

            /// Parses and owns `text`.
            ///
            /// # Errors
            /// [`IdError`] when the text is empty, too long, lacks the prefix or has a character outside the alphabet.
            pub fn parse(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                check(&text, $prefix, $limit, $extra)?;
                Ok(Self(text.into_boxed_str()))
            }

            /// The identifier as it stands on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.into_string()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

identifier!(
    /// The identifier inside a person's seal; the stable subject of a holder.
    TokenId, "", 128, "-_.:"
);
identifier!(
    /// One device of a holder, named by the device itself.
    DeviceId, "", 128, "-_.:"
);
identifier!(
    /// A relying party of the direct JWT flow.
    ServiceId, "", 64, "-_."
);
identifier!(
    /// A client of a protocol that names its relying parties itself (OIDC `client_id`, SAML entityID handle).
    ClientId, "", 256, "-_.:/"
);
identifier!(
    /// An approval session: `sess_` and 128 random bits in base64url.
    SessionId, "sess_", 64, "-_"
);
identifier!(
    /// A one-time registration of a person with a service: `reg_` and 128 random bits in base64url.
    RegistrationId, "reg_", 64, "-_"
);
identifier!(
    /// A JSON Web Key identifier (RFC 7517 section 4.5).
    KeyId, "", 64, "-_.:"
);
identifier!(
    /// The name of an operator, as it stands in the audit log.
    OperatorName, "", 64, "-_.@"
);

/// The digest that identifies a seal: `SHA-256(header || SHA-256(payload))` (profile 3). Never a hash over the signature,
/// which is malleable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// Lower-case hexadecimal, 64 characters, as in signed strings.
    pub fn to_lowerhex(self) -> String {
        crate::encoding::lowerhex(&self.0)
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        crate::encoding::from_lowerhex(&text)
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or(IdError::Character)
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> String {
        fingerprint.to_lowerhex()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_of_signed_strings_are_refused() {
        for text in ["a|b", "a,b", "a b", "a\nb", "é", ""] {
            assert!(TokenId::parse(text).is_err(), "{text:?}");
            assert!(DeviceId::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn session_ids_have_their_prefix() {
        assert!(SessionId::parse("sess_abc123").is_ok());
        assert_eq!(SessionId::parse("abc123"), Err(IdError::Prefix("sess_")));
        assert_eq!(SessionId::parse("sess_"), Err(IdError::Empty));
    }

    #[test]
    fn both_documented_token_id_shapes_are_accepted() {
        assert!(TokenId::parse("7f9c24e8-3b12-4e0a-9a55-1f0d5a0e2c11").is_ok());
        assert!(TokenId::parse("VDS-FR-0042-2025-00001").is_ok());
    }
}
