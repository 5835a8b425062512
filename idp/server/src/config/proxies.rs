//! `[proxies]`: the reverse proxies in front of this server.

use std::net::IpAddr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ConfigError;

/// `[proxies]`: who may say for whom it asks.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawProxies {
    /// Addresses and networks of the reverse proxies in front of this server. What they say of a request's origin is believed, and their
    /// connections are not counted per address. Empty: whoever connects is the client.
    pub trusted: Vec<String>,
    /// The header in which they say it; the other one is not looked at. Each proxy must append to this header, or set it.
    pub header: RawForwardedHeader,
}

/// Where a proxy names the client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RawForwardedHeader {
    /// `X-Forwarded-For: client, proxy`.
    #[default]
    XForwardedFor,
    /// `Forwarded: for=client, for=proxy` (RFC 7239).
    Forwarded,
}

/// The proxies in front of this server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProxiesConfig {
    /// Networks of trusted proxies.
    pub trusted: Vec<IpNet>,
    /// The header that they write.
    pub header: RawForwardedHeader,
}

impl ProxiesConfig {
    /// Whether an address is that of a proxy in front.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|network| network.contains(&address))
    }

    /// What the table means.
    pub(super) fn of(raw: &RawProxies, errors: &mut Vec<ConfigError>) -> Self {
        let mut trusted = Vec::with_capacity(raw.trusted.len());
        for text in &raw.trusted {
            match network(text) {
                Some(network) => trusted.push(network),
                None => errors.push(ConfigError::new(
                    "proxies.trusted",
                    "has an entry that is neither an address nor a network",
                    "write addresses and networks, such as `10.0.0.1` or `10.0.0.0/8`",
                )),
            }
        }
        Self {
            trusted,
            header: raw.header,
        }
    }
}

fn network(text: &str) -> Option<IpNet> {
    let address = text.parse::<IpAddr>().ok().map(IpNet::from);
    address.or_else(|| text.parse().ok())
}
