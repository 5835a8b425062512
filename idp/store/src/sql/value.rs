//! What goes into a statement and comes out of a row.

use std::borrow::Cow;

use idp_types::{IdError, Timestamp};

use crate::{StoreError, Version};

/// The kinds of columns. Numbers, flags (0 and 1) and times (milliseconds since the Unix epoch) are integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// Octets.
    Octets,
}

/// A value, or the null of its kind. It may be personal or sealed, so that it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// Text.
    Text(Option<Cow<'a, str>>),
    /// A whole number.
    Integer(Option<i64>),
    /// Octets.
    Octets(Option<Cow<'a, [u8]>>),
}

impl Value<'_> {
    /// The null of a kind.
    pub const fn null(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(None),
            Kind::Integer => Self::Integer(None),
            Kind::Octets => Self::Octets(None),
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Some(Cow::Borrowed(text)))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Some(Cow::Owned(text)))
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        Self::Text(text.map(Cow::Borrowed))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(octets: &'a [u8]) -> Self {
        Self::Octets(Some(Cow::Borrowed(octets)))
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(Some(number))
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::from(i64::from(number))
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::from(i64::from(flag))
    }
}

/// Versions and sequences count from one, and no chain is as long as the largest number of a column.
impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Self::from(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(time: Timestamp) -> Self {
        Self::from(time.unix_millis())
    }
}

impl From<Option<Timestamp>> for Value<'_> {
    fn from(time: Option<Timestamp>) -> Self {
        Self::Integer(time.map(Timestamp::unix_millis))
    }
}

/// A row is not what this version of the store writes.
#[derive(Debug, thiserror::Error)]
pub(super) enum RowError {
    #[error("the column {0} holds a value that is not possible there")]
    Column(&'static str),
    #[error("the column {column} holds no identifier: {source}")]
    Identifier { column: &'static str, source: IdError },
    #[error("the audit record is not readable")]
    Audit(#[from] crate::audit::CanonicalError),
}

/// A row of an engine.
pub trait Columns {
    /// Text.
    ///
    /// # Errors
    /// [`StoreError`] when there is no such column, or it is of another kind.
    fn optional_text(&self, name: &'static str) -> Result<Option<String>, StoreError>;
    /// A whole number.
    ///
    /// # Errors
    /// As above.
    fn optional_integer(&self, name: &'static str) -> Result<Option<i64>, StoreError>;
    /// Octets.
    ///
    /// # Errors
    /// As above.
    fn optional_octets(&self, name: &'static str) -> Result<Option<Vec<u8>>, StoreError>;
}

fn required<T>(value: Option<T>, name: &'static str) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::new(RowError::Column(name)))
}

pub(super) fn text<R: Columns>(row: &R, name: &'static str) -> Result<String, StoreError> {
    required(row.optional_text(name)?, name)
}

/// A whole number of a row.
///
/// # Errors
/// [`StoreError`] when it is not there.
pub fn integer<R: Columns>(row: &R, name: &'static str) -> Result<i64, StoreError> {
    required(row.optional_integer(name)?, name)
}

pub(super) fn octets<R: Columns>(row: &R, name: &'static str) -> Result<Vec<u8>, StoreError> {
    required(row.optional_octets(name)?, name)
}

/// A number that is never negative.
///
/// # Errors
/// [`StoreError`] when it is not there or too large.
pub fn unsigned<T: TryFrom<i64>, R: Columns>(row: &R, name: &'static str) -> Result<T, StoreError> {
    required(T::try_from(integer(row, name)?).ok(), name)
}

pub(super) fn flag<R: Columns>(row: &R, name: &'static str) -> Result<bool, StoreError> {
    Ok(integer(row, name)? != 0)
}

pub(super) fn version<R: Columns>(row: &R) -> Result<Version, StoreError> {
    unsigned(row, "version").map(Version)
}

pub(super) fn time<R: Columns>(row: &R, name: &'static str) -> Result<Timestamp, StoreError> {
    integer(row, name).map(Timestamp::from_unix_millis)
}

pub(super) fn optional_time<R: Columns>(
    row: &R,
    name: &'static str,
) -> Result<Option<Timestamp>, StoreError> {
    Ok(row.optional_integer(name)?.map(Timestamp::from_unix_millis))
}

/// The hash of a chain.
///
/// # Errors
/// [`StoreError`] when it is not there or not 32 octets.
pub fn hash<R: Columns>(row: &R, name: &'static str) -> Result<[u8; 32], StoreError> {
    required(octets(row, name)?.try_into().ok(), name)
}

pub(super) fn identifier<T, R>(row: &R, column: &'static str) -> Result<T, StoreError>
where
    T: TryFrom<String, Error = IdError>,
    R: Columns,
{
    let parsed = optional_identifier(row, column)?;
    required(parsed, column)
}

pub(super) fn optional_identifier<T, R>(row: &R, column: &'static str) -> Result<Option<T>, StoreError>
where
    T: TryFrom<String, Error = IdError>,
    R: Columns,
{
    let text = row.optional_text(column)?;
    let parsed = text.map(T::try_from).transpose();
    parsed.map_err(|source| StoreError::new(RowError::Identifier { column, source }))
}
