//! Name identifiers (Core 2.2, 8.3).

use serde::{Deserialize, Serialize};

use crate::names::{Name, saml};
use crate::xml::{Node, ReadError, Writer};

/// A format that we issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameIdFormat {
    /// A value of its own for each service provider, the same at every login.
    Persistent,
    /// A new value at every login.
    Transient,
    /// An address, from an account link of the operator alone.
    EmailAddress,
    /// Whatever the operator linked, for service providers that name no format.
    Unspecified,
}

impl NameIdFormat {
    /// Every format.
    pub const ALL: [Self; 4] = [
        Self::Persistent,
        Self::Transient,
        Self::EmailAddress,
        Self::Unspecified,
    ];

    /// The identifier.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Persistent => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            Self::Transient => "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
            Self::EmailAddress => "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            Self::Unspecified => "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        }
    }

    /// The format with this identifier.
    pub fn parse(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.uri() == uri)
    }

    /// Whether its value is an account that an operator linked.
    pub const fn needs_link(self) -> bool {
        matches!(self, Self::EmailAddress | Self::Unspecified)
    }
}

/// A name identifier with what qualifies it. Compared as a whole, case and all (IIP-IDP21).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NameId {
    /// The value.
    pub value: String,
    /// The identifier of its format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Who issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_qualifier: Option<String>,
    /// Whom it was issued to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sp_name_qualifier: Option<String>,
}

/// The longest value that is read (IIP-G02 asks for 256 at least).
const LIMIT: usize = 1024;

impl NameId {
    /// Reads a `saml:NameID`.
    pub(crate) fn read(node: Node<'_>) -> Result<Self, ReadError> {
        let value = node.filled("NameID")?;
        if value.len() > LIMIT {
            return Err(ReadError::Value("NameID"));
        }
        let attribute = |name| node.attribute(name).map(str::to_owned);
        Ok(Self {
            value,
            format: attribute("Format"),
            name_qualifier: attribute("NameQualifier"),
            sp_name_qualifier: attribute("SPNameQualifier"),
        })
    }

    /// Writes it as `saml:NameID`.
    pub(crate) fn write(&self, writer: &mut Writer) {
        const NAME_ID: Name = saml("NameID");
        writer.leaf(
            NAME_ID,
            &[
                ("Format", self.format.as_deref()),
                ("NameQualifier", self.name_qualifier.as_deref()),
                ("SPNameQualifier", self.sp_name_qualifier.as_deref()),
            ],
            &self.value,
        );
    }

    /// Whether both name the same person to the same provider: an absent format is unspecified, absent qualifiers are the two providers.
    pub fn is_same(&self, other: &Self) -> bool {
        let format = |id: &Self| {
            id.format
                .clone()
                .unwrap_or_else(|| NameIdFormat::Unspecified.uri().to_owned())
        };
        let agree = |one: &Option<String>, two: &Option<String>| match (one, two) {
            (Some(one), Some(two)) => one == two,
            _ => true,
        };
        self.value == other.value
            && format(self) == format(other)
            && agree(&self.name_qualifier, &other.name_qualifier)
            && agree(&self.sp_name_qualifier, &other.sp_name_qualifier)
    }
}
