//! What is measured: filters, and the requests that they get.

use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};
use tests::gateway::wasm_filter;

use super::traffic::Tokens;

/// A module that lets every request pass, with what the interface (proxy-wasm 0.2.1) demands and nothing else: a type section of three
/// functions, a page of memory, `proxy_abi_version_0_2_1`, `malloc`, and `proxy_on_request_headers`, which answers 0.
#[rustfmt::skip]
pub(super) const NOOP: &[u8] = b"\0asm\x01\0\0\0\
    \x01\x10\x03\x60\0\0\x60\x01\x7f\x01\x7f\x60\x03\x7f\x7f\x7f\x01\x7f\
    \x03\x04\x03\0\x01\x02\
    \x05\x03\x01\0\x01\
    \x07\x48\x04\x06memory\x02\0\x17proxy_abi_version_0_2_1\0\0\x06malloc\0\x01\x18proxy_on_request_headers\0\x02\
    \x0a\x10\x03\x02\0\x0b\x05\0\x41\x80\x08\x0b\x05\0\x41\x80\0\x0b";

/// The filters of a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    /// Nothing but the router.
    None,
    /// A module that does nothing.
    Noop,
    /// Envoy's `jwt_authn`.
    Jwt,
    /// `jwt_authn` with a cache of 2,000 tokens, `rbac` by a scope, two claims as headers.
    JwtCachedRbac,
    /// Our filter without a cache.
    Uncached,
    /// Our filter with a rule by a scope and two claims as headers.
    Cached,
}

impl Variant {
    pub(super) const ALL: [Self; 6] = [
        Self::None,
        Self::Noop,
        Self::Jwt,
        Self::JwtCachedRbac,
        Self::Uncached,
        Self::Cached,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::None => "no filter",
            Self::Noop => "wasm, no-op",
            Self::Jwt => "jwt_authn",
            Self::JwtCachedRbac => "jwt_cache, RBAC, 2 headers",
            Self::Uncached => "ours, no cache",
            Self::Cached => "ours, scope, 2 headers",
        }
    }

    fn filters(self, tokens: &Tokens, noop: &Path) -> Vec<Value> {
        match self {
            Self::None => Vec::new(),
            Self::Noop => vec![wasm_filter("noop", noop, "")],
            Self::Jwt => vec![jwt(tokens, json!({}))],
            Self::JwtCachedRbac => vec![
                jwt(
                    tokens,
                    json!({
                        "jwt_cache_config": {"jwt_cache_size": 2000},
                        "payload_in_metadata": "p",
                        "normalize_payload_in_metadata": {"space_delimited_claims": ["scope"]},
                        "claim_to_headers": [
                            {"header_name": "x-idp-sub", "claim_name": "sub"},
                            {"header_name": "x-idp-scope", "claim_name": "scope"},
                        ],
                    }),
                ),
                rbac(),
            ],
            Self::Uncached | Self::Cached => {
                let policy = self.policy(tokens).to_string();
                vec![wasm_filter(self.name(), &tests::gateway::module(), &policy)]
            }
        }
    }

    fn policy(self, tokens: &Tokens) -> Value {
        let everywhere = json!({"path": "/**"});
        let (bytes, rule, identity) = if self == Self::Cached {
            let headers = json!([
                {"header": "x-idp-sub", "claim": "sub"}, {"header": "x-idp-scope", "claim": "scope"},
            ]);
            let rule = json!({"match": everywhere, "scopes": {"all": ["orders:read"]}});
            (16 << 20, rule, json!({"headers": headers}))
        } else {
            (0, json!({"match": everywhere}), json!({}))
        };
        json!({
            "issuers": {"idp": {
                "issuer": Tokens::ISSUER, "audiences": [Tokens::AUDIENCE], "keys": tokens.jwks(),
            }},
            "cache": {"bytes": bytes},
            "log_every": 0,
            "identity": identity,
            "rules": [rule],
        })
    }
}

/// The requests of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One good token.
    One,
    /// A thousand good tokens in turn.
    Many,
    /// Signatures of somebody else.
    Bad,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::One => "one token",
            Self::Many => "1,000 tokens",
            Self::Bad => "wrong signatures",
        }
    }

    pub(super) fn requests(self, tokens: &Tokens) -> Vec<Vec<u8>> {
        match self {
            Self::One => tokens.good(1),
            Self::Many => tokens.many(),
            Self::Bad => tokens.bad(),
        }
    }

    pub(super) const fn status(self) -> u16 {
        match self {
            Self::One | Self::Many => 200,
            Self::Bad => 401,
        }
    }
}

/// Requests to a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) variant: Variant,
    pub(super) kind: Kind,
}

impl Load {
    const fn new(variant: Variant, kind: Kind) -> Self {
        Self { variant, kind }
    }

    /// What is compared stands side by side, so that it is measured within a second.
    pub(super) const ALL: [Self; 10] = [
        Self::new(Variant::None, Kind::One),
        Self::new(Variant::Jwt, Kind::One),
        Self::new(Variant::Uncached, Kind::One),
        Self::new(Variant::Jwt, Kind::Bad),
        Self::new(Variant::Uncached, Kind::Bad),
        Self::new(Variant::Noop, Kind::One),
        Self::new(Variant::Cached, Kind::One),
        Self::new(Variant::JwtCachedRbac, Kind::One),
        Self::new(Variant::Cached, Kind::Many),
        Self::new(Variant::JwtCachedRbac, Kind::Many),
    ];
}

fn jwt(tokens: &Tokens, more: Value) -> Value {
    let provider = json!({
        "issuer": Tokens::ISSUER,
        "audiences": [Tokens::AUDIENCE],
        "local_jwks": {"inline_string": tokens.jwks().to_string()},
        "forward": true,
    });
    json!({
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
            "providers": {"idp": tests::client_key::merged(provider, more)},
            "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "idp"}}],
        },
    })
}

fn rbac() -> Value {
    let scope = json!({"list_match": {"one_of": {"string_match": {"exact": "orders:read"}}}});
    let principal = json!({"sourced_metadata": {"metadata_matcher": {
        "filter": "envoy.filters.http.jwt_authn", "path": [{"key": "p"}, {"key": "scope"}], "value": scope,
    }}});
    json!({
        "name": "envoy.filters.http.rbac",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
            "rules": {"action": "ALLOW", "policies": {"s": {"permissions": [{"any": true}], "principals": [principal]}}},
        },
    })
}

/// Envoy's whole configuration: every listener answers 200 itself.
pub(super) fn bootstrap(
    admin: SocketAddr,
    listeners: &[(Variant, SocketAddr)],
    tokens: &Tokens,
    noop: &Path,
) -> Value {
    let at = |address: &SocketAddr| tests::gateway::address(&address.ip().to_string(), address.port());
    let listeners: Vec<Value> = listeners
        .iter()
        .map(|(variant, address)| listener(*variant, &at(address), tokens, noop))
        .collect();
    json!({"admin": {"address": at(&admin)}, "static_resources": {"listeners": listeners}})
}

fn listener(variant: Variant, address: &Value, tokens: &Tokens, noop: &Path) -> Value {
    let mut filters = variant.filters(tokens, noop);
    filters.push(json!({
        "name": "router",
        "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"},
    }));
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "load",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
            {"match": {"prefix": "/"}, "direct_response": {"status": 200, "body": {"inline_string": "ok"}}},
        ]}]},
        "http_filters": filters,
    });
    json!({
        "name": variant.name(),
        "address": address,
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    })
}
