//! `[oidc]`: the OpenID Provider.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entra::{EntraConfig, RawEntra};

/// `[oidc]`: lifetimes and switches of the OpenID Provider.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawOidc {
    /// Seconds that an authorization code may be redeemed (RFC 6749 4.1.2 advises ten minutes at the most).
    #[schemars(range(min = 10, max = 600))]
    pub code_seconds: i64,
    /// Seconds that an access token is valid.
    #[schemars(range(min = 60, max = 86_400))]
    pub access_token_seconds: i64,
    /// Seconds that an ID token is valid.
    #[schemars(range(min = 60, max = 86_400))]
    pub id_token_seconds: i64,
    /// Seconds after which an unused refresh token ends.
    #[schemars(range(min = 300, max = 31_536_000))]
    pub refresh_idle_seconds: i64,
    /// Seconds after which a refresh family ends, used or not.
    #[schemars(range(min = 300, max = 63_072_000))]
    pub refresh_max_seconds: i64,
    /// Seconds in which the refresh token before the last one is answered as before: a lost answer or two tabs are no theft.
    #[schemars(range(min = 0, max = 60))]
    pub refresh_grace_seconds: i64,
    /// Seconds of an SSO session.
    #[schemars(range(min = 60, max = 2_592_000))]
    pub session_seconds: i64,
    /// Seconds that released claims are kept, sealed, for userinfo and refreshes; after that they need a new approval.
    #[schemars(range(min = 60, max = 86_400))]
    pub claims_max_age_seconds: i64,
    /// Seconds that a pushed authorization request waits (RFC 9126 2.2).
    #[schemars(range(min = 5, max = 600))]
    pub par_seconds: i64,
    /// Seconds that a person has on the login page.
    #[schemars(range(min = 60, max = 3600))]
    pub interaction_seconds: i64,
    /// Seconds that a device code is valid (RFC 8628 3.2).
    #[schemars(range(min = 60, max = 1800))]
    pub device_seconds: i64,
    /// Whether clients may register themselves, with an initial access token (RFC 7591).
    pub dynamic_registration: bool,
    /// The header in which a trusted proxy hands over the client certificate (RFC 9440 `Client-Cert`), for `tls_client_auth`.
    /// Set it only where the proxy removes the header from what clients send.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub client_certificate_header: Option<String>,
    /// Addresses of proxies whose client certificate header is believed.
    pub client_certificate_proxies: Vec<String>,
    /// Whether addresses that clients supply may point to this machine. For tests and demonstrations alone.
    pub outbound_loopback: bool,
    /// Microsoft's keys, where they are not asked for.
    pub entra: RawEntra,
}

impl Default for RawOidc {
    fn default() -> Self {
        const DAY: i64 = 86_400;
        Self {
            code_seconds: 60,
            access_token_seconds: 3600,
            id_token_seconds: 3600,
            refresh_idle_seconds: 30 * DAY,
            refresh_max_seconds: 90 * DAY,
            refresh_grace_seconds: 30,
            session_seconds: 8 * 3600,
            claims_max_age_seconds: 3600,
            par_seconds: 90,
            interaction_seconds: 600,
            device_seconds: 600,
            dynamic_registration: false,
            client_certificate_header: None,
            client_certificate_proxies: Vec::new(),
            outbound_loopback: false,
            entra: RawEntra::default(),
        }
    }
}

/// The OpenID Provider; each field is the key of the same name, documented in [`RawOidc`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each field is the documented key of the same name in `RawOidc`"
)]
pub struct OidcConfig {
    pub code_seconds: i64,
    pub access_token_seconds: i64,
    pub id_token_seconds: i64,
    pub refresh_idle_seconds: i64,
    pub refresh_max_seconds: i64,
    pub refresh_grace_seconds: i64,
    pub session_seconds: i64,
    pub claims_max_age_seconds: i64,
    pub par_seconds: i64,
    pub interaction_seconds: i64,
    pub device_seconds: i64,
    pub dynamic_registration: bool,
    pub client_certificate_header: Option<http::HeaderName>,
    pub client_certificate_proxies: Vec<std::net::IpAddr>,
    pub outbound_loopback: bool,
    pub entra: EntraConfig,
}

impl OidcConfig {
    /// What the table means.
    pub(super) fn of(raw: RawOidc, errors: &mut Vec<super::ConfigError>) -> Self {
        let header = raw.client_certificate_header.and_then(|name| {
            let fix = "write a header's name, such as `client-cert`";
            let parsed = name.parse();
            parsed
                .map_err(|_| {
                    errors.push(super::ConfigError::new(
                        "oidc.client_certificate_header",
                        "is not a header's name",
                        fix,
                    ));
                })
                .ok()
        });
        let proxies = raw.client_certificate_proxies.iter().filter_map(|address| {
            let fix = "write IP addresses, such as `10.0.0.1`";
            let parsed = address.parse();
            parsed
                .map_err(|_| {
                    errors.push(super::ConfigError::new(
                        "oidc.client_certificate_proxies",
                        "has an entry that is not an IP address",
                        fix,
                    ));
                })
                .ok()
        });
        Self {
            client_certificate_proxies: proxies.collect(),
            code_seconds: raw.code_seconds,
            access_token_seconds: raw.access_token_seconds,
            id_token_seconds: raw.id_token_seconds,
            refresh_idle_seconds: raw.refresh_idle_seconds,
            refresh_max_seconds: raw.refresh_max_seconds,
            refresh_grace_seconds: raw.refresh_grace_seconds,
            session_seconds: raw.session_seconds,
            claims_max_age_seconds: raw.claims_max_age_seconds,
            par_seconds: raw.par_seconds,
            interaction_seconds: raw.interaction_seconds,
            device_seconds: raw.device_seconds,
            dynamic_registration: raw.dynamic_registration,
            client_certificate_header: header,
            outbound_loopback: raw.outbound_loopback,
            entra: EntraConfig::of(raw.entra, errors),
        }
    }
}
