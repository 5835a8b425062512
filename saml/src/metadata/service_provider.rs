//! `md:EntityDescriptor` with an `md:SPSSODescriptor` (Metadata 2.3.2, 2.4.4).

use idp_types::{ServiceId, Timestamp};

use super::address;
use super::duration;
use super::keys::Keys;
use super::trust::Trust;
use crate::binding::Binding;
use crate::identifier::EntityId;
use crate::message::instant;
use crate::name_id::NameIdFormat;
use crate::names::{Name, PROTOCOL, md, mdui};
use crate::provider::{
    AttributeService, ConsumerService, EncryptionKey, LogoutService, Policy, RequestedAttribute,
    ServiceProvider, Source,
};
use crate::signature::{self, Certificate, SignatureError};
use crate::xml::{Limits, Node, ReadError, Tree, boolean};

/// Why metadata is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// Not readable.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Many entities in one document.
    #[error(
        "the document describes many entities; give the address of one, as a metadata query service has it"
    )]
    Aggregate,
    /// No service provider of SAML 2.0.
    #[error("the entity is no SAML 2.0 service provider")]
    Role,
    /// No assertion consumer that we can answer at.
    #[error("the service provider has no assertion consumer service by POST, artifact or PAOS")]
    Consumer,
    /// An index that stands twice.
    #[error("an index stands more than once")]
    Index,
    /// An address that is not https, or http on this machine.
    #[error("an address is neither https nor http on this machine, or has a user or a fragment")]
    Address,
    /// The signature is missing or not good.
    #[error("the metadata is not signed as it must be: {0}")]
    Signature(#[from] SignatureError),
    /// `validUntil` has passed.
    #[error("the metadata has expired")]
    Expired,
    /// No `validUntil`, or one too far away.
    #[error("the metadata is valid for longer than is allowed")]
    Validity,
}

/// What the metadata of a service provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderMetadata {
    /// Its name.
    pub entity_id: EntityId,
    /// What people know it as.
    pub display_name: Option<String>,
    /// Until when it holds.
    pub valid_until: Option<Timestamp>,
    /// How long it may be kept, in seconds.
    pub cache_duration: Option<i64>,
    consumers: Vec<ConsumerService>,
    logout: Vec<LogoutService>,
    signing: Vec<Certificate>,
    encryption: Vec<EncryptionKey>,
    authn_requests_signed: bool,
    want_assertions_signed: bool,
    name_id_formats: Vec<NameIdFormat>,
    attribute_services: Vec<AttributeService>,
}

/// Reads, validates and believes metadata.
///
/// # Errors
/// [`MetadataError`] when it is not that of a service provider that can be served, or nobody vouches for it.
pub fn read(text: &str, trust: Trust<'_>, now: Timestamp) -> Result<ProviderMetadata, MetadataError> {
    let tree = Tree::parse(text, &Limits::METADATA).map_err(ReadError::from)?;
    let root = tree.root();
    if root.is(md("EntitiesDescriptor")) {
        return Err(MetadataError::Aggregate);
    }
    if !root.is(md("EntityDescriptor")) {
        return Err(ReadError::Unexpected("EntityDescriptor").into());
    }
    if !trust.anchors.is_empty() {
        signature::verify(root, trust.anchors, trust.algorithms, trust.verifier)?;
    }
    let valid_until = instant(root, "validUntil")?;
    check_validity(valid_until, trust, now)?;
    let role = role(root)?;
    let keys = Keys::read(role)?;
    let entity_id = EntityId::parse(root.required("entityID")?).map_err(|_| ReadError::Value("entityID"))?;
    Ok(ProviderMetadata {
        entity_id,
        display_name: display_name(role)?,
        valid_until,
        cache_duration: cache_duration(root)?,
        consumers: consumers(role)?,
        logout: logout(role)?,
        signing: keys.signing,
        encryption: keys.encryption,
        authn_requests_signed: flag(role, "AuthnRequestsSigned")?,
        want_assertions_signed: flag(role, "WantAssertionsSigned")?,
        name_id_formats: formats(role)?,
        attribute_services: attribute_services(role)?,
    })
}

impl ProviderMetadata {
    /// A new record, with the policy that the operator chose.
    pub fn register(self, service_id: ServiceId, policy: Policy, source: Source) -> ServiceProvider {
        let display_name = self
            .display_name
            .clone()
            .unwrap_or_else(|| self.entity_id.as_str().to_owned());
        let record = ServiceProvider {
            entity_id: self.entity_id.clone(),
            service_id,
            display_name,
            consumers: Vec::new(),
            logout: Vec::new(),
            signing: Vec::new(),
            encryption: Vec::new(),
            authn_requests_signed: false,
            want_assertions_signed: false,
            name_id_formats: Vec::new(),
            attribute_services: Vec::new(),
            policy,
            source,
        };
        let read_at = record.source.read_at;
        self.refresh(record, read_at)
    }

    /// The record with what the metadata says now; what the operator decided stays.
    pub fn refresh(self, record: ServiceProvider, now: Timestamp) -> ServiceProvider {
        ServiceProvider {
            consumers: self.consumers,
            logout: self.logout,
            signing: self.signing,
            encryption: self.encryption,
            authn_requests_signed: self.authn_requests_signed,
            want_assertions_signed: self.want_assertions_signed,
            name_id_formats: self.name_id_formats,
            attribute_services: self.attribute_services,
            source: Source {
                valid_until: self.valid_until,
                cache_duration: self.cache_duration,
                read_at: now,
                ..record.source
            },
            ..record
        }
    }
}

fn check_validity(
    valid_until: Option<Timestamp>,
    trust: Trust<'_>,
    now: Timestamp,
) -> Result<(), MetadataError> {
    if valid_until.is_some_and(|end| end <= now) {
        return Err(MetadataError::Expired);
    }
    let bounded = |longest| valid_until.is_some_and(|end| end <= now.plus_seconds(longest));
    if trust.longest.is_some_and(|longest| !bounded(longest)) {
        return Err(MetadataError::Validity);
    }
    Ok(())
}

/// The one role of a SAML 2.0 service provider.
fn role(root: Node<'_>) -> Result<Node<'_>, MetadataError> {
    let mut roles = root.all(md("SPSSODescriptor")).filter(|role| {
        let protocols = role.attribute("protocolSupportEnumeration");
        protocols.is_some_and(|protocols| protocols.split_ascii_whitespace().any(|word| word == PROTOCOL))
    });
    let role = roles.next().ok_or(MetadataError::Role)?;
    if roles.next().is_some() {
        return Err(ReadError::Repeated("SPSSODescriptor").into());
    }
    Ok(role)
}

fn flag(role: Node<'_>, name: &'static str) -> Result<bool, ReadError> {
    boolean(role.attribute(name), name)
}

fn cache_duration(root: Node<'_>) -> Result<Option<i64>, ReadError> {
    root.attribute("cacheDuration")
        .map(|text| duration::seconds(text).ok_or(ReadError::Value("cacheDuration")))
        .transpose()
}

/// The address in an attribute of an endpoint.
fn location(node: Node<'_>, name: &'static str) -> Result<String, MetadataError> {
    let location = node.required(name)?;
    if address::is_acceptable(location) {
        Ok(location.to_owned())
    } else {
        Err(MetadataError::Address)
    }
}

fn index(node: Node<'_>) -> Result<u16, MetadataError> {
    let index = node.required("index")?;
    Ok(index.parse().map_err(|_| ReadError::Value("index"))?)
}

fn unique(indexes: impl Iterator<Item = u16>) -> Result<(), MetadataError> {
    let mut seen = std::collections::HashSet::new();
    for index in indexes {
        if !seen.insert(index) {
            return Err(MetadataError::Index);
        }
    }
    Ok(())
}

/// The endpoints of a kind whose binding is one of these; others are for other identity providers.
fn endpoints<'t>(
    role: Node<'t>,
    name: Name,
    bindings: &'static [Binding],
) -> impl Iterator<Item = (Node<'t>, Binding)> {
    role.all(name).filter_map(move |endpoint| {
        let binding = endpoint.attribute("Binding").and_then(Binding::parse)?;
        bindings.contains(&binding).then_some((endpoint, binding))
    })
}

fn consumers(role: Node<'_>) -> Result<Vec<ConsumerService>, MetadataError> {
    const BINDINGS: &[Binding] = &[Binding::Post, Binding::Artifact, Binding::Paos];
    let consumers = endpoints(role, md("AssertionConsumerService"), BINDINGS)
        .map(|(endpoint, binding)| {
            Ok(ConsumerService {
                index: index(endpoint)?,
                binding,
                location: location(endpoint, "Location")?,
                is_default: flag(endpoint, "isDefault")?,
            })
        })
        .collect::<Result<Vec<_>, MetadataError>>()?;
    if consumers.is_empty() {
        return Err(MetadataError::Consumer);
    }
    unique(consumers.iter().map(|consumer| consumer.index))?;
    Ok(consumers)
}

fn logout(role: Node<'_>) -> Result<Vec<LogoutService>, MetadataError> {
    const BINDINGS: &[Binding] = &[Binding::Redirect, Binding::Post, Binding::Soap];
    endpoints(role, md("SingleLogoutService"), BINDINGS)
        .map(|(endpoint, binding)| {
            let response_location = match endpoint.attribute("ResponseLocation") {
                Some(_) => Some(location(endpoint, "ResponseLocation")?),
                None => None,
            };
            Ok(LogoutService {
                binding,
                location: location(endpoint, "Location")?,
                response_location,
            })
        })
        .collect()
}

fn formats(role: Node<'_>) -> Result<Vec<NameIdFormat>, ReadError> {
    let mut formats = Vec::new();
    for node in role.all(md("NameIDFormat")) {
        let known = NameIdFormat::parse(&node.text("NameIDFormat")?);
        formats.extend(known.filter(|format| *format != NameIdFormat::Unspecified));
    }
    Ok(formats)
}

fn attribute_services(role: Node<'_>) -> Result<Vec<AttributeService>, MetadataError> {
    let services = role
        .all(md("AttributeConsumingService"))
        .map(|service| {
            let attributes = service
                .all(md("RequestedAttribute"))
                .map(|attribute| {
                    Ok(RequestedAttribute {
                        name: attribute.required("Name")?.to_owned(),
                        required: flag(attribute, "isRequired")?,
                    })
                })
                .collect::<Result<Vec<_>, ReadError>>()?;
            Ok(AttributeService {
                index: index(service)?,
                is_default: flag(service, "isDefault")?,
                attributes,
            })
        })
        .collect::<Result<Vec<_>, MetadataError>>()?;
    unique(services.iter().map(|service| service.index))?;
    Ok(services)
}

/// The English name of its interface, or the first.
fn display_name(role: Node<'_>) -> Result<Option<String>, ReadError> {
    let Some(extensions) = role.find(md("Extensions"))? else {
        return Ok(None);
    };
    let Some(interface) = extensions.find(mdui("UIInfo"))? else {
        return Ok(None);
    };
    let mut names: Vec<Node<'_>> = interface.all(mdui("DisplayName")).collect();
    names.sort_by_key(|name| name.language() != Some("en"));
    names.first().map(|name| name.filled("DisplayName")).transpose()
}
