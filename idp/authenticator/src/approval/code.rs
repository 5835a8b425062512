//! The code that both screens have in common (profile 4, X.1280's AutoPassword).

use std::fmt;

use idp_types::secret::constant_time_equal;
use serde::Deserialize;
use zeroize::Zeroizing;

/// The text is not six digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code has six digits")]
pub struct CodeError;

/// Six digits. Never printed by `Debug`, wiped when dropped.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Code(Zeroizing<String>);

impl Code {
    /// Exactly six ASCII digits.
    ///
    /// # Errors
    /// [`CodeError`] for any other text.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(CodeError)
        }
    }

    /// Six digits as a person types them, with spaces where they like.
    ///
    /// # Errors
    /// [`CodeError`] for any other text.
    pub fn typed(text: &str) -> Result<Self, CodeError> {
        if text.len() > 32 {
            return Err(CodeError);
        }
        let digits: Zeroizing<String> = Zeroizing::new(
            text.chars()
                .filter(|character| !character.is_whitespace())
                .collect(),
        );
        Self::parse(&digits)
    }

    /// The digits, for a screen or a message.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        constant_time_equal(self.0.as_bytes(), other.0.as_bytes())
    }
}

impl Eq for Code {}

impl TryFrom<String> for Code {
    type Error = CodeError;
    fn try_from(text: String) -> Result<Self, CodeError> {
        let text = Zeroizing::new(text);
        Self::parse(&text)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_and_nothing_else() {
        assert_eq!(Code::parse("012345").unwrap().reveal(), "012345");
        assert_eq!(Code::typed(" 012 345\n"), Code::parse("012345"));
        for text in ["", "12345", "1234567", "12345a", "٠١٢٣٤٥", "12|345", "-12345"] {
            assert_eq!(Code::typed(text), Err(CodeError), "{text}");
        }
        assert_eq!(Code::parse("012 345"), Err(CodeError));
        assert_eq!(format!("{:?}", Code::parse("012345").unwrap()), "Code(..)");
    }
}
