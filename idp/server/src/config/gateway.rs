//! `[gateway]`: the answer for gateways that ask this server (`/gateway/forward-auth`).

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ConfigError;
use super::resolve::path;

/// `[gateway]`: for gateways that cannot load the Envoy filter, such as nginx (`auth_request`) and Traefik (`ForwardAuth`).
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawGateway {
    /// The gateway's policy, the same JSON that the Envoy filter has. With it `/gateway/forward-auth` answers the proxies of
    /// `proxies.trusted`. It is read again on SIGHUP.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub policy_file: Option<String>,
}

/// The answer for gateways.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GatewayConfig {
    /// The policy, if gateways may ask.
    pub policy_file: Option<PathBuf>,
}

impl GatewayConfig {
    /// What the table means.
    pub(super) fn of(raw: RawGateway, errors: &mut Vec<ConfigError>) -> Self {
        Self {
            policy_file: raw
                .policy_file
                .map(|text| path("gateway.policy_file", text, errors)),
        }
    }
}
