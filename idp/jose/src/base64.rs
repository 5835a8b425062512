//! Base64 and base64url, each in its one canonical form (RFC 4648 sections 3.5, 4 and 5).
//!
//! Every token passes here several times, and the gateway filter pays for each byte of code at its start: the general library's reader
//! is ten times as large and half as fast in wasm. The tests hold the two against each other.

#![expect(
    clippy::indexing_slicing,
    reason = "tables of 64 and 256 entries under an index of 6 and 8 bits"
)]

/// Base64 with padding (section 4).
pub static BASE64: Base64 = Base64::new(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    true,
);
/// Base64url without padding (section 5), as RFC 7515 section 2 has it.
pub static BASE64URL_NOPAD: Base64 = Base64::new(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    false,
);

/// The value of what is no letter.
const NONE: u8 = 0x80;

/// One alphabet.
pub struct Base64 {
    letters: &'static [u8; 64],
    values: [u8; 256],
    padded: bool,
}

/// Another letter, another length, bits that count for nothing, or padding where none belongs or none where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not canonical base64")]
pub struct NotBase64;

impl Base64 {
    const fn new(letters: &'static [u8; 64], padded: bool) -> Self {
        let mut values = [NONE; 256];
        let mut value = 0;
        while value < 64 {
            values[letters[value as usize] as usize] = value;
            value += 1;
        }
        Self {
            letters,
            values,
            padded,
        }
    }

    /// The text of some bytes.
    pub fn encode(&self, bytes: &[u8]) -> String {
        let mut text = String::with_capacity(self.encode_len(bytes.len()));
        self.encode_append(bytes, &mut text);
        text
    }

    /// The length of the text of so many bytes.
    pub const fn encode_len(&self, length: usize) -> usize {
        if self.padded {
            length.div_ceil(3) * 4
        } else {
            (length * 4).div_ceil(3)
        }
    }

    /// Appends the text of some bytes.
    pub fn encode_append(&self, bytes: &[u8], text: &mut String) {
        let letter = |bits: u32| char::from(self.letters[(bits & 0x3f) as usize]);
        let (blocks, rest) = bytes.as_chunks::<3>();
        for [first, second, third] in blocks {
            let bits = u32::from_be_bytes([0, *first, *second, *third]);
            text.extend([18, 12, 6, 0].map(|shift| letter(bits >> shift)));
        }
        match rest {
            [first] => text.extend([letter(u32::from(*first) >> 2), letter(u32::from(*first) << 4)]),
            [first, second] => {
                let bits = u32::from_be_bytes([0, *first, *second, 0]);
                text.extend([18, 12, 6].map(|shift| letter(bits >> shift)));
            }
            _ => return,
        }
        if self.padded {
            text.push_str(if rest.len() == 1 { "==" } else { "=" });
        }
    }

    /// The bytes of a text.
    ///
    /// # Errors
    /// [`NotBase64`] for every text but the one that [`Self::encode`] gives.
    pub fn decode(&self, text: &[u8]) -> Result<Vec<u8>, NotBase64> {
        let text = if self.padded { without_padding(text)? } else { text };
        let (blocks, rest) = text.as_chunks::<4>();
        let mut bytes = vec![0; blocks.len() * 3 + rest.len().saturating_sub(1)];
        let (whole, end) = bytes.as_chunks_mut::<3>();
        let value = |letter: u8| self.values[usize::from(letter)];
        let mut seen = 0;
        for (to, from) in whole.iter_mut().zip(blocks) {
            let [first, second, third, fourth] = from.map(value);
            seen |= first | second | third | fourth;
            *to = [
                first << 2 | second >> 4,
                second << 4 | third >> 2,
                third << 6 | fourth,
            ];
        }
        match (end, rest) {
            ([], []) => {}
            ([to], [first, second]) => {
                let (first, second) = (value(*first), value(*second));
                seen |= first | second | unused(second << 4);
                *to = first << 2 | second >> 4;
            }
            ([to, next], [first, second, third]) => {
                let (first, second, third) = (value(*first), value(*second), value(*third));
                seen |= first | second | third | unused(third << 6);
                (*to, *next) = (first << 2 | second >> 4, second << 4 | third >> 2);
            }
            _ => return Err(NotBase64),
        }
        if seen & NONE == 0 {
            Ok(bytes)
        } else {
            Err(NotBase64)
        }
    }
}

/// Bits beyond the last byte have to be zero.
const fn unused(bits: u8) -> u8 {
    if bits == 0 { 0 } else { NONE }
}

fn without_padding(text: &[u8]) -> Result<&[u8], NotBase64> {
    match text {
        _ if !text.len().is_multiple_of(4) => Err(NotBase64),
        [rest @ .., b'=', b'='] | [rest @ .., b'='] => Ok(rest),
        _ => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_vectors_of_the_rfc_come_out() {
        // Section 10.
        let vectors = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        for (length, text) in vectors.iter().enumerate() {
            let bytes = &b"foobar"[..length];
            assert_eq!(BASE64.encode(bytes), *text);
            assert_eq!(BASE64.decode(text.as_bytes()).as_deref(), Ok(bytes));
            let bare = text.trim_end_matches('=');
            assert_eq!(BASE64URL_NOPAD.encode(bytes), bare);
            assert_eq!(BASE64URL_NOPAD.decode(bare.as_bytes()).as_deref(), Ok(bytes));
        }
    }

    #[test]
    fn every_other_form_is_refused() {
        for text in [
            "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "=", "====", "Zm9v\n", "Zm-v", "Zm9v====",
        ] {
            assert_eq!(BASE64.decode(text.as_bytes()), Err(NotBase64), "{text}");
        }
        for text in ["Z", "Zh", "Zm9", "Zg==", "Zm9v=", "Zm+v", "Zm 9v", "Zm9\u{e9}"] {
            assert_eq!(BASE64URL_NOPAD.decode(text.as_bytes()), Err(NotBase64), "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_general_library(bytes in any::<Vec<u8>>(), text in "[A-Za-f0-9_/+=-]{0,24}") {
            prop_assert_eq!(BASE64.encode(&bytes), data_encoding::BASE64.encode(&bytes));
            prop_assert_eq!(BASE64URL_NOPAD.encode(&bytes), data_encoding::BASE64URL_NOPAD.encode(&bytes));
            prop_assert_eq!(
                BASE64URL_NOPAD.decode(text.as_bytes()).ok(),
                data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok()
            );
        }
    }
}
