//! Addresses in metadata: where we send people and messages.

use url::{Host, Url};

/// The longest address that is kept, in bytes.
const LIMIT: usize = 2048;

/// Whether an address may be registered: https, or http on this very machine; no user, no fragment, no surprise in its spelling.
pub(super) fn is_acceptable(text: &str) -> bool {
    if text.len() > LIMIT
        || text.contains(|character: char| character.is_whitespace() || character.is_control())
    {
        return false;
    }
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let secure = match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback(&url),
        _ => false,
    };
    plain && secure
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
