//! DEFLATE (RFC 1951) with a ceiling.

use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};

use super::error::BindingError;
use crate::xml::Limits;

/// Inflates a message; what would be larger than a message may be is given up at that size.
pub(super) fn inflate(deflated: &[u8]) -> Result<String, BindingError> {
    let octets = decompress_to_vec_with_limit(deflated, Limits::MESSAGE.bytes).map_err(|error| {
        if error.status == TINFLStatus::HasMoreOutput {
            BindingError::TooLarge
        } else {
            BindingError::Malformed
        }
    })?;
    String::from_utf8(octets).map_err(|_| BindingError::Malformed)
}

/// Deflates a message of ours.
pub(super) fn deflate(text: &str) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec(text.as_bytes(), 6)
}
