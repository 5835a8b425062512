//! A service provider as an operator writes it: where its metadata is, whose word that is, and what is decided about it.

use idp_types::ServiceId;
use saml::EntityId;
use saml::metadata::{Description, mdq_address};
use saml::provider::{Policy, PolicyError, Preset, ServiceProvider};
use saml::signature::Certificate;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::policy::{members_of, policy_of};
use crate::http::parse_json;
use crate::problem::{Code, Problem};

/// The longest name of a provider, in characters.
pub(super) const NAME_LIMIT: usize = 256;

/// What an answer shows beside what may be written; a document that was read may be written back.
pub(crate) const READ_ONLY: [&str; 13] = [
    "linkId",
    "validUntil",
    "cacheDurationSeconds",
    "readAt",
    "refreshAt",
    "assertionConsumerServices",
    "singleLogoutServices",
    "certificates",
    "authnRequestsSigned",
    "wantAssertionsSigned",
    "nameIdFormats",
    "attributeConsumingServices",
    "enter",
];

/// A service provider: the members below, and what an operator decides about it: variant, signingAlgorithm, sign, includeCertificate,
/// encryption, signatureAlgorithms, requireSignedRequests, idpInitiated, ecp, publicSubject, nameIdFormat, attributes, contexts,
/// defaultContext and audiences. What is absent is as the preset has it.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProviderInput {
    /// Its entityID; that of the metadata unless given.
    #[schema(value_type = Option<String>)]
    pub(crate) entity_id: Option<EntityId>,
    /// The service that the phone shows; the one of the consumer's host, which is made if need be, unless given.
    #[schema(value_type = Option<String>)]
    service_id: Option<ServiceId>,
    /// What people know it as; the metadata's unless given.
    display_name: Option<String>,
    /// entra-domain, entra-external, okta, aws, aws-identity-center, google, salesforce, adfs, shibboleth, cloudflare, zscaler or saml2int.
    preset: Option<String>,
    /// Its metadata, an XML document.
    metadata: Option<String>,
    /// Where its metadata is, and is read again before it ends.
    metadata_url: Option<String>,
    /// A metadata query service that has it.
    mdq_url: Option<String>,
    /// Who must have signed the metadata: base64 of DER, or PEM.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    trust_anchors: Vec<Certificate>,
    /// The longest validity of metadata in seconds; one without an end is then refused.
    max_validity_seconds: Option<i64>,
    /// Without metadata: where responses are posted, the default first.
    #[serde(default)]
    assertion_consumer_urls: Vec<String>,
    /// Without metadata: where logout requests go, by Redirect.
    single_logout_url: Option<String>,
    /// Without metadata: its certificate, base64 of DER, or PEM.
    #[schema(value_type = Option<String>)]
    certificate: Option<Certificate>,
    /// Members of the service that is made: those of `POST /admin/services`, without `serviceId`.
    #[schema(value_type = Option<Object>)]
    service: Option<Map<String, Value>>,
    /// What is decided about it.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    decisions: Map<String, Value>,
}

/// Where metadata comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It is given.
    Text(String),
    /// It is there.
    Address(String),
}

/// A service provider to be, or what one is to become.
pub(crate) struct NewProvider {
    pub(crate) entity_id: Option<EntityId>,
    pub(crate) service_id: Option<ServiceId>,
    pub(crate) display_name: Option<String>,
    /// Absent: what is known already stays.
    pub(crate) origin: Option<Origin>,
    pub(crate) trust_anchors: Vec<Certificate>,
    pub(crate) longest: Option<i64>,
    pub(crate) policy: Policy,
    pub(crate) service: Map<String, Value>,
}

pub(super) fn wrong(member: &'static str, why: impl Into<String>) -> Problem {
    Problem::new(Code::InvalidRequest)
        .detail(why)
        .with("member", member)
}

impl From<PolicyError> for Problem {
    fn from(error: PolicyError) -> Self {
        wrong(error.member(), error.to_string())
    }
}

impl ProviderInput {
    /// What the document says, as far as it can be checked without metadata.
    ///
    /// # Errors
    /// `invalid_request` with the member that is wrong.
    pub(crate) fn check(self) -> Result<NewProvider, Problem> {
        let preset = match &self.preset {
            Some(name) => {
                Some(Preset::parse(name).ok_or_else(|| wrong("preset", "there is no such preset"))?)
            }
            None => None,
        };
        let origin = self.origin(preset)?;
        if self.max_validity_seconds.is_some_and(|seconds| seconds <= 0) {
            return Err(wrong("maxValiditySeconds", "it is not positive"));
        }
        if let Some(name) = &self.display_name {
            let fits = (1..=NAME_LIMIT).contains(&name.chars().count()) && !name.contains(char::is_control);
            if !fits {
                return Err(wrong(
                    "displayName",
                    "it is empty, too long or has a control character",
                ));
            }
        }
        Ok(NewProvider {
            entity_id: self.entity_id,
            service_id: self.service_id,
            display_name: self.display_name,
            origin,
            trust_anchors: self.trust_anchors,
            longest: self.max_validity_seconds,
            policy: policy_of(preset, self.decisions)?,
            service: self.service.unwrap_or_default(),
        })
    }

    /// One of four: a text, an address, an entry of a query service, a description. A preset may know the address.
    fn origin(&self, preset: Option<Preset>) -> Result<Option<Origin>, Problem> {
        let given = [
            self.metadata.is_some(),
            self.metadata_url.is_some(),
            self.mdq_url.is_some(),
            !self.assertion_consumer_urls.is_empty(),
        ];
        if given.into_iter().filter(|given| *given).count() > 1 {
            let why = "give one of metadata, metadataUrl, mdqUrl and assertionConsumerUrls";
            return Err(wrong("metadata", why));
        }
        if let Some(text) = &self.metadata {
            return Ok(Some(Origin::Text(text.clone())));
        }
        if let Some(url) = &self.metadata_url {
            return Ok(Some(Origin::Address(url.clone())));
        }
        let entity_id = || {
            self.entity_id
                .as_ref()
                .ok_or_else(|| wrong("entityId", "it has to be given"))
        };
        if let Some(base) = &self.mdq_url {
            return Ok(Some(Origin::Address(mdq_address(base, entity_id()?))));
        }
        if self.assertion_consumer_urls.is_empty() {
            let known = preset.and_then(Preset::metadata_address);
            return Ok(known.map(|address| Origin::Address(address.to_owned())));
        }
        let description = Description {
            entity_id: entity_id()?,
            consumers: &self.assertion_consumer_urls,
            logout: self.single_logout_url.as_deref(),
            certificate: self.certificate.as_ref(),
        };
        let text = description
            .document()
            .map_err(|error| wrong("assertionConsumerUrls", error.to_string()))?;
        Ok(Some(Origin::Text(text)))
    }
}

/// A stored provider as a document that makes it.
pub(super) fn document_of(provider: &ServiceProvider) -> Map<String, Value> {
    let mut members = members_of(provider.policy.clone());
    let source = &provider.source;
    let beside = [
        ("entityId", serde_json::json!(provider.entity_id)),
        ("serviceId", serde_json::json!(provider.service_id)),
        ("displayName", serde_json::json!(provider.display_name)),
        ("preset", serde_json::json!(provider.policy.preset)),
        ("metadataUrl", serde_json::json!(source.url)),
        ("trustAnchors", serde_json::json!(source.trust_anchors)),
        ("maxValiditySeconds", serde_json::json!(source.longest)),
    ];
    for (name, value) in beside {
        if !value.is_null() {
            members.insert(name.to_owned(), value);
        }
    }
    members
}

/// RFC 7396.
fn merge(into: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, value) in patch {
        match (into.get_mut(name), value) {
            (_, Value::Null) => {
                into.remove(name);
            }
            (Some(Value::Object(inner)), Value::Object(patch)) => merge(inner, patch),
            (_, value) => {
                into.insert(name.clone(), value.clone());
            }
        }
    }
}

/// A stored provider with a merge patch over it.
///
/// # Errors
/// As [`ProviderInput::check`].
pub(super) fn patched(
    provider: &ServiceProvider,
    patch: &Map<String, Value>,
) -> Result<NewProvider, Problem> {
    let mut members = document_of(provider);
    let is_replaced = ["metadata", "mdqUrl", "assertionConsumerUrls"]
        .iter()
        .any(|name| patch.contains_key(*name));
    if is_replaced {
        members.remove("metadataUrl");
    }
    merge(&mut members, patch);
    parsed(&members)
}

/// What a document of these members says.
///
/// # Errors
/// As [`ProviderInput::check`].
pub(crate) fn parsed(members: &Map<String, Value>) -> Result<NewProvider, Problem> {
    let text = serde_json::to_vec(members).map_err(|_| Problem::new(Code::Internal))?;
    parse_json::<ProviderInput>(&text)?.check()
}

/// Fuzz entry: what an operator writes is read without a panic.
pub(crate) fn fuzz(data: &[u8]) {
    if let Ok(input) = serde_json::from_slice::<ProviderInput>(data) {
        let _ = input.check();
    }
}
