//! User codes (RFC 8628 6.1): eight of twenty consonants, so that no word comes of them and nothing looks like something else; shown
//! in two halves, typed as the person likes.

use std::fmt;

/// RFC 8628 6.1.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// 20^8 codes, 34.5 bits. With so few, guesses are limited where codes are typed (RFC 8628 5.1).
const LENGTH: usize = 8;

/// The longest text that is looked at, in bytes.
const LIMIT: usize = 64;

/// A code, without what makes it readable. Debug does not show it: whoever knows it can take part.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    /// The code of 128 random bits; no code is likelier than another by more than 2^-93.
    pub fn from_random(random: [u8; 16]) -> Self {
        let mut rest = u128::from_be_bytes(random);
        let mut code = String::with_capacity(LENGTH);
        for _ in 0..LENGTH {
            let digit = usize::try_from(rest % 20).unwrap_or_default();
            code.extend(ALPHABET.get(digit).copied().map(char::from));
            rest /= 20;
        }
        Self(code)
    }

    /// Reads what somebody typed. RFC 8628 6.1: case makes no difference, and what is no letter was put there to read it better.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > LIMIT {
            return None;
        }
        let letters = typed.chars().filter(char::is_ascii_alphabetic);
        let code: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
        let is_code = code.len() == LENGTH && code.bytes().all(|letter| ALPHABET.contains(&letter));
        is_code.then_some(Self(code))
    }

    /// The eight letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// As the device shows it: `WDJB-MJHT`.
impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(LENGTH / 2);
        write!(f, "{first}-{second}")
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(..)")
    }
}
