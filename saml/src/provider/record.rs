//! The record of a service provider: a plain value that the store keeps.

use idp_types::{ServiceId, Timestamp};
use serde::{Deserialize, Serialize};

use super::policy::Policy;
use crate::binding::Binding;
use crate::identifier::EntityId;
use crate::name_id::NameIdFormat;
use crate::signature::Certificate;

/// Where answers to authentication requests go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsumerService {
    /// Its index, unique in the record.
    pub index: u16,
    /// How the answer travels: POST, artifact or PAOS.
    pub binding: Binding,
    /// Its address.
    pub location: String,
    /// Whether it is marked as the default.
    #[serde(default)]
    pub is_default: bool,
}

/// Where logout messages go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutService {
    /// Redirect, POST or SOAP.
    pub binding: Binding,
    /// Where requests go.
    pub location: String,
    /// Where answers go, if elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_location: Option<String>,
}

impl LogoutService {
    /// Where answers go.
    pub fn response_address(&self) -> &str {
        self.response_location.as_deref().unwrap_or(&self.location)
    }
}

/// A certificate to encrypt to, with the methods that the provider names for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncryptionKey {
    /// The certificate.
    pub certificate: Certificate,
    /// The identifiers of its `md:EncryptionMethod`s; empty when it names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
}

/// An attribute that a provider asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedAttribute {
    /// Its `Name`.
    pub name: String,
    /// Whether it is of no use without.
    #[serde(default)]
    pub required: bool,
}

/// An `md:AttributeConsumingService`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeService {
    /// Its index, unique in the record.
    pub index: u16,
    /// Whether it is marked as the default.
    #[serde(default)]
    pub is_default: bool,
    /// What it asks for.
    pub attributes: Vec<RequestedAttribute>,
}

/// Where a record comes from, and when it is due again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The address of the metadata, or of its entry in an MDQ service; none for a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Who must have signed it; empty: nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trust_anchors: Vec<Certificate>,
    /// After this the provider is not served until it is refreshed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// How long the metadata may be kept, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_duration: Option<i64>,
    /// The longest validity in seconds that is believed; metadata without one is then refused (IIP-MD04). Absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest: Option<i64>,
    /// The entity tag of what was read, with which the next reading asks (RFC 9110 8.8.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// When it was last read.
    pub read_at: Timestamp,
}

/// How long metadata without an expiry is kept, and how often at most it is asked for, in seconds.
const REFRESH_DEFAULT: i64 = 24 * 3600;
const REFRESH_SHORTEST: i64 = 300;

impl Source {
    /// When the metadata should be read again: well before it ends (IIP-MD02).
    pub fn refresh_at(&self) -> Option<Timestamp> {
        self.url.as_ref()?;
        let kept = self.cache_duration.unwrap_or(REFRESH_DEFAULT);
        let remaining = self
            .valid_until
            .map_or(i64::MAX, |end| end.millis_since(self.read_at) / 1000);
        let seconds = kept.min(remaining / 2).clamp(REFRESH_SHORTEST, REFRESH_DEFAULT);
        Some(self.read_at.plus_seconds(seconds))
    }

    /// Whether the metadata has ended.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.valid_until.is_some_and(|end| now >= end)
    }
}

/// A service provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceProvider {
    /// Its name on the wire.
    pub entity_id: EntityId,
    /// What the phone knows it as.
    pub service_id: ServiceId,
    /// What people know it as.
    pub display_name: String,
    /// Where answers go; nothing is ever sent elsewhere.
    pub consumers: Vec<ConsumerService>,
    /// Where logout messages go; empty: it takes no part in single logout.
    #[serde(default)]
    pub logout: Vec<LogoutService>,
    /// The keys that it signs with.
    #[serde(default)]
    pub signing: Vec<Certificate>,
    /// The keys that it decrypts with.
    #[serde(default)]
    pub encryption: Vec<EncryptionKey>,
    /// `AuthnRequestsSigned`: unsigned requests are refused (SDP-IDP04).
    #[serde(default)]
    pub authn_requests_signed: bool,
    /// `WantAssertionsSigned`.
    #[serde(default)]
    pub want_assertions_signed: bool,
    /// The formats that it prefers, in order.
    #[serde(default)]
    pub name_id_formats: Vec<NameIdFormat>,
    /// The sets of attributes that it asks for.
    #[serde(default)]
    pub attribute_services: Vec<AttributeService>,
    /// What the operator decided.
    #[serde(default)]
    pub policy: Policy,
    /// Where the metadata comes from.
    #[serde(default)]
    pub source: Source,
}

impl ServiceProvider {
    /// The certificates of it that a signature or an encryption may need, each once, with what it is for: signing, encryption.
    pub fn certificates(&self) -> Vec<(&Certificate, bool, bool)> {
        let mut all: Vec<(&Certificate, bool, bool)> = Vec::new();
        for certificate in &self.signing {
            if all.iter().all(|(known, ..)| *known != certificate) {
                all.push((certificate, true, false));
            }
        }
        for key in &self.encryption {
            match all.iter_mut().find(|(known, ..)| **known == key.certificate) {
                Some((_, _, encrypts)) => *encrypts = true,
                None => all.push((&key.certificate, false, true)),
            }
        }
        all
    }

    /// Whether an unsigned authentication request is refused.
    pub const fn requires_signed_requests(&self) -> bool {
        self.authn_requests_signed || self.policy.require_signed_requests
    }

    /// The consumer for an answer that names none: the one marked, otherwise the lowest index, among those that a browser can reach
    /// (Metadata 2.4.4.1).
    pub fn default_consumer(&self) -> Option<&ConsumerService> {
        let reachable = || {
            self.consumers
                .iter()
                .filter(|consumer| consumer.binding != Binding::Paos)
        };
        reachable()
            .find(|consumer| consumer.is_default)
            .or_else(|| reachable().min_by_key(|consumer| consumer.index))
    }

    /// The logout address for a binding.
    pub fn logout_service(&self, binding: Binding) -> Option<&LogoutService> {
        self.logout.iter().find(|service| service.binding == binding)
    }

    /// The format of an identifier when the request leaves it open.
    pub fn default_name_id_format(&self) -> NameIdFormat {
        self.policy
            .name_id_format
            .or_else(|| self.name_id_formats.first().copied())
            .unwrap_or(NameIdFormat::Persistent)
    }

    /// The audiences of its assertions: itself, and what the operator adds.
    pub fn audiences(&self) -> impl Iterator<Item = &str> {
        let own = std::iter::once(self.entity_id.as_str());
        own.chain(self.policy.audiences.iter().map(String::as_str))
    }
}
