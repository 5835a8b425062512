//! Who the device is, and to whom: the issuer it enrolled with, the holder's tokenId and its own name.

use std::fmt;

use idp_types::{DeviceId, TokenId};
use serde::{Deserialize, Serialize};

/// The text is not an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an issuer is an https origin without a path, or an http origin on this machine")]
pub struct IssuerError;

/// The server's name: an origin, because it stands in signed strings and is compared octet by octet (profile 2, 4.3; RFC 8414
/// section 2).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Issuer(Box<str>);

impl Issuer {
    /// The longest issuer, in bytes.
    pub const LIMIT: usize = 255;

    /// Reads an origin: `https`, or `http` for a host that is this machine. One slash at the end, as people type it, is
    /// dropped.
    ///
    /// # Errors
    /// [`IssuerError`] for any other text.
    pub fn parse(text: &str) -> Result<Self, IssuerError> {
        let origin = text.strip_suffix('/').unwrap_or(text);
        if origin.len() > Self::LIMIT {
            return Err(IssuerError);
        }
        let (scheme, authority) = origin.split_once("://").ok_or(IssuerError)?;
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:[]".contains(&byte);
        let (host, port) = split_port(authority);
        let valid = !host.is_empty() && authority.bytes().all(plain) && port.is_none_or(is_port);
        match scheme {
            "https" if valid => Ok(Self(origin.into())),
            "http" if valid && is_loopback(host) => Ok(Self(origin.into())),
            _ => Err(IssuerError),
        }
    }

    /// The origin, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of a path that begins with a slash.
    pub fn address(&self, path_and_query: &str) -> String {
        format!("{}{path_and_query}", self.0)
    }
}

/// The host and what follows its last colon; a colon inside brackets belongs to the address (RFC 3986 section 3.2.2).
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>()
        .is_ok_and(|port| port > 0 && port.to_string() == text)
}

/// RFC 6761 section 6.3, RFC 5735 section 3, RFC 4291 section 2.5.3.
fn is_loopback(host: &str) -> bool {
    let address = host.parse::<std::net::Ipv4Addr>();
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || address.is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Issuer {
    type Error = IssuerError;
    fn try_from(text: String) -> Result<Self, IssuerError> {
        Self::parse(&text)
    }
}

impl From<Issuer> for String {
    fn from(issuer: Issuer) -> Self {
        issuer.0.into_string()
    }
}

/// An enrolled device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceIdentity {
    /// The server that it enrolled with.
    pub issuer: Issuer,
    /// The holder.
    pub token_id: TokenId,
    /// The device.
    pub device_id: DeviceId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_an_origin() {
        for (text, read) in [
            ("https://id.example", "https://id.example"),
            ("https://id.example/", "https://id.example"),
            ("https://id.example:8443", "https://id.example:8443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost", "http://localhost"),
            ("http://[::1]:80", "http://[::1]:80"),
        ] {
            assert_eq!(Issuer::parse(text).map(String::from), Ok(read.to_owned()));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "https://",
            "https:///",
            "https://id.example//",
            "https://id.example/idp",
            "https://id.example?x",
            "https://user@id.example",
            "https://ID.example",
            "https://id.example:0",
            "https://id.example:080",
            "https://a|b",
            "http://id.example",
            "http://127.0.0.1.example",
            "http://localhost.example",
            "ftp://id.example",
        ] {
            assert_eq!(Issuer::parse(text), Err(IssuerError), "{text}");
        }
        assert_eq!(
            Issuer::parse(&format!("https://{}", "a".repeat(255))),
            Err(IssuerError)
        );
    }
}
