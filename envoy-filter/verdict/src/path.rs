//! Paths that every server reads the same way. A rule protects a path only if the upstream means the same one, so whatever servers
//! are known to read in different ways is refused before any rule is asked.

use std::borrow::Cow;

/// The longest path with its query.
const LIMIT: usize = 16 * 1024;

/// Why a path was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path can be read in more than one way")]
pub struct AmbiguousPath;

/// The segments of a path, decoded. A slash at the end makes no difference.
#[derive(Clone, Debug, Default)]
pub struct Segments<'a>(Vec<Cow<'a, str>>);

impl<'a> Segments<'a> {
    /// Reads a request target without its query.
    ///
    /// # Errors
    /// [`AmbiguousPath`] for anything but visible ASCII, for `//`, a dot segment, a backslash, `;`, `#`, and for an escape of a character
    /// that needs none or that separates.
    pub fn parse(target: &'a str) -> Result<Self, AmbiguousPath> {
        let path = target.split('?').next().unwrap_or_default();
        let rest = path.strip_prefix('/').ok_or(AmbiguousPath)?;
        if target.len() > LIMIT || !target.bytes().all(is_plain) {
            return Err(AmbiguousPath);
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.is_empty() {
            return if path.len() > 1 && path != "/" {
                Err(AmbiguousPath)
            } else {
                Ok(Self::default())
            };
        }
        rest.split('/').map(segment).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn as_slice(&self) -> &[Cow<'a, str>] {
        &self.0
    }

    /// In their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Cow::as_ref)
    }
}

const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'\\' && byte != b'#'
}

fn segment(text: &str) -> Result<Cow<'_, str>, AmbiguousPath> {
    if matches!(text, "" | "." | "..") || text.contains(';') {
        return Err(AmbiguousPath);
    }
    if text.contains('%') {
        decoded(text).map(Cow::Owned)
    } else {
        Ok(Cow::Borrowed(text))
    }
}

fn decoded(text: &str) -> Result<String, AmbiguousPath> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => escaped(rest.next(), rest.next()).ok_or(AmbiguousPath)?,
            _ => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| AmbiguousPath)
}

/// A byte that may be escaped: no separator, no control, and none that stands for itself (RFC 3986 section 2.3).
fn escaped(high: Option<u8>, low: Option<u8>) -> Option<u8> {
    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
    let byte = u8::try_from(digit(high)? << 4 | digit(low)?).ok()?;
    let stands_for_itself = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let separates = matches!(byte, b'/' | b'\\' | b'%' | b';' | b'?' | b'#');
    (!stands_for_itself && !separates && !byte.is_ascii_control()).then_some(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_path_is_its_segments() {
        for (path, expected) in [
            ("/", &[][..]),
            ("/?a=//..;", &[]),
            ("/orders", &["orders"]),
            ("/orders/7/", &["orders", "7"]),
            ("/a%20b/%C3%A9%c3%a8?x", &["a b", "\u{e9}\u{e8}"]),
            ("/.well-known/..a", &[".well-known", "..a"]),
        ] {
            let segments = Segments::parse(path).unwrap();
            assert_eq!(segments.iter().collect::<Vec<_>>(), expected, "{path}");
        }
    }

    #[test]
    fn what_servers_read_differently_is_refused() {
        for path in [
            "",
            "*",
            "orders",
            "//",
            "//admin",
            "/a//b",
            "/a//",
            "/./a",
            "/a/..",
            "/a/../b",
            "/a;b/c",
            "/a\\b",
            "/%2e%2e/a",
            "/a%2fb",
            "/a%5Cb",
            "/%61dmin",
            "/a%00",
            "/a%3bb",
            "/a%",
            "/a%2",
            "/a%zz",
            "/a%ff",
            "/a%252e",
            "/a#b",
            "/a b",
            "/\u{e9}",
            "http://other/a",
        ] {
            assert!(Segments::parse(path).is_err(), "{path}");
        }
    }
}
