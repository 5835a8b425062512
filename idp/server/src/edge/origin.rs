//! Where a request comes from: from the peer, or from where trusted proxies say (RFC 7239).

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

use crate::config::{Config, RawForwardedHeader};
use crate::telemetry::identity;

/// Extension of every request: the client's address, as far as somebody trustworthy saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

const X_FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED: &str = "forwarded";

/// So many hops are looked at.
const HOPS: usize = 16;

/// What proxies may say.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    trusted: Vec<IpNet>,
    header: RawForwardedHeader,
    /// A header that means something from these addresses alone.
    certificate: Option<(HeaderName, Vec<IpAddr>)>,
}

impl From<&Config> for Proxies {
    fn from(config: &Config) -> Self {
        let header = config.oidc.client_certificate_header.clone();
        let proxies = config.oidc.client_certificate_proxies.iter();
        let proxies = proxies.map(IpAddr::to_canonical).collect();
        Self {
            trusted: config.proxies.trusted.clone(),
            header: config.proxies.header,
            certificate: header.map(|header| (header, proxies)),
        }
    }
}

impl Proxies {
    /// Whether a peer is a proxy of ours.
    pub(super) fn is_trusted(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|network| network.contains(&address))
    }

    /// Whether a peer speaks for others, in any way.
    pub(super) fn is_any(&self, address: IpAddr) -> bool {
        let shows_certificates = self.certificate.as_ref().is_some_and(|(_, proxies)| {
            let address = address.to_canonical();
            proxies.contains(&address)
        });
        shows_certificates || self.is_trusted(address)
    }

    /// Takes away what this peer may not say, and tells from where the request comes: the last address before ours that is not a proxy's.
    /// What cannot be read ends the way back, so that nobody gets a name by writing nonsense.
    pub(super) fn admit(&self, peer: IpAddr, headers: &mut HeaderMap) -> ClientAddress {
        let mut address = peer.to_canonical();
        if let Some((name, proxies)) = &self.certificate
            && !proxies.contains(&address)
        {
            headers.remove(name);
        }
        if !self.is_trusted(address) {
            for name in [identity::REQUEST_ID, identity::TRACEPARENT, identity::TRACESTATE] {
                headers.remove(name);
            }
            return ClientAddress(address);
        }
        let name = match self.header {
            RawForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
            RawForwardedHeader::Forwarded => FORWARDED,
        };
        for hop in hops(headers, name).take(HOPS) {
            let named = match self.header {
                RawForwardedHeader::XForwardedFor => node(hop),
                RawForwardedHeader::Forwarded => forwarded_for(hop),
            };
            let Some(named) = named else { break };
            address = named;
            if !self.is_trusted(address) {
                break;
            }
        }
        ClientAddress(address)
    }
}

/// The elements of a list header, the last first.
fn hops<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let fields: Vec<&str> = headers
        .get_all(name)
        .iter()
        .map(|value| value.to_str().unwrap_or_default())
        .collect();
    fields
        .into_iter()
        .rev()
        .flat_map(|field| field.rsplit(','))
        .map(str::trim)
}

/// `for` of one element (RFC 7239 4); without quoted commas or semicolons, which no address has.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    let value = value.trim();
    let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    node(quoted.unwrap_or(value))
}

/// An address with or without a port and brackets (RFC 7239 6); `unknown` and obfuscated names are none.
fn node(text: &str) -> Option<IpAddr> {
    let bare = text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let address: IpAddr = bare.or_else(with_port).or_else(bracketed)?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn proxies(header: RawForwardedHeader) -> Proxies {
        Proxies {
            trusted: vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
            header,
            certificate: Some(("client-cert".parse().unwrap(), vec!["10.0.0.1".parse().unwrap()])),
        }
    }

    fn admitted(header: RawForwardedHeader, peer: &str, fields: &[(&'static str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let ClientAddress(address) = proxies(header).admit(peer.parse().unwrap(), &mut headers);
        address.to_string()
    }

    #[test]
    fn a_stranger_speaks_for_itself() {
        let fields = [(X_FORWARDED_FOR, "198.51.100.7"), (FORWARDED, "for=198.51.100.7")];
        for header in [RawForwardedHeader::XForwardedFor, RawForwardedHeader::Forwarded] {
            assert_eq!(admitted(header, "192.0.2.1", &fields), "192.0.2.1");
            assert_eq!(admitted(header, "::ffff:192.0.2.1", &fields), "192.0.2.1");
        }
    }

    #[test]
    fn the_last_address_that_is_no_proxy_is_the_client() {
        for (written, client) in [
            ("198.51.100.7", "198.51.100.7"),
            ("203.0.113.9, 198.51.100.7", "198.51.100.7"),
            ("198.51.100.7, 10.1.1.1", "198.51.100.7"),
            ("198.51.100.7:4711, 10.1.1.1:80", "198.51.100.7"),
            ("[2001:db9::1]:443", "2001:db9::1"),
            ("nonsense, 10.1.1.1", "10.1.1.1"),
            ("198.51.100.7, unknown", "10.0.0.1"),
            ("", "10.0.0.1"),
        ] {
            let fields = [(X_FORWARDED_FOR, written), (FORWARDED, "for=192.0.2.66")];
            let said = admitted(RawForwardedHeader::XForwardedFor, "10.0.0.1", &fields);
            assert_eq!(said, client, "{written}");
        }
    }

    #[test]
    fn rfc7239_4_elements_are_read_from_the_end_of_the_last_field() {
        let fields = [
            (FORWARDED, "for=203.0.113.9"),
            (
                FORWARDED,
                "proto=https;For=\"[2001:db9:cafe::17]:4711\";by=_x, for=10.2.2.2",
            ),
        ];
        let said = admitted(RawForwardedHeader::Forwarded, "2001:db8::1", &fields);
        assert_eq!(said, "2001:db9:cafe::17");
        let hidden = [(FORWARDED, "for=203.0.113.9, for=_hidden")];
        assert_eq!(
            admitted(RawForwardedHeader::Forwarded, "10.0.0.1", &hidden),
            "10.0.0.1"
        );
    }

    #[test]
    fn rfc9700_4_13_a_certificate_header_of_a_stranger_is_taken_away() {
        for (peer, stays) in [("10.0.0.1", true), ("10.0.0.2", false), ("192.0.2.1", false)] {
            let mut headers = HeaderMap::new();
            headers.insert("client-cert", HeaderValue::from_static(":AAAA:"));
            proxies(RawForwardedHeader::Forwarded).admit(peer.parse().unwrap(), &mut headers);
            assert_eq!(headers.contains_key("client-cert"), stays, "{peer}");
        }
    }

    #[test]
    fn the_id_and_trace_of_a_stranger_are_taken_away() {
        for (peer, stays) in [("10.0.0.1", true), ("192.0.2.1", false)] {
            let mut headers = HeaderMap::new();
            let names = ["x-request-id", "traceparent", "tracestate"];
            for name in names {
                headers.insert(name, HeaderValue::from_static("x"));
            }
            proxies(RawForwardedHeader::XForwardedFor).admit(peer.parse().unwrap(), &mut headers);
            assert!(
                names.iter().all(|name| headers.contains_key(*name) == stays),
                "{peer}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(text in "[ -~]{0,80}") {
            let fields = [(X_FORWARDED_FOR, text.as_str()), (FORWARDED, text.as_str())];
            for header in [RawForwardedHeader::XForwardedFor, RawForwardedHeader::Forwarded] {
                admitted(header, "10.0.0.1", &fields);
            }
        }
    }
}
