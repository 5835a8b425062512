//! A service provider as operators see it.

use idp_types::Timestamp;
use saml::provider::ServiceProvider;
use saml::signature::{Certificate, KeyKind};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::document::document_of;
use super::entered::entered;
use crate::app::App;

/// A service provider: what was written of it, what its metadata says, and what to enter at the other side.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProviderView {
    /// The document that makes it.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    document: Map<String, Value>,
    /// What account links name it by.
    link_id: String,
    /// Until when its metadata holds; after that nobody is logged in there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    valid_until: Option<Timestamp>,
    /// How long its metadata may be kept, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_duration_seconds: Option<i64>,
    /// When its metadata was read.
    #[schema(value_type = String, format = DateTime)]
    read_at: Timestamp,
    /// When it will be read again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    refresh_at: Option<Timestamp>,
    /// Where responses go.
    #[schema(value_type = Vec<Object>)]
    assertion_consumer_services: Vec<Value>,
    /// Where logout messages go.
    #[schema(value_type = Vec<Object>)]
    single_logout_services: Vec<Value>,
    /// Its keys, with their expiry.
    pub(crate) certificates: Vec<ProviderCertificate>,
    /// Whether unsigned requests are refused.
    authn_requests_signed: bool,
    /// Whether it wants assertions signed.
    want_assertions_signed: bool,
    /// The formats of name identifiers that it prefers.
    name_id_formats: Vec<&'static str>,
    /// The attributes that it asks for.
    #[schema(value_type = Vec<Object>)]
    attribute_consuming_services: Vec<Value>,
    /// What to enter at the service provider: its label there, and the value.
    #[schema(value_type = Vec<Object>)]
    enter: Vec<Value>,
}

/// A certificate: a container of a key. That it expired stops nothing here (IIP-MD12), but it may at the other side.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProviderCertificate {
    subject: String,
    /// SHA-256 of the DER, hexadecimal.
    pub(crate) fingerprint: String,
    /// `RSA` or `EC`.
    key_type: &'static str,
    #[schema(value_type = String, format = DateTime)]
    not_before: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) not_after: Timestamp,
    /// Whether it checks signatures.
    signing: bool,
    /// Whether assertions are encrypted to it.
    encryption: bool,
}

impl ProviderCertificate {
    fn of((certificate, signing, encryption): (&Certificate, bool, bool)) -> Self {
        Self {
            subject: certificate.subject().to_owned(),
            fingerprint: certificate.fingerprint(),
            key_type: match certificate.kind() {
                KeyKind::Rsa => "RSA",
                KeyKind::Ec => "EC",
            },
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            signing,
            encryption,
        }
    }
}

impl ProviderCertificate {
    /// What it is for.
    pub(crate) fn purposes(&self) -> String {
        let purposes = match (self.signing, self.encryption) {
            (true, true) => "signing and encryption",
            (true, false) => "signing",
            _ => "encryption",
        };
        format!("{}, {purposes}, {}", self.key_type, self.subject)
    }
}

impl ProviderView {
    /// What operators see of a provider.
    pub(crate) fn of(app: &App, provider: &ServiceProvider) -> Self {
        let source = &provider.source;
        let enter = entered(app, provider).into_iter();
        Self {
            document: document_of(provider),
            link_id: provider.entity_id.handle(),
            valid_until: source.valid_until,
            cache_duration_seconds: source.cache_duration,
            read_at: source.read_at,
            refresh_at: source.refresh_at(),
            assertion_consumer_services: consumers(provider),
            single_logout_services: logout(provider),
            certificates: provider
                .certificates()
                .into_iter()
                .map(ProviderCertificate::of)
                .collect(),
            authn_requests_signed: provider.authn_requests_signed,
            want_assertions_signed: provider.want_assertions_signed,
            name_id_formats: provider
                .name_id_formats
                .iter()
                .map(|format| format.uri())
                .collect(),
            attribute_consuming_services: requested(provider),
            enter: enter
                .map(|(label, value)| json!({"label": label, "value": value}))
                .collect(),
        }
    }
}

fn consumers(provider: &ServiceProvider) -> Vec<Value> {
    let one = |consumer: &saml::provider::ConsumerService| {
        json!({
            "index": consumer.index,
            "binding": consumer.binding.uri(),
            "location": consumer.location,
            "isDefault": consumer.is_default,
        })
    };
    provider.consumers.iter().map(one).collect()
}

fn logout(provider: &ServiceProvider) -> Vec<Value> {
    let one = |service: &saml::provider::LogoutService| {
        json!({
            "binding": service.binding.uri(),
            "location": service.location,
            "responseLocation": service.response_location,
        })
    };
    provider.logout.iter().map(one).collect()
}

fn requested(provider: &ServiceProvider) -> Vec<Value> {
    let one = |service: &saml::provider::AttributeService| {
        let attributes = service.attributes.iter();
        let attributes: Vec<Value> = attributes
            .map(|attribute| json!({"name": attribute.name, "required": attribute.required}))
            .collect();
        json!({"index": service.index, "isDefault": service.is_default, "attributes": attributes})
    };
    provider.attribute_services.iter().map(one).collect()
}
