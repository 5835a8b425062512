//! Short registry codes: capital letters and digits, so that they are safe in a file name and in C40 text.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The text is not such a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code is {min} to {max} characters of A-Z and 0-9")]
pub struct CodeError {
    /// Fewest characters.
    pub min: usize,
    /// Most characters.
    pub max: usize,
}

macro_rules! code {
    ($(#[$doc:meta])* $name:ident, $min:literal, $max:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// The characters.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = CodeError;
            fn from_str(text: &str) -> Result<Self, CodeError> {
                let characters = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
                let fits = characters && ($min..=$max).contains(&text.len());
                fits.then(|| Self(text.into())).ok_or(CodeError { min: $min, max: $max })
            }
        }

        impl TryFrom<String> for $name {
            type Error = CodeError;
            fn try_from(text: String) -> Result<Self, CodeError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.0.into_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

code!(
    /// Issuing agency code of a scheme operator (ISO/IEC 15459-2): one to three characters.
    AgencyCode, 1, 3
);
code!(
    /// A region of a scheme, one trust service list each: one to eight characters.
    RegionCode, 1, 8
);
code!(
    /// Which CA: characters one to four of a certificate reference.
    AuthorityCode, 4, 4
);
code!(
    /// Which certificate of the CA: characters five to eight of a certificate reference.
    CertificateCode, 4, 4
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_safe_in_file_names() {
        assert!("XDT".parse::<AgencyCode>().is_ok());
        for text in ["", "abcd", "../x", "XX 1", "XX01X", "ÄÄ01"] {
            assert!(text.parse::<AuthorityCode>().is_err(), "{text}");
        }
    }
}
