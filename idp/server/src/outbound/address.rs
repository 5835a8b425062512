//! Which addresses may be called.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::OutboundError;

/// The longest address.
const LIMIT: usize = 2048;

/// An address as far as it can be checked without asking anybody: absolute, https, no user, no fragment, and where the host is an IP
/// address, a public one. With `loopback`, http and addresses of this machine pass as well.
///
/// # Errors
/// [`OutboundError::Address`].
pub fn check_address(text: &str, loopback: bool) -> Result<Url, OutboundError> {
    let url = (text.len() <= LIMIT).then(|| Url::parse(text).ok()).flatten();
    let url = url.ok_or(OutboundError::Address)?;
    let is_bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let host = match url.host() {
        Some(Host::Domain(name)) if !name.is_empty() => is_loopback_name(name),
        Some(Host::Ipv4(address)) => judged(IpAddr::V4(address), loopback)?,
        Some(Host::Ipv6(address)) => judged(IpAddr::V6(address), loopback)?,
        _ => return Err(OutboundError::Address),
    };
    let is_allowed = match url.scheme() {
        "https" => true,
        "http" => loopback && host,
        _ => false,
    };
    (is_bare && is_allowed)
        .then_some(url)
        .ok_or(OutboundError::Address)
}

/// Whether an address that may be called is this machine's.
fn judged(address: IpAddr, loopback: bool) -> Result<bool, OutboundError> {
    may_connect(address, loopback)
        .then(|| address.to_canonical().is_loopback())
        .ok_or(OutboundError::Address)
}

/// RFC 6761 6.3: such names are this machine's.
fn is_loopback_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether a connection to an address is allowed: it is public (IANA's special-purpose registries, RFC 6890), or this machine's
/// where that is allowed.
pub(super) fn may_connect(address: IpAddr, loopback: bool) -> bool {
    match address.to_canonical() {
        address if address.is_loopback() => loopback,
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        // RFC 6598: carriers' own.
        || (a == 100 && (64..128).contains(&b))
        // RFC 6890: protocol assignments; RFC 7526: 6to4 relays.
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        // RFC 2544: benchmarks.
        || (a == 198 && (18..20).contains(&b))
        // RFC 1112: reserved, broadcast.
        || a >= 240;
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    // RFC 4291: global unicast is 2000::/3; of it, documentation (2001:db8::/32, 3fff::/20), protocol assignments with Teredo
    // (2001::/23) and 6to4 (2002::/16) are special. Translation prefixes (64:ff9b::/96) are outside of it.
    let is_special = (a == 0x2001 && (b < 0x0200 || b == 0x0db8)) || a == 0x2002 || a == 0x3fff;
    (0x2000..0x4000).contains(&a) && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_addresses_are_not_called() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:a00:1::1",
            "3fff::1",
        ] {
            assert!(!may_connect(text.parse().unwrap(), false), "{text}");
        }
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "2a00:1450::1",
        ] {
            assert!(may_connect(text.parse().unwrap(), false), "{text}");
        }
    }

    #[test]
    fn the_switch_opens_this_machine_and_nothing_else() {
        for text in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(may_connect(text.parse().unwrap(), true), "{text}");
        }
        for text in ["10.0.0.1", "169.254.169.254", "0.0.0.0", "::"] {
            assert!(!may_connect(text.parse().unwrap(), true), "{text}");
        }
    }

    #[test]
    fn addresses_are_absolute_https_urls_of_public_hosts() {
        for text in [
            "http://rp.example/jwks",
            "ftp://rp.example/",
            "https://user@rp.example/",
            "https://rp.example/#f",
            "//rp.example/",
            "rp.example",
            "",
            "https://10.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://[::1]/",
            "http://localhost/",
        ] {
            assert_eq!(check_address(text, false), Err(OutboundError::Address), "{text}");
        }
        assert!(check_address("https://rp.example/jwks.json?x=1", false).is_ok());
        assert!(check_address("https://[2606:4700::1]/", false).is_ok());
        for text in [
            "http://127.0.0.1:9/x",
            "http://localhost:9/x",
            "http://rp.localhost/",
            "http://[::1]/",
        ] {
            assert!(check_address(text, true).is_ok(), "{text}");
        }
        for text in ["http://rp.example/", "http://10.0.0.1/", "https://10.0.0.1/"] {
            assert!(check_address(text, true).is_err(), "{text}");
        }
        assert!(check_address(&format!("https://rp.example/{}", "a".repeat(LIMIT)), false).is_err());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,80}", loopback: bool) {
            let _ = check_address(&text, loopback);
        }
    }
}
