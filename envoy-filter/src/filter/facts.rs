//! What is known of a request, and what no client may send.

use verdict::Request;

use super::Filter;
use crate::host::Host;

/// Where routes say things to rules.
const METADATA: &str = "idp.gateway";

impl<H: Host> Filter<H> {
    /// Strips the reserved names, whatever the rule will be, and collects what is known of the request.
    pub(super) fn facts<'a>(&self, pairs: &[(&'a [u8], &'a [u8])]) -> Option<Facts<'a>> {
        let mut facts = Facts::default();
        facts.headers.reserve(pairs.len());
        for (name, value) in pairs {
            let name = std::str::from_utf8(name).ok()?;
            if self.gate.policy().identity.is_reserved(name) {
                self.host.remove_header(name);
                continue;
            }
            let pseudo = match name {
                ":method" => &mut facts.method,
                ":scheme" => &mut facts.scheme,
                ":authority" => &mut facts.authority,
                ":path" => &mut facts.target,
                _ => {
                    facts.headers.push((name, *value));
                    continue;
                }
            };
            // What is not text matches no rule, and as a path it is ambiguous.
            *pseudo = std::str::from_utf8(value).unwrap_or("\u{fffd}");
        }
        self.properties(&mut facts);
        Some(facts)
    }

    fn properties(&self, facts: &mut Facts<'_>) {
        let text = |path: &[&str]| {
            self.host
                .property(path)
                .and_then(|bytes| String::from_utf8(bytes).ok())
        };
        let policy = self.gate.policy();
        if policy.certificates {
            facts.certificate = text(&["connection", "sha256_peer_certificate_digest"]);
        }
        if self.asks_route {
            facts.route = text(&["xds", "route_name"]);
        }
        for name in &self.metadata {
            let path = ["xds", "route_metadata", "filter_metadata", METADATA, name];
            if let Some(value) = text(&path) {
                facts.metadata.push((name.clone(), value));
            }
        }
    }
}

/// What is known of a request, in the memory that it came in.
#[derive(Default)]
pub(super) struct Facts<'a> {
    method: &'a str,
    scheme: &'a str,
    authority: &'a str,
    target: &'a str,
    headers: Vec<(&'a str, &'a [u8])>,
    route: Option<String>,
    certificate: Option<String>,
    metadata: Vec<(String, String)>,
}

impl Facts<'_> {
    pub(super) fn request(&self) -> Request<'_> {
        Request {
            method: self.method,
            scheme: self.scheme,
            authority: self.authority,
            target: self.target,
            headers: &self.headers,
            route: self.route.as_deref(),
            metadata: &self.metadata,
            certificate: self.certificate.as_deref(),
        }
    }
}
