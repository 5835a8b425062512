//! Rows: what stands in the database, and its fallible conversion to what the domain knows.

pub(crate) mod audit;
pub(crate) mod holder;
mod millis;
pub(crate) mod outcome;
pub(crate) mod service;
pub(crate) mod timed;

use idp_store::{StoreError, Version};
use idp_types::{IdError, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{ColumnIndex, Decode, Row, Sqlite, Type};

/// A row is not what this version of the store writes, or cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RowError {
    #[error("the column {0} holds a value that is not possible there")]
    Column(&'static str),
    #[error("the column {column} holds no identifier: {source}")]
    Identifier { column: &'static str, source: IdError },
    #[error("the document is larger than {0} bytes")]
    TooLong(usize),
    #[error("the document is not readable")]
    Document(#[from] serde_json::Error),
    #[error("the audit record is not readable")]
    Audit(#[from] idp_store::audit::CanonicalError),
}

/// Every failure of the engine is one of the store.
pub(crate) fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::new(error)
}

/// A column's value, or the store's error.
pub(crate) fn column<'r, T, I>(row: &'r SqliteRow, index: I) -> Result<T, StoreError>
where
    T: Decode<'r, Sqlite> + Type<Sqlite>,
    I: ColumnIndex<SqliteRow>,
{
    row.try_get(index).map_err(failed)
}

/// A time.
pub(crate) fn time(row: &SqliteRow, name: &'static str) -> Result<Timestamp, StoreError> {
    Ok(Timestamp::from_unix_millis(column(row, name)?))
}

/// A time that may be absent.
pub(crate) fn optional_time(row: &SqliteRow, name: &'static str) -> Result<Option<Timestamp>, StoreError> {
    let millis: Option<i64> = column(row, name)?;
    Ok(millis.map(Timestamp::from_unix_millis))
}

/// A number that is never negative.
pub(crate) fn unsigned<T: TryFrom<i64>>(row: &SqliteRow, name: &'static str) -> Result<T, StoreError> {
    let number: i64 = column(row, name)?;
    T::try_from(number).map_err(|_| failed(RowError::Column(name)))
}

/// A version.
pub(crate) fn version(row: &SqliteRow) -> Result<Version, StoreError> {
    unsigned(row, "version").map(Version)
}

/// An identifier.
pub(crate) fn identifier<T: TryFrom<String, Error = IdError>>(
    row: &SqliteRow,
    column_name: &'static str,
) -> Result<T, StoreError> {
    let text: String = column(row, column_name)?;
    parse_identifier(text, column_name)
}

/// An identifier that may be absent.
pub(crate) fn optional_identifier<T: TryFrom<String, Error = IdError>>(
    row: &SqliteRow,
    column_name: &'static str,
) -> Result<Option<T>, StoreError> {
    let text: Option<String> = column(row, column_name)?;
    text.map(|text| parse_identifier(text, column_name)).transpose()
}

fn parse_identifier<T: TryFrom<String, Error = IdError>>(
    text: String,
    column: &'static str,
) -> Result<T, StoreError> {
    T::try_from(text).map_err(|source| failed(RowError::Identifier { column, source }))
}

/// A number as SQLite keeps it.
pub(crate) fn integer(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(failed)
}
