//! Binary as text: base64url without padding (RFC 4648 section 5) and lower-case hexadecimal.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};

/// Base64url without padding.
pub fn base64url(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// The bytes of strict base64url without padding, or `None`.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()
}

/// Lower-case hexadecimal.
pub fn lowerhex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// The bytes of lower-case hexadecimal, or `None`.
pub fn from_lowerhex(text: &str) -> Option<Vec<u8>> {
    HEXLOWER.decode(text.as_bytes()).ok()
}

/// Appends `LP(field)`: a big-endian `u16` length and the bytes. A longer field keeps its first 65,535 bytes' length as the
/// largest value and can therefore never equal a shorter one; callers bound their fields long before that.
pub fn push_length_prefixed(out: &mut Vec<u8>, field: &[u8]) {
    let length = u16::try_from(field.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(field);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_prefix_is_big_endian() {
        let mut out = Vec::new();
        push_length_prefixed(&mut out, b"abc");
        assert_eq!(out, [0, 3, b'a', b'b', b'c']);
    }

    #[test]
    fn only_canonical_text_is_decoded() {
        assert_eq!(from_base64url("AA=="), None);
        assert_eq!(from_base64url("AB"), None, "non-zero trailing bits");
        assert_eq!(from_lowerhex("AA"), None);
    }
}
