//! What an operator decides about a provider, on the wire: the members of [`saml::provider::Policy`] in camelCase.

use saml::NameIdFormat;
use saml::provider::{
    AttributeRule, AttributeSource, ContentEncryption, ContextRule, EncryptWhen, Encryption, KeyTransport,
    Policy, Preset, SignWhat,
};
use saml::signature::{SignatureAlgorithm, SigningAlgorithm};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::http::parse_json;
use crate::problem::{Code, Problem};

/// The members.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the members of a JSON object")]
struct Members {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    variant: Option<String>,
    signing_algorithm: SigningAlgorithm,
    sign: SignWhat,
    include_certificate: bool,
    encryption: EncryptionMembers,
    signature_algorithms: Vec<SignatureAlgorithm>,
    require_signed_requests: bool,
    idp_initiated: bool,
    ecp: bool,
    public_subject: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name_id_format: Option<NameIdFormat>,
    attributes: Vec<Attribute>,
    contexts: Vec<ContextRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default_context: Option<String>,
    audiences: Vec<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EncryptionMembers {
    #[serde(default)]
    when: EncryptWhen,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<ContentEncryption>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    transport: Option<KeyTransport>,
}

/// A source alone takes its standard name.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Attribute {
    Standard(AttributeSource),
    Rule(RuleMembers),
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RuleMembers {
    source: AttributeSource,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name_format: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    friendly_name: Option<String>,
}

impl From<Policy> for Members {
    fn from(policy: Policy) -> Self {
        let rule = |rule: AttributeRule| {
            Attribute::Rule(RuleMembers {
                source: rule.source,
                name: rule.name,
                name_format: rule.name_format,
                friendly_name: rule.friendly_name,
            })
        };
        Self {
            variant: policy.variant,
            signing_algorithm: policy.signing_algorithm,
            sign: policy.sign,
            include_certificate: policy.include_certificate,
            encryption: EncryptionMembers {
                when: policy.encryption.when,
                content: policy.encryption.content,
                transport: policy.encryption.transport,
            },
            signature_algorithms: policy.signature_algorithms,
            require_signed_requests: policy.require_signed_requests,
            idp_initiated: policy.idp_initiated,
            ecp: policy.ecp,
            public_subject: policy.public_subject,
            name_id_format: policy.name_id_format,
            attributes: policy.attributes.into_iter().map(rule).collect(),
            contexts: policy.contexts,
            default_context: policy.default_context,
            audiences: policy.audiences,
        }
    }
}

impl Attribute {
    /// `None`: a source that has no standard name.
    fn rule(self) -> Option<AttributeRule> {
        match self {
            Self::Standard(source) => AttributeRule::standard(source),
            Self::Rule(members) => Some(AttributeRule {
                source: members.source,
                name: members.name,
                name_format: members.name_format,
                friendly_name: members.friendly_name,
            }),
        }
    }
}

impl Members {
    fn policy(self, preset: Option<Preset>) -> Result<Policy, Problem> {
        let attributes = self
            .attributes
            .into_iter()
            .map(Attribute::rule)
            .collect::<Option<_>>();
        Ok(Policy {
            preset,
            variant: self.variant,
            signing_algorithm: self.signing_algorithm,
            sign: self.sign,
            include_certificate: self.include_certificate,
            encryption: Encryption {
                when: self.encryption.when,
                content: self.encryption.content,
                transport: self.encryption.transport,
            },
            signature_algorithms: self.signature_algorithms,
            require_signed_requests: self.require_signed_requests,
            idp_initiated: self.idp_initiated,
            ecp: self.ecp,
            public_subject: self.public_subject,
            name_id_format: self.name_id_format,
            attributes: attributes.ok_or_else(|| {
                Problem::new(Code::InvalidRequest)
                    .detail("an account and a constant need a name")
                    .with("member", "attributes")
            })?,
            contexts: self.contexts,
            default_context: self.default_context,
            audiences: self.audiences,
        })
    }
}

/// Every decision, by its member.
pub(super) fn members_of(policy: Policy) -> Map<String, Value> {
    match serde_json::to_value(Members::from(policy)) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// The decisions that `members` write over those of the preset, or over the defaults.
///
/// # Errors
/// `invalid_request` with the member that is unknown or wrong.
pub(super) fn policy_of(preset: Option<Preset>, members: Map<String, Value>) -> Result<Policy, Problem> {
    let base = preset.map(Preset::policy).unwrap_or_default();
    let mut all = members_of(base);
    for (name, value) in members {
        if value.is_null() {
            all.remove(&name);
        } else {
            all.insert(name, value);
        }
    }
    let text = serde_json::to_vec(&all).map_err(|_| Problem::new(Code::Internal))?;
    let policy = parse_json::<Members>(&text)?.policy(preset)?;
    policy.check()?;
    Ok(policy)
}
