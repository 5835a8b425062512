//! The payload of a seal (profile 3): MessagePack values, one after another in manifest order, or one map with the short keys.
//!
//! Reading borrows from the seal and copies nothing, so personal data is in one place only. The accepted subset is what seals
//! carry: nil, booleans, integers, text, binary, lists and maps; floats, extensions and the reserved byte 0xC1 are refused.

mod fields;
mod reader;
mod writer;

pub use fields::Fields;
pub use reader::read_values;
pub use writer::write_values;

use std::fmt;

/// How deep lists and maps may nest.
pub const DEPTH_LIMIT: usize = 4;

/// How many values a payload, a list or a map may have.
pub const ELEMENT_LIMIT: usize = 64;

/// One MessagePack value, borrowed from the payload. Its `Debug` shows shapes and lengths, never content.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// Absent.
    Nil,
    /// True or false.
    Boolean(bool),
    /// Any integer of MessagePack.
    Integer(i128),
    /// UTF-8 text.
    Text(&'a str),
    /// Bytes.
    Binary(&'a [u8]),
    /// A list; a quantity is a list of number and unit.
    List(Vec<Value<'a>>),
    /// A map; its keys are text and differ from each other.
    Map(Vec<(&'a str, Value<'a>)>),
}

impl<'a> Value<'a> {
    /// Text, when it is text.
    pub fn as_text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Nothing was said: nil, or the empty text that some writers put in its place.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Nil | Self::Text(""))
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("Nil"),
            Self::Boolean(_) => f.write_str("Boolean(..)"),
            Self::Integer(_) => f.write_str("Integer(..)"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Binary(bytes) => write!(f, "Binary({} bytes)", bytes.len()),
            Self::List(values) => write!(f, "List({} values)", values.len()),
            Self::Map(entries) => write!(f, "Map({} entries)", entries.len()),
        }
    }
}

/// Why bytes are not the payload that a manifest describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// The payload is longer than its manifest allows.
    #[error("the payload is longer than {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// A value runs past the end of the payload.
    #[error("a value runs past the end of the payload")]
    Truncated,
    /// Lists and maps nest deeper than [`DEPTH_LIMIT`].
    #[error("values nest deeper than {DEPTH_LIMIT}")]
    Depth,
    /// A payload, list or map has more than [`ELEMENT_LIMIT`] values.
    #[error("more than {ELEMENT_LIMIT} values stand together")]
    Elements,
    /// A type byte that no seal uses.
    #[error("type byte {0:#04x} is not used in seals")]
    Type(u8),
    /// Text that is not UTF-8.
    #[error("a text is not UTF-8")]
    Utf8,
    /// A map key that is not text.
    #[error("a map key is not text")]
    Key,
    /// A map key that stands twice.
    #[error("a map key stands twice")]
    DuplicateKey,
    /// The number of positional values is not the manifest's.
    #[error("the manifest has {expected} fields, the payload {found}")]
    FieldCount {
        /// Fields of the manifest.
        expected: usize,
        /// Values of the payload.
        found: usize,
    },
    /// A map key that the manifest does not have.
    #[error("a field is not in the manifest")]
    UnknownField,
    /// A field is not what the manifest wants.
    #[error("field {name}: {problem}")]
    Field {
        /// The field's short key.
        name: &'static str,
        /// What is wrong with it.
        problem: FieldProblem,
    },
}

/// What is wrong with one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldProblem {
    /// A required field is absent.
    #[error("is missing")]
    Missing,
    /// The value has another type.
    #[error("has another type")]
    Type,
    /// The value is longer than the manifest's maximum.
    #[error("is too long")]
    TooLong,
    /// The value has a character that does not belong there.
    #[error("has a character that is not allowed")]
    Character,
    /// The value is not a date in a form that the manifest allows.
    #[error("is not a date")]
    Date,
    /// The text is not an identifier of its kind.
    #[error("is not an identifier of its kind")]
    Identifier,
    /// The text is not an absolute http or https address.
    #[error("is not a web address")]
    Address,
}

impl FieldProblem {
    /// The payload error that names the field.
    pub(crate) const fn of(self, name: &'static str) -> PayloadError {
        PayloadError::Field { name, problem: self }
    }
}
