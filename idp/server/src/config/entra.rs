//! `[oidc.entra]`: whose signature makes a Microsoft ID token one.

use std::path::{Path, PathBuf};

use oidc::external::Cloud;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ConfigError;
use super::resolve::path;

/// `[oidc.entra]`: files with Microsoft's signing keys (JWK sets), for servers that may not call out. Without a file the keys are read
/// where the cloud publishes them. A file is read at each login, so a timer may replace it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawEntra {
    /// The keys of login.microsoftonline.com.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub global_keys: Option<String>,
    /// The keys of login.microsoftonline.us.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub us_government_keys: Option<String>,
    /// The keys of login.partner.microsoftonline.cn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub china_keys: Option<String>,
}

/// Files with the keys of Microsoft's clouds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntraConfig {
    /// See [`RawEntra::global_keys`].
    pub global_keys: Option<PathBuf>,
    /// See [`RawEntra::us_government_keys`].
    pub us_government_keys: Option<PathBuf>,
    /// See [`RawEntra::china_keys`].
    pub china_keys: Option<PathBuf>,
}

impl EntraConfig {
    /// What the table means.
    pub(super) fn of(raw: RawEntra, errors: &mut Vec<ConfigError>) -> Self {
        let mut file = |key: &str, text: Option<String>| text.map(|text| path(key, text, errors));
        Self {
            global_keys: file("oidc.entra.global_keys", raw.global_keys),
            us_government_keys: file("oidc.entra.us_government_keys", raw.us_government_keys),
            china_keys: file("oidc.entra.china_keys", raw.china_keys),
        }
    }

    /// The file of a cloud, if one was named.
    pub fn file(&self, cloud: Cloud) -> Option<&Path> {
        let file = match cloud {
            Cloud::Global => &self.global_keys,
            Cloud::UsGovernment => &self.us_government_keys,
            Cloud::China => &self.china_keys,
        };
        file.as_deref()
    }
}
