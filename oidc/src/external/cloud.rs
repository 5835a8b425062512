//! Microsoft's clouds. Each has its own host, keys and address that takes the answer.

use serde::{Deserialize, Serialize};

use crate::client::ENTRA_REDIRECT_URIS;

/// A cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cloud {
    /// login.microsoftonline.com.
    Global,
    /// login.microsoftonline.us.
    UsGovernment,
    /// login.partner.microsoftonline.cn.
    China,
}

impl Cloud {
    /// Every cloud.
    pub const ALL: [Self; 3] = [Self::Global, Self::UsGovernment, Self::China];

    /// The host of its issuers and keys.
    pub const fn host(self) -> &'static str {
        match self {
            Self::Global => "login.microsoftonline.com",
            Self::UsGovernment => "login.microsoftonline.us",
            Self::China => "login.partner.microsoftonline.cn",
        }
    }

    /// Where its keys are published (the `jwks_uri` of its `common/v2.0` discovery document).
    pub fn key_set_uri(self) -> String {
        format!("https://{}/common/discovery/v2.0/keys", self.host())
    }

    /// The cloud of an address that takes answers.
    pub fn of_redirect_uri(uri: &str) -> Option<Self> {
        let position = ENTRA_REDIRECT_URIS.iter().position(|own| *own == uri)?;
        Self::ALL.get(position).copied()
    }

    /// The tenant in an issuer of this cloud: `https://{host}/{tenant}/v2.0`.
    pub fn tenant_of(self, issuer: &str) -> Option<&str> {
        let rest = issuer.strip_prefix("https://")?.strip_prefix(self.host())?;
        let tenant = rest.strip_prefix('/')?.strip_suffix("/v2.0")?;
        (!tenant.is_empty() && !tenant.contains('/')).then_some(tenant)
    }
}
