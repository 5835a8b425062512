//! Manifests: what the values of a payload mean, as data (profile 3).

mod birth_date;
mod person;
mod service;

pub use birth_date::BirthDate;
pub(crate) use birth_date::{birth_date, civil_date};
pub use person::{Person, PersonPayload};
pub use service::{Service, ServicePayload};

use std::fmt;
use std::str::FromStr;

use data_encoding::{HEXUPPER, HEXUPPER_PERMISSIVE};
use serde::{Deserialize, Serialize};

/// Three bytes, written as six hexadecimal characters: use case (two) and its version (one).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ManifestId([u8; 3]);

impl ManifestId {
    /// The seal of a person, `0A0001`.
    pub const PERSON: Self = Self([0x0A, 0x00, 0x01]);
    /// The seal of a service, `0A0101`.
    pub const SERVICE: Self = Self([0x0A, 0x01, 0x01]);

    /// From the three bytes of a header.
    pub const fn new(bytes: [u8; 3]) -> Self {
        Self(bytes)
    }

    /// As it stands in a header.
    pub const fn to_bytes(self) -> [u8; 3] {
        self.0
    }

    /// The definition, for the manifests that are known here.
    pub fn definition(self) -> Option<&'static Manifest> {
        [&PERSON, &SERVICE]
            .into_iter()
            .find(|manifest| manifest.id == self)
    }
}

impl fmt::Display for ManifestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXUPPER.encode(&self.0))
    }
}

impl fmt::Debug for ManifestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ManifestId({self})")
    }
}

/// The text is not six hexadecimal characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a manifest id is six hexadecimal characters")]
pub struct ManifestIdError;

impl FromStr for ManifestId {
    type Err = ManifestIdError;
    fn from_str(text: &str) -> Result<Self, ManifestIdError> {
        let bytes = HEXUPPER_PERMISSIVE
            .decode(text.as_bytes())
            .map_err(|_| ManifestIdError)?;
        bytes.try_into().map(Self).map_err(|_| ManifestIdError)
    }
}

impl TryFrom<String> for ManifestId {
    type Error = ManifestIdError;
    fn try_from(text: String) -> Result<Self, ManifestIdError> {
        text.parse()
    }
}

impl From<ManifestId> for String {
    fn from(id: ManifestId) -> Self {
        id.to_string()
    }
}

/// The fields of a payload, in order.
#[derive(Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its name in headers.
    pub id: ManifestId,
    /// The fields in payload order.
    pub fields: &'static [Field],
    /// The largest seal of this manifest, in bytes: 4 KiB, and 8 KiB where there is a photo.
    pub limit: usize,
}

/// One field of a manifest.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// The short key of the map form.
    pub name: &'static str,
    /// Type and size.
    pub kind: FieldKind,
    /// Whether nil is refused.
    pub required: bool,
}

/// The type of a field with its maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// Text without control characters.
    Text {
        /// Most characters (Unicode scalar values).
        max: usize,
    },
    /// A list of texts.
    TextList {
        /// Most texts.
        items: usize,
        /// Most characters of each.
        max: usize,
    },
    /// Bytes.
    Binary {
        /// Most bytes.
        max: usize,
    },
    /// A day, `YYYY-MM-DD`.
    Date {
        /// Whether the older form, days since 1900-01-01, is read too.
        day_count: bool,
    },
    /// A day of birth, of which day or month may be unknown.
    BirthDate {
        /// Whether the older form, days since 1900-01-01, is read too.
        day_count: bool,
    },
}

const fn required(name: &'static str, kind: FieldKind) -> Field {
    Field {
        name,
        kind,
        required: true,
    }
}

const fn optional(name: &'static str, kind: FieldKind) -> Field {
    Field {
        name,
        kind,
        required: false,
    }
}

/// The seal of a person, `0A0001`.
///
/// A name has at most 39 characters, as in a machine-readable zone. The given name may be absent: some people have one name
/// only. The portrait is a small WebP; the face template is 140 bytes and no claim.
pub static PERSON: Manifest = Manifest {
    id: ManifestId::PERSON,
    fields: &[
        optional("gn", FieldKind::Text { max: 39 }),
        required("fn", FieldKind::Text { max: 39 }),
        required("dob", FieldKind::BirthDate { day_count: true }),
        required("nat", FieldKind::Text { max: 3 }),
        required("doc", FieldKind::Text { max: 32 }),
        required("tid", FieldKind::Text { max: 128 }),
        required("exp", FieldKind::Date { day_count: true }),
        optional("photo", FieldKind::Binary { max: 7168 }),
        optional("face", FieldKind::Binary { max: 140 }),
    ],
    limit: 8192,
};

/// The seal of a service, `0A0101`.
pub static SERVICE: Manifest = Manifest {
    id: ManifestId::SERVICE,
    fields: &[
        required("sid", FieldKind::Text { max: 64 }),
        required("name", FieldKind::Text { max: 64 }),
        required("url", FieldKind::Text { max: 512 }),
        optional("logo", FieldKind::Text { max: 512 }),
        required("scopes", FieldKind::TextList { items: 32, max: 64 }),
        optional("privacy", FieldKind::Text { max: 512 }),
        required("exp", FieldKind::Date { day_count: false }),
    ],
    limit: 4096,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_six_hexadecimal_characters() {
        assert_eq!("0A0001".parse(), Ok(ManifestId::PERSON));
        assert_eq!("0a0101".parse(), Ok(ManifestId::SERVICE));
        assert_eq!(ManifestId::SERVICE.to_string(), "0A0101");
        for text in ["", "0A00", "0A000", "0A00011", "0A000G"] {
            assert_eq!(text.parse::<ManifestId>(), Err(ManifestIdError), "{text}");
        }
    }

    #[test]
    fn the_fields_are_those_of_the_profile() {
        let names = |manifest: &Manifest| manifest.fields.iter().map(|field| field.name).collect::<Vec<_>>();
        assert_eq!(
            names(&PERSON),
            ["gn", "fn", "dob", "nat", "doc", "tid", "exp", "photo", "face"]
        );
        assert_eq!(
            names(&SERVICE),
            ["sid", "name", "url", "logo", "scopes", "privacy", "exp"]
        );
        assert_eq!(ManifestId::PERSON.definition(), Some(&PERSON));
        assert_eq!(ManifestId::new([0xFF, 0xFF, 1]).definition(), None);
    }
}
