//! Documents: how a record stands in a database, whatever its engine. A record of the domain in, JSON text out, and back; what is too
//! long is neither written nor read.

pub mod holder;
mod millis;
pub mod service;
pub mod timed;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A document cannot be read, or a record cannot be written as one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// It is larger than this, in bytes.
    #[error("the document is larger than {0} bytes")]
    TooLong(usize),
    /// It is not the JSON of such a record.
    #[error("the document is not readable")]
    Malformed(#[from] serde_json::Error),
    /// A time lies before the year 0 and would not read back.
    #[error("a time of the record is not possible")]
    Time,
}

fn write<T: Serialize>(row: &T, limit: usize) -> Result<String, DocumentError> {
    let document = serde_json::to_string(row)?;
    if document.len() > limit {
        return Err(DocumentError::TooLong(limit));
    }
    Ok(document)
}

fn read<T: DeserializeOwned>(document: &str, limit: usize) -> Result<T, DocumentError> {
    if document.len() > limit {
        return Err(DocumentError::TooLong(limit));
    }
    Ok(serde_json::from_str(document)?)
}
