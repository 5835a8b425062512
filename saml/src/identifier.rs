//! Identifiers of providers and of messages.

use std::fmt;

use idp_types::encoding::lowerhex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Why a text is not an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Empty, or longer than its limit.
    #[error("must have between 1 and {0} characters")]
    Length(usize),
    /// A character that it must not have.
    #[error("has a character that is not allowed here")]
    Character,
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $limit:literal, $check:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The longest accepted text, in characters.
            pub const LIMIT: usize = $limit;

            /// Parses and owns a text.
            ///
            /// # Errors
            /// [`IdentifierError`] when it is empty, too long or has a character outside its alphabet.
            pub fn parse(text: impl Into<String>) -> Result<Self, IdentifierError> {
                let text = text.into();
                if text.is_empty() || text.chars().count() > $limit {
                    return Err(IdentifierError::Length($limit));
                }
                if $check(&text) { Ok(Self(text)) } else { Err(IdentifierError::Character) }
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

        impl std::str::FromStr for $name {
            type Err = IdentifierError;
            fn from_str(text: &str) -> Result<Self, IdentifierError> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdentifierError;
            fn try_from(text: String) -> Result<Self, IdentifierError> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

identifier!(
    /// The name of a provider (Core 8.3.6): a URI, compared as it stands.
    EntityId, 1024, is_entity_id
);
identifier!(
    /// The `ID` of a message or assertion (Core 1.3.4). It is echoed in `InResponseTo`, so that nothing but a name may be in it.
    MessageId, 256, is_name
);
identifier!(
    /// The index of a session at a service provider. Random for each login: a service provider may block one that was logged out.
    SessionIndex, 256, is_name
);

impl EntityId {
    /// What names the provider where only an identifier may stand, such as an account link: `saml:` and SHA-256 of the name, in lower-case
    /// hexadecimal.
    pub fn handle(&self) -> String {
        format!("saml:{}", lowerhex(&Sha256::digest(self.0.as_bytes())))
    }
}

/// At most 2048 octets, so that a database can have it as a key.
fn is_entity_id(text: &str) -> bool {
    let short = text.len() <= 2048;
    short
        && text
            .chars()
            .all(|character| !character.is_whitespace() && !character.is_control())
}

/// An NCName of ASCII.
fn is_name(text: &str) -> bool {
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    begins
        && text
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.'))
}
