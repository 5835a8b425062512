//! Words of strangers that a person will read. A service's name comes from a server and ends in a terminal or on a screen: it may
//! neither carry control characters nor turn the direction of what stands beside it (Unicode UTS 55).

use std::fmt;

use serde::Deserialize;

/// The text may not be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a text that can be shown")]
pub struct TextError;

macro_rules! shown {
    ($(#[$doc:meta])* $name:ident, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// Accepts `text` as it is, or not at all.
            ///
            /// # Errors
            /// [`TextError`] when it may not be shown.
            pub fn parse(text: impl Into<String>) -> Result<Self, TextError> {
                let text = text.into();
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(&text) { Ok(Self(text.into_boxed_str())) } else { Err(TextError) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;
            fn try_from(text: String) -> Result<Self, TextError> {
                Self::parse(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

shown!(
    /// One line for people: 1 to 256 characters, none that controls or reorders.
    DisplayText,
    |text| !text.trim().is_empty() && text.chars().count() <= 256 && !text.chars().any(is_steering)
);
shown!(
    /// An absolute web address, `https` or `http`, of at most 2,048 visible ASCII characters.
    WebAddress,
    is_web_address
);
shown!(
    /// A picture: a web address, or the picture itself as a `data:` URL of at most 32 KiB. What else `data:` can hold may run
    /// script.
    ImageAddress,
    |text| is_web_address(text) || is_embedded_image(text)
);

/// Controls, line and paragraph separators, and the marks, embeddings, overrides and isolates of the bidirectional algorithm
/// (Unicode UAX 9 section 2).
fn is_steering(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

fn is_web_address(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let has_host = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#']));
    has_host && text.len() <= 2048 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_embedded_image(text: &str) -> bool {
    let types = ["data:image/png", "data:image/svg+xml", "data:image/webp"];
    let is_image = types.iter().any(|kind| {
        text.strip_prefix(kind)
            .is_some_and(|rest| rest.starts_with([';', ',']))
    });
    is_image && text.len() <= 32 * 1024 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_steer() {
        assert!(DisplayText::parse("Café Müller – 東京").is_ok());
        for text in [
            "",
            "  ",
            "a\u{1b}[2Jb",
            "a\nb",
            "a\u{202E}b",
            "a\u{2066}b",
            "a\u{200F}b",
            &"a".repeat(257),
        ] {
            assert_eq!(DisplayText::parse(text), Err(TextError), "{text:?}");
        }
    }

    #[test]
    fn addresses_lead_to_the_web() {
        assert!(WebAddress::parse("https://bar.example/privacy?a=b").is_ok());
        for text in [
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "https://a b",
            "data:image/png,x",
            "https://é",
        ] {
            assert_eq!(WebAddress::parse(text), Err(TextError), "{text:?}");
        }
        assert!(ImageAddress::parse("data:image/png;base64,AAAA").is_ok());
        assert_eq!(ImageAddress::parse("data:text/html,x"), Err(TextError));
        assert_eq!(ImageAddress::parse("data:image/pngx,x"), Err(TextError));
    }
}
