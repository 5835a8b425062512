//! Presets: what well-known relying parties document of themselves, written as the description of a client (`federation-oidc.md` 5).
//!
//! A preset fixes redirect URIs, authentication method, algorithm, view of the issuer and where claims go. Parameters are the names
//! that the relying party gave to the operator. What an operator says beside it outweighs it.

mod entries;
mod parameter;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use entries::Entry;
pub use parameter::Parameter;
use parameter::Values;

/// Why a preset cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PresetError {
    /// The preset needs it.
    #[error("the parameter {0} is missing")]
    Missing(&'static str),
    /// Not a value that such a parameter can have.
    #[error("the parameter {0} has a value that it cannot have")]
    Value(&'static str),
    /// The preset has no such parameter.
    #[error("the preset has no such parameter")]
    Unknown,
}

macro_rules! presets {
    ($($variant:ident $name:literal $about:literal $page:literal,)+) => {
        /// A well-known relying party.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Preset { $(#[doc = $about] $variant),+ }

        impl Preset {
            /// Every preset.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What it is for, one line.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about),+ }
            }

            /// Its page in `deploy/federation/`.
            pub const fn page(self) -> &'static str {
                match self { $(Self::$variant => $page),+ }
            }
        }
    };
}

presets! {
    EntraExternalId "entra-external-id" "Microsoft Entra External ID: customers sign in through a custom OIDC provider" "entra-external-id.md",
    EntraEam "entra-eam" "Microsoft Entra ID: external authentication method (MFA) of employees" "entra-eam.md",
    Okta "okta" "Okta: external OIDC identity provider" "okta.md",
    Cognito "cognito" "Amazon Cognito user pool: OIDC identity provider" "cognito.md",
    Alb "alb" "AWS Application Load Balancer: authenticate-oidc" "alb.md",
    CloudflareAccess "cloudflare-access" "Cloudflare Access: generic OIDC login method" "cloudflare-access.md",
    GoogleWorkforce "google-workforce" "Google Cloud: workforce identity federation" "google-workforce.md",
    Kong "kong" "Kong Gateway: openid-connect plugin" "kong.md",
    Kubernetes "kubernetes" "Kubernetes: kubectl with the kubelogin plugin" "kubernetes.md",
    Generic "generic" "any OpenID Connect client" "generic.md",
    Fapi2 "fapi2" "a client of the FAPI 2.0 Security Profile" "fapi2.md",
}

impl Preset {
    /// The preset of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|preset| preset.as_str() == name)
    }

    /// Its parameters.
    pub const fn parameters(self) -> &'static [Parameter] {
        table::parameters(self)
    }

    /// What the operator enters on the other side: the label there, and what of ours goes into it.
    pub const fn entries(self) -> &'static [(&'static str, Entry)] {
        entries::of(self)
    }

    /// The description of a client: members of [`super::ClientMetadata`] and [`super::OperatorMembers`].
    ///
    /// # Errors
    /// [`PresetError`] for a parameter that is missing, unknown, or not what it should be.
    pub fn write(self, given: &BTreeMap<String, String>) -> Result<Map<String, Value>, PresetError> {
        let values = Values::check(self.parameters(), given)?;
        match table::description(self, &values)? {
            Value::Object(members) => Ok(members),
            _ => Ok(Map::new()),
        }
    }
}
