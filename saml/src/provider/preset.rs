//! Presets: what a well-known service provider needs that its metadata does not say (`saml.md` 2).

use idp_types::assurance::{Aal, TrustLevel};
use serde::{Deserialize, Serialize};

use super::attribute::{AttributeRule, AttributeSource};
use super::context::{ContextRule, Strength};
use super::policy::{EncryptWhen, Encryption, Policy};
use crate::name_id::NameIdFormat;
use crate::names::ATTRIBUTE_NAME_BASIC;

/// A well-known service provider or way of deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Microsoft Entra ID with a federated domain.
    EntraDomain,
    /// Microsoft Entra External ID and B2B.
    EntraExternal,
    /// Okta, inbound.
    Okta,
    /// AWS IAM.
    Aws,
    /// AWS IAM Identity Center.
    AwsIdentityCenter,
    /// Google Workspace.
    Google,
    /// Salesforce.
    Salesforce,
    /// AD FS.
    Adfs,
    /// Shibboleth and its federations.
    Shibboleth,
    /// Cloudflare Access.
    Cloudflare,
    /// Zscaler.
    Zscaler,
    /// Everything that SAML2Int asks for: encryption, transient identifiers, subject identifier attributes.
    Saml2int,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 12] = [
        Self::EntraDomain,
        Self::EntraExternal,
        Self::Okta,
        Self::Aws,
        Self::AwsIdentityCenter,
        Self::Google,
        Self::Salesforce,
        Self::Adfs,
        Self::Shibboleth,
        Self::Cloudflare,
        Self::Zscaler,
        Self::Saml2int,
    ];

    /// The name that an operator writes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EntraDomain => "entra-domain",
            Self::EntraExternal => "entra-external",
            Self::Okta => "okta",
            Self::Aws => "aws",
            Self::AwsIdentityCenter => "aws-identity-center",
            Self::Google => "google",
            Self::Salesforce => "salesforce",
            Self::Adfs => "adfs",
            Self::Shibboleth => "shibboleth",
            Self::Cloudflare => "cloudflare",
            Self::Zscaler => "zscaler",
            Self::Saml2int => "saml2int",
        }
    }

    /// The preset of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.as_str() == name)
    }

    /// Where the platform publishes its metadata, where it is the same for all of its customers.
    pub const fn metadata_address(self) -> Option<&'static str> {
        match self {
            Self::EntraDomain => {
                Some("https://nexus.microsoftonline-p.com/federationmetadata/saml20/federationmetadata.xml")
            }
            Self::Aws => Some("https://signin.aws.amazon.com/static/saml-metadata.xml"),
            _ => None,
        }
    }

    /// The policy that a new record begins with.
    pub fn policy(self) -> Policy {
        Policy {
            preset: Some(self),
            name_id_format: Some(self.name_id_format()),
            attributes: self.attributes(),
            contexts: self.contexts(),
            default_context: self.default_context(),
            idp_initiated: matches!(self, Self::Aws | Self::Okta | Self::AwsIdentityCenter),
            encryption: self.encryption(),
            audiences: self.audiences(),
            ..Policy::default()
        }
    }

    const fn name_id_format(self) -> NameIdFormat {
        match self {
            Self::EntraDomain | Self::EntraExternal | Self::Aws => NameIdFormat::Persistent,
            Self::Okta | Self::Salesforce | Self::Zscaler => NameIdFormat::Unspecified,
            Self::AwsIdentityCenter | Self::Google | Self::Adfs | Self::Cloudflare => {
                NameIdFormat::EmailAddress
            }
            Self::Shibboleth | Self::Saml2int => NameIdFormat::Transient,
        }
    }

    fn encryption(self) -> Encryption {
        Encryption {
            when: match self {
                Self::Saml2int => EncryptWhen::Required,
                Self::Shibboleth => EncryptWhen::Possible,
                _ => EncryptWhen::Never,
            },
            ..Encryption::default()
        }
    }

    fn audiences(self) -> Vec<String> {
        match self {
            Self::Aws => vec!["https://signin.aws.amazon.com/saml".to_owned()],
            _ => Vec::new(),
        }
    }

    fn attributes(self) -> Vec<AttributeRule> {
        let standard = |sources: &[AttributeSource]| {
            sources
                .iter()
                .cloned()
                .filter_map(AttributeRule::standard)
                .collect()
        };
        let account = |name| AttributeRule::named(AttributeSource::Account, name);
        match self {
            Self::EntraDomain => vec![account("IDPEmail")],
            Self::EntraExternal => vec![account(
                "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
            )],
            Self::Okta => named(&[("firstName", GIVEN), ("lastName", FAMILY), ("email", ACCOUNT)]),
            Self::Aws => vec![account("https://aws.amazon.com/SAML/Attributes/RoleSessionName")],
            Self::AwsIdentityCenter | Self::Google => Vec::new(),
            Self::Salesforce | Self::Zscaler => named(&[("displayName", NAME)]),
            Self::Adfs => windows(),
            Self::Cloudflare => named(&[("email", ACCOUNT)]),
            Self::Shibboleth | Self::Saml2int => standard(&[
                AttributeSource::PairwiseId,
                AttributeSource::GivenName,
                AttributeSource::FamilyName,
                AttributeSource::Name,
            ]),
        }
    }

    /// Entra asks for no class and wants to read that there were several factors.
    fn default_context(self) -> Option<String> {
        matches!(self, Self::EntraDomain | Self::EntraExternal).then(|| MULTIPLE.to_owned())
    }

    fn contexts(self) -> Vec<ContextRule> {
        let multiple = Strength {
            level: TrustLevel::Low,
            face: false,
            aal: Aal::Two,
        };
        let class = match self {
            Self::EntraDomain | Self::EntraExternal => MULTIPLE,
            Self::Shibboleth | Self::Saml2int => "https://refeds.org/profile/mfa",
            _ => return Vec::new(),
        };
        vec![ContextRule {
            class: class.to_owned(),
            requires: multiple,
        }]
    }
}

/// Microsoft's class for several factors.
const MULTIPLE: &str = "http://schemas.microsoft.com/claims/multipleauthn";

const GIVEN: AttributeSource = AttributeSource::GivenName;
const FAMILY: AttributeSource = AttributeSource::FamilyName;
const NAME: AttributeSource = AttributeSource::Name;
const ACCOUNT: AttributeSource = AttributeSource::Account;

fn named(rules: &[(&str, AttributeSource)]) -> Vec<AttributeRule> {
    rules
        .iter()
        .map(|(name, source)| AttributeRule {
            name_format: Some(ATTRIBUTE_NAME_BASIC.to_owned()),
            ..AttributeRule::named(source.clone(), name)
        })
        .collect()
}

/// The claim types of Windows.
fn windows() -> Vec<AttributeRule> {
    let claim = |word, source| {
        let name = format!("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/{word}");
        AttributeRule::named(source, &name)
    };
    vec![
        claim("emailaddress", ACCOUNT),
        claim("givenname", GIVEN),
        claim("surname", FAMILY),
    ]
}
