//! A JWS that waits for its signature.

use std::fmt;

use crate::base64::BASE64URL_NOPAD;

use super::Header;

/// Header and payload, encoded, in a string with room for the signature: completing it moves no byte.
#[derive(Clone, PartialEq, Eq)]
pub struct Prepared {
    text: String,
}

impl Prepared {
    /// Encodes header and payload (RFC 7515 section 5.1, steps 1 to 5).
    pub fn new(header: &Header, payload: &[u8]) -> Self {
        Self::with_room(header, payload, 0)
    }

    /// As [`Self::new`], with `room` more bytes kept free behind the signature.
    pub(crate) fn with_room(header: &Header, payload: &[u8], room: usize) -> Self {
        let mut protected = Vec::with_capacity(160);
        header.write(&mut protected);
        let encoded = BASE64URL_NOPAD.encode_len(protected.len()) + BASE64URL_NOPAD.encode_len(payload.len());
        let mut text = String::with_capacity(encoded + header.alg.signature_text_length() + 2 + room);
        BASE64URL_NOPAD.encode_append(&protected, &mut text);
        text.push('.');
        BASE64URL_NOPAD.encode_append(payload, &mut text);
        Self { text }
    }

    /// What is to be signed: ASCII(header `.` payload).
    pub fn signing_input(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The compact JWS. For ES256 the signature is the 64 bytes `r || s`; [`crate::ecdsa_signature_to_raw`] makes them
    /// from DER.
    pub fn complete(self, signature: &[u8]) -> String {
        let mut text = self.text;
        text.push('.');
        BASE64URL_NOPAD.encode_append(signature, &mut text);
        text
    }
}

impl fmt::Debug for Prepared {
    /// The payload of a token names a person; only its size is shown.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Prepared({} bytes)", self.text.len())
    }
}
