//! Lexical forms of values.

use data_encoding::BASE64;

use super::node::ReadError;

/// `xs:boolean`; absent is false.
pub(crate) fn boolean(value: Option<&str>, name: &'static str) -> Result<bool, ReadError> {
    match value.map(str::trim) {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(ReadError::Value(name)),
    }
}

/// `xs:base64Binary`, with white space anywhere.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let compact: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(&compact).ok()
}

/// The same, on one line.
pub(crate) fn base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}
