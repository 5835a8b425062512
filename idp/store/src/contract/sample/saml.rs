//! A SAML service provider.

use ::saml::EntityId;
use ::saml::binding::Binding;
use ::saml::provider::{
    AttributeService, ConsumerService, LogoutService, Preset, RequestedAttribute, ServiceProvider, Source,
};

use super::{NOW, serial, service_id};

/// A fresh entityID, in the alphabet that such names have.
pub fn entity_id() -> EntityId {
    EntityId::parse(format!("https://sp{:08}.example/metadata?a=b&c=\u{e4}", serial())).unwrap()
}

/// A provider with members of every kind but keys.
pub fn service_provider(entity_id: &EntityId) -> ServiceProvider {
    let text = |text: &str| text.to_owned();
    ServiceProvider {
        entity_id: entity_id.clone(),
        service_id: service_id(),
        display_name: text("Provider"),
        consumers: vec![ConsumerService {
            index: 3,
            binding: Binding::Post,
            location: text("https://sp.example/acs"),
            is_default: true,
        }],
        logout: vec![LogoutService {
            binding: Binding::Redirect,
            location: text("https://sp.example/slo"),
            response_location: Some(text("https://sp.example/done")),
        }],
        signing: Vec::new(),
        encryption: Vec::new(),
        authn_requests_signed: true,
        want_assertions_signed: false,
        name_id_formats: vec![::saml::NameIdFormat::Transient],
        attribute_services: vec![AttributeService {
            index: 1,
            is_default: false,
            attributes: vec![RequestedAttribute {
                name: text("urn:oid:2.5.4.42"),
                required: true,
            }],
        }],
        policy: Preset::Shibboleth.policy(),
        source: Source {
            url: Some(text("https://sp.example/metadata")),
            trust_anchors: Vec::new(),
            valid_until: Some(NOW.plus_seconds(3600)),
            cache_duration: Some(600),
            longest: Some(86_400),
            etag: Some(text("\"a1\"")),
            read_at: NOW,
        },
    }
}
