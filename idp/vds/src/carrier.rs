//! Seals as text: what a QR code, a link or a person's clipboard carries (profile 2, `vdsData`).
//!
//! The alphabets overlap, so a text is never judged by its characters. Every encoding is tried, a result counts only when it
//! begins with the marker, its header is known and its lengths close, and two different results are a refusal.

use data_encoding::{
    BASE32, BASE32_NOPAD, BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, Encoding, HEXLOWER,
    HEXLOWER_PERMISSIVE,
};

use zeroize::Zeroizing;

use crate::seal::{SEAL_LIMIT, Seal};

/// The longest text that can be a seal: hexadecimal, with room for a link around it.
pub const TEXT_LIMIT: usize = 2 * SEAL_LIMIT + 512;

/// Why a text is not a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CarrierError {
    /// The text is longer than [`TEXT_LIMIT`].
    #[error("the text is longer than {TEXT_LIMIT} bytes")]
    TooLong,
    /// No encoding makes a seal of the text.
    #[error("the text is not a seal in any known encoding")]
    Unknown,
    /// Two encodings make different seals of the text.
    #[error("the text is a seal in two encodings at once")]
    Ambiguous,
}

/// How to write a seal as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Carrier<'a> {
    /// RFC 4648 section 6 with padding: what published QR codes carry. Safe in links.
    Base32,
    /// RFC 9285: the densest in a QR code, and unsafe in links.
    Base45,
    /// RFC 4648 section 4 with padding.
    Base64,
    /// RFC 4648 section 5 without padding.
    Base64Url,
    /// Lower-case hexadecimal.
    Hex,
    /// `HC1:` and Base45, the shape that the seeds show for a Service VDS.
    Hc1,
    /// `vds://` and Base32.
    VdsScheme,
    /// `https://{host}/vds#` and Base32; the fragment never reaches the host.
    Link {
        /// Host name, and port if there is one.
        host: &'a str,
    },
}

/// Writes a seal as text.
pub fn encode_text(carrier: Carrier<'_>, seal: &Seal) -> String {
    let bytes = seal.as_bytes();
    match carrier {
        Carrier::Base32 => BASE32.encode(bytes),
        Carrier::Base45 => base45::encode(bytes),
        Carrier::Base64 => BASE64.encode(bytes),
        Carrier::Base64Url => BASE64URL_NOPAD.encode(bytes),
        Carrier::Hex => HEXLOWER.encode(bytes),
        Carrier::Hc1 => format!("HC1:{}", base45::encode(bytes)),
        Carrier::VdsScheme => format!("vds://{}", BASE32.encode(bytes)),
        Carrier::Link { host } => format!("https://{host}/vds#{}", BASE32.encode(bytes)),
    }
}

/// Reads a seal from text in any encoding, inside a link or not.
///
/// # Errors
/// [`CarrierError`] when the text is too long, no seal, or two.
pub fn decode_text(text: &str) -> Result<Seal, CarrierError> {
    decode_text_with_prefixes(text, &[])
}

/// Reads a seal from text that may begin with one of the given prefixes (scheme operator and environment, such as `VDSEU6`).
/// A prefix is unsigned and proves nothing; one that is not in the list is not skipped.
///
/// # Errors
/// [`CarrierError`] when the text is too long, no seal, or two.
pub fn decode_text_with_prefixes(text: &str, prefixes: &[&str]) -> Result<Seal, CarrierError> {
    if text.len() > TEXT_LIMIT {
        return Err(CarrierError::TooLong);
    }
    // A space is a digit of Base45, so only line ends and tabs are trimmed.
    let bare = unwrap(text.trim_matches(['\r', '\n', '\t']));
    let stripped = prefixes.iter().filter_map(|prefix| bare.strip_prefix(prefix));
    let mut found: Option<Seal> = None;
    for seal in std::iter::once(bare).chain(stripped).flat_map(readings) {
        match &found {
            None => found = Some(seal),
            Some(earlier) if earlier.as_bytes() == seal.as_bytes() => {}
            Some(_) => return Err(CarrierError::Ambiguous),
        }
    }
    found.ok_or(CarrierError::Unknown)
}

/// The text inside a link, after a scheme or after the health-certificate mark.
fn unwrap(text: &str) -> &str {
    let link = || {
        text.strip_prefix("https://")?
            .rsplit_once("/vds#")
            .map(|(_, seal)| seal)
    };
    link()
        .or_else(|| text.strip_prefix("vds://"))
        .or_else(|| text.strip_prefix("HC1:"))
        .unwrap_or(text)
}

/// Every seal that the text is in some encoding.
fn readings(text: &str) -> impl Iterator<Item = Seal> {
    const STRICT: [&Encoding; 7] = [
        &HEXLOWER_PERMISSIVE,
        &BASE32,
        &BASE32_NOPAD,
        &BASE64,
        &BASE64_NOPAD,
        &BASE64URL,
        &BASE64URL_NOPAD,
    ];
    let strict = STRICT
        .into_iter()
        .filter_map(|encoding| encoding.decode(text.as_bytes()).ok());
    strict
        .chain(from_base45(text))
        .map(Zeroizing::new)
        .filter_map(|bytes| Seal::parse(&bytes).ok())
}

/// Canonical Base45: what was decoded encodes to the same text, so a last pair beyond 255 is refused (RFC 9285 section 4).
fn from_base45(text: &str) -> Option<Vec<u8>> {
    base45::decode(text)
        .ok()
        .filter(|bytes| base45::encode(bytes) == text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CARRIERS: [Carrier<'static>; 8] = [
        Carrier::Base32,
        Carrier::Base45,
        Carrier::Base64,
        Carrier::Base64Url,
        Carrier::Hex,
        Carrier::Hc1,
        Carrier::VdsScheme,
        Carrier::Link { host: "id.example" },
    ];

    fn seal(payload: &[u8], signature: [u8; 64]) -> Seal {
        let mut bytes = vec![
            0xDE, 0x02, 0x66, 0x35, 0x1F, 0xE5, 0x1A, 0x45, 0xFF, 0xFF, 1, 0, 0, 0, 0,
        ];
        bytes.extend_from_slice(&u16::try_from(payload.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(payload);
        bytes.extend_from_slice(&signature);
        Seal::parse(&bytes).unwrap()
    }

    fn bytes_of(text: &str) -> Result<Vec<u8>, CarrierError> {
        decode_text(text).map(|seal| seal.as_bytes().to_vec())
    }

    #[test]
    fn padding_and_case_of_hexadecimal_do_not_matter() {
        let seal = seal(b"abcde", [7; 64]);
        for text in [
            encode_text(Carrier::Base32, &seal)
                .trim_end_matches('=')
                .to_owned(),
            encode_text(Carrier::Base64, &seal)
                .trim_end_matches('=')
                .to_owned(),
            encode_text(Carrier::Hex, &seal).to_uppercase(),
            format!("{}\r\n", encode_text(Carrier::Base45, &seal)),
            BASE64URL.encode(seal.as_bytes()),
        ] {
            assert_eq!(bytes_of(&text).as_deref(), Ok(seal.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_prefix_is_skipped_only_when_configured() {
        let seal = seal(b"abcde", [7; 64]);
        let text = format!("VDSEU6{}", encode_text(Carrier::Base45, &seal));
        assert_eq!(bytes_of(&text), Err(CarrierError::Unknown));
        let read = decode_text_with_prefixes(&text, &["KFREU6", "VDSEU6"]).unwrap();
        assert_eq!(read.as_bytes(), seal.as_bytes());
    }

    #[test]
    fn other_wrappers_and_other_texts_are_refused() {
        let text = encode_text(Carrier::Base32, &seal(b"", [7; 64]));
        for text in [
            format!("http://id.example/vds#{text}"),
            format!("https://id.example/other#{text}"),
            format!("HC2:{text}"),
            text[1..].to_owned(),
            String::new(),
            "DC04".to_owned(),
            "DE02".to_owned(),
        ] {
            assert_eq!(bytes_of(&text), Err(CarrierError::Unknown), "{text}");
        }
        assert_eq!(bytes_of(&"A".repeat(TEXT_LIMIT + 1)), Err(CarrierError::TooLong));
    }

    #[test]
    fn base45_is_canonical() {
        assert_eq!(
            from_base45("QED8WEX0").as_deref(),
            Some(b"ietf!".as_slice()),
            "RFC 9285 section 4.3"
        );
        assert_eq!(from_base45("::"), None, "2024 does not fit into one byte");
        assert_eq!(from_base45("ab"), None);
    }

    proptest! {
        #[test]
        fn every_carrier_reads_back(payload in proptest::collection::vec(any::<u8>(), 0..300), byte: u8) {
            let seal = seal(&payload, [byte; 64]);
            for carrier in CARRIERS {
                let text = encode_text(carrier, &seal);
                let read = bytes_of(&text);
                prop_assert_eq!(read.as_deref(), Ok(seal.as_bytes()), "{:?}", carrier);
            }
        }

        #[test]
        fn reading_never_panics(text in "\\PC{0,200}") {
            let _ = decode_text(&text);
        }
    }
}
