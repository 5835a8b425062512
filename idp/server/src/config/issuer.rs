//! The issuer: an origin, because RFC 8414 section 2 and OpenID Connect Discovery compare it as a string, because the
//! signed strings of profile 2 and 4.3 contain it, and because browsers compare origins (RFC 6454 section 6.2).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::ConfigError;

const FIX: &str = "write the public origin alone, such as `https://login.example.com`";
const LIMIT: usize = 255;

/// Checks that the text is an origin as a browser would write it: https, or http on loopback for trying out.
///
/// # Errors
/// [`ConfigError`] on the key `issuer`.
pub fn issuer(text: &str) -> Result<String, ConfigError> {
    match problem(text) {
        None => Ok(text.to_owned()),
        Some(problem) => Err(ConfigError::new("issuer", problem, FIX)),
    }
}

fn problem(text: &str) -> Option<&'static str> {
    let (scheme, authority) = match text.split_once("://") {
        Some((scheme @ ("https" | "http"), authority)) => (scheme, authority),
        Some(_) => return Some("has a scheme other than https"),
        None => return Some("is not a URL"),
    };
    if text.len() > LIMIT {
        return Some("is longer than 255 characters");
    }
    if let Some(part) = forbidden_part(authority) {
        return Some(part);
    }
    let (host, port) = split_port(authority);
    let Some(host) = Host::parse(host) else {
        return Some("has a host that is neither a lower-case name nor an address in its usual form");
    };
    let port = match port.map(parse_port) {
        None => None,
        Some(Some(port)) => Some(port),
        Some(None) => return Some("has a port that is not a number from 1 to 65535"),
    };
    match (scheme, port) {
        ("https", Some(443)) | ("http", Some(80)) => Some("spells out the scheme's own port"),
        ("http", _) if !host.is_loopback() => Some("uses http for a host that is not this machine"),
        _ => None,
    }
}

fn forbidden_part(authority: &str) -> Option<&'static str> {
    match authority.find(['/', '?', '#', '@', '\\'])? {
        end if authority.get(end..) == Some("/") => Some("ends with a slash"),
        end => match authority.as_bytes().get(end) {
            Some(b'?') => Some("has a query"),
            Some(b'#') => Some("has a fragment"),
            Some(b'@') => Some("has a user name"),
            _ => Some("has a path"),
        },
    }
}

/// The host and what follows its last colon; a colon inside brackets belongs to the address.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn parse_port(text: &str) -> Option<u16> {
    let canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    canonical.then(|| text.parse().ok()).flatten()
}

enum Host<'a> {
    Name(&'a str),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl<'a> Host<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let address: Ipv6Addr = inner.parse().ok()?;
            return (address.to_string() == inner).then_some(Self::V6(address));
        }
        if let Ok(address) = text.parse() {
            return Some(Self::V4(address));
        }
        // A name whose last label is a number is an address in a browser (WHATWG URL, host parser), not a name.
        let last = text.rsplit('.').next().unwrap_or_default();
        let numeric = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
        let valid = text.len() <= 253 && text.split('.').all(is_label) && !numeric;
        valid.then_some(Self::Name(text))
    }

    fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => *name == "localhost" || name.ends_with(".localhost"),
            Self::V4(address) => address.is_loopback(),
            Self::V6(address) => address.is_loopback(),
        }
    }
}

fn is_label(label: &str) -> bool {
    let permitted = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(permitted)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_taken_as_written() {
        for origin in [
            "https://login.example.com",
            "https://xn--bcher-kva.example:8443",
            "https://203.0.113.7",
            "https://[2001:db8::1]:8443",
            "http://localhost:8080",
            "http://idp.localhost",
            "http://127.8.9.1:1",
            "http://[::1]:65535",
        ] {
            assert_eq!(issuer(origin).as_deref(), Ok(origin));
        }
    }

    #[test]
    fn anything_else_is_refused_with_its_reason() {
        for (text, problem) in [
            ("", "is not a URL"),
            ("login.example.com", "is not a URL"),
            ("ftp://login.example.com", "has a scheme other than https"),
            ("HTTPS://login.example.com", "has a scheme other than https"),
            ("https://login.example.com/", "ends with a slash"),
            ("https://login.example.com/idp", "has a path"),
            ("https://login.example.com//", "has a path"),
            ("https://login.example.com?a=b", "has a query"),
            ("https://login.example.com#top", "has a fragment"),
            ("https://user:word@login.example.com", "has a user name"),
            (
                "https://login.example.com:443",
                "spells out the scheme's own port",
            ),
            ("http://localhost:80", "spells out the scheme's own port"),
            (
                "http://login.example.com",
                "uses http for a host that is not this machine",
            ),
            (
                "http://localhost.example.com",
                "uses http for a host that is not this machine",
            ),
            (
                "http://[2001:db8::1]",
                "uses http for a host that is not this machine",
            ),
        ] {
            assert_eq!(
                issuer(text).map_err(|error| error.problem),
                Err(problem.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn hosts_and_ports_have_one_spelling() {
        for port in ["", "0", "080", "+80", "65536", "x"] {
            let problem = issuer(&format!("https://a.example:{port}")).map_err(|error| error.problem);
            assert_eq!(
                problem,
                Err("has a port that is not a number from 1 to 65535".to_owned()),
                "{port}"
            );
        }
        for host in [
            "",
            "Login.example.com",
            "a..b",
            "-a.b",
            "a.b-",
            "ä.b",
            "a b",
            "[::1",
            "[0::1]",
            "1.2.3",
            "0x7f.0x1",
        ] {
            let problem = issuer(&format!("https://{host}")).map_err(|error| error.problem);
            let expected = "has a host that is neither a lower-case name nor an address in its usual form";
            assert_eq!(problem, Err(expected.to_owned()), "{host}");
        }
    }
}
