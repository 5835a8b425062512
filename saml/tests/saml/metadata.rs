//! Metadata of service providers in, ours out.

use idp_types::ServiceId;
use saml::binding::Binding;
use saml::metadata::{
    Contact, EndpointFacts, IdentityProviderFacts, Interface, Logo, MetadataError, ProviderMetadata, Trust,
    identity_provider, mdq_address, read,
};
use saml::provider::{AttributeRule, AttributeSource, Preset, ServiceProvider, Source};
use saml::signature::{Certificate, SignatureAlgorithm, SignatureError};
use saml::xml::{ReadError, XmlError};
use saml::{ATTRIBUTE_NAME_BASIC, NameIdFormat};

use crate::fixture::{
    ACS, IDP, IDP_EC_KEY, IDP_KEY, Native, SLO, SP, SP_KEY, SSO, STRANGER, entity, id, now,
};
use crate::xmlsec::{Bench, RSA_SHA256, SHA256, template};

const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor";

fn document(attributes: &str, before: &str, role: &str) -> String {
    format!(
        "<!-- of the provider --><md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
         xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" xmlns:mdui=\"urn:oasis:names:tc:SAML:metadata:ui\" \
         entityID=\"{SP}\" ID=\"_m1\" {attributes}>{before}<md:SPSSODescriptor AuthnRequestsSigned=\"true\" \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:1.1:protocol urn:oasis:names:tc:SAML:2.0:protocol\">{role}\
         <md:AssertionConsumerService index=\"0\" Location=\"{ACS}\" \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\"/></md:SPSSODescriptor></md:EntityDescriptor>"
    )
}

fn key(usage: &str, method: &str) -> String {
    format!(
        "<md:KeyDescriptor{usage}><ds:KeyInfo><ds:KeyName>k</ds:KeyName><ds:X509Data><ds:X509Certificate>\n{}\n</ds:X509Certificate>\
         </ds:X509Data></ds:KeyInfo>{method}</md:KeyDescriptor>",
        SP_KEY.certificate.to_base64()
    )
}

fn trust(anchors: &[Certificate], longest: Option<i64>) -> Trust<'_> {
    Trust {
        anchors,
        longest,
        algorithms: &SignatureAlgorithm::ALL,
        verifier: &Native,
    }
}

fn taken(text: &str) -> Result<ProviderMetadata, MetadataError> {
    read(text, trust(&[], None), now())
}

fn record(text: &str) -> ServiceProvider {
    let source = Source {
        url: Some("https://sp.example/metadata".to_owned()),
        read_at: now(),
        ..Source::default()
    };
    let service = ServiceId::parse("sp").expect("a service");
    taken(text)
        .expect("taken")
        .register(service, Preset::Shibboleth.policy(), source)
}

#[test]
fn a_provider_is_what_its_metadata_says() {
    let role = format!(
        "<md:Extensions><mdui:UIInfo><mdui:DisplayName xml:lang=\"de\">Dienst</mdui:DisplayName>\
         <mdui:DisplayName xml:lang=\"en\">Service</mdui:DisplayName></mdui:UIInfo></md:Extensions>{}\
         <md:SingleLogoutService Binding=\"{}\" Location=\"https://sp.example/slo\" ResponseLocation=\"https://sp.example/done\"/>\
         <md:NameIDFormat>{}</md:NameIDFormat><md:NameIDFormat>urn:other</md:NameIDFormat>\
         <md:AssertionConsumerService index=\"5\" isDefault=\"true\" Location=\"https://sp.example/art\" Binding=\"{}\"/>\
         <md:AssertionConsumerService index=\"6\" Location=\"https://sp.example/other\" Binding=\"urn:unknown\"/>\
         <md:AttributeConsumingService index=\"1\"><md:RequestedAttribute Name=\"urn:oid:2.5.4.42\" isRequired=\"true\"/>\
         </md:AttributeConsumingService>",
        key(
            "",
            "<md:EncryptionMethod Algorithm=\"http://www.w3.org/2009/xmlenc11#aes128-gcm\"/>"
        ),
        Binding::Redirect.uri(),
        NameIdFormat::Transient.uri(),
        Binding::Artifact.uri(),
    );
    let record = record(&document(
        "cacheDuration=\"PT1H30M\" validUntil=\"2026-02-15T12:00:00Z\"",
        "",
        &role,
    ));
    assert_eq!(record.display_name, "Service");
    assert_eq!(record.entity_id.as_str(), SP);
    assert!(record.requires_signed_requests() && !record.want_assertions_signed);
    // A key without use is for both (IIP-MD11).
    assert_eq!(record.signing, std::slice::from_ref(&SP_KEY.certificate));
    assert_eq!(
        record.encryption[0].methods,
        ["http://www.w3.org/2009/xmlenc11#aes128-gcm"]
    );
    assert_eq!(
        record.default_consumer().expect("one").location,
        "https://sp.example/art"
    );
    assert_eq!(record.consumers.len(), 2);
    assert_eq!(record.logout[0].response_address(), "https://sp.example/done");
    assert_eq!(record.name_id_formats, [NameIdFormat::Transient]);
    assert!(record.attribute_services[0].attributes[0].required);
    assert_eq!(record.source.refresh_at(), Some(now().plus_seconds(5400)));
    assert!(!record.source.has_ended(now()));
    let text = serde_json::to_string(&record).expect("stored");
    assert_eq!(
        serde_json::from_str::<ServiceProvider>(&text).expect("read"),
        record
    );
}

#[test]
fn a_refresh_keeps_what_the_operator_decided() {
    let old = record(&document("", "", &key(" use=\"signing\"", "")));
    let new = taken(&document("", "", ""))
        .expect("taken")
        .refresh(old.clone(), now().plus_seconds(60));
    assert!(new.signing.is_empty() && !old.signing.is_empty());
    assert_eq!(new.policy, old.policy);
    assert_eq!(new.source.url, old.source.url);
    assert_eq!(new.source.read_at, now().plus_seconds(60));
}

#[test]
fn metadata_that_cannot_be_served_is_refused() {
    let plain = document("", "", "");
    let evil = |location: &str| plain.replace(ACS, location);
    let post = Binding::Post.uri();
    let twice = format!("<md:AssertionConsumerService index=\"0\" Location=\"{ACS}\" Binding=\"{post}\"/>");
    let cases = [
        (evil("http://sp.example/acs"), MetadataError::Address),
        (evil("https://user@sp.example/acs"), MetadataError::Address),
        (evil("https://sp.example/acs#x"), MetadataError::Address),
        (evil("javascript:alert(1)"), MetadataError::Address),
        (plain.replace(post, "urn:unknown"), MetadataError::Consumer),
        (document("", "", &twice), MetadataError::Index),
        (
            plain.replace("SPSSODescriptor", "IDPSSODescriptor"),
            MetadataError::Role,
        ),
        (
            plain.replace("urn:oasis:names:tc:SAML:2.0:protocol", "urn:x"),
            MetadataError::Role,
        ),
        (
            plain.replace("EntityDescriptor", "EntitiesDescriptor"),
            MetadataError::Aggregate,
        ),
        (
            document("validUntil=\"2026-01-15T12:00:00Z\"", "", ""),
            MetadataError::Expired,
        ),
        (
            document("cacheDuration=\"P\"", "", ""),
            MetadataError::Read(ReadError::Value("cacheDuration")),
        ),
        (
            format!("<!DOCTYPE x>{plain}"),
            MetadataError::Read(ReadError::Xml(XmlError::DocumentType)),
        ),
        (
            plain.replace(SP, "a b"),
            MetadataError::Read(ReadError::Value("entityID")),
        ),
    ];
    for (text, error) in cases {
        assert_eq!(taken(&text), Err(error), "{text}");
    }
    assert!(
        taken(&evil("http://127.0.0.1:8080/acs")).is_ok(),
        "a demo on this machine"
    );
}

#[test]
fn validity_is_bounded_where_the_operator_bounds_it() {
    let week = Some(7 * 24 * 3600);
    let bounded = |attributes: &str| read(&document(attributes, "", ""), trust(&[], week), now()).map(|_| ());
    assert_eq!(bounded(""), Err(MetadataError::Validity));
    assert_eq!(
        bounded("validUntil=\"2027-01-15T12:00:00Z\""),
        Err(MetadataError::Validity)
    );
    assert_eq!(bounded("validUntil=\"2026-01-20T12:00:00Z\""), Ok(()));
}

#[test]
fn a_trust_anchor_is_the_only_one_who_is_believed() {
    let unsigned = document("", &template(RSA_SHA256, SHA256, "#_m1"), &key("", ""));
    let signed = Bench::new().sign(&unsigned, ENTITY, &SP_KEY);
    let by = |certificate: &Certificate, text: &str| {
        read(text, trust(std::slice::from_ref(certificate), None), now()).map(|_| ())
    };
    assert_eq!(by(&SP_KEY.certificate, &signed), Ok(()));
    assert_eq!(
        by(&STRANGER.certificate, &signed),
        Err(SignatureError::Value.into())
    );
    let moved = signed.replace(ACS, "https://evil.example/acs");
    assert_eq!(
        by(&SP_KEY.certificate, &moved),
        Err(SignatureError::Digest.into())
    );
    assert_eq!(
        by(&SP_KEY.certificate, &document("", "", "")),
        Err(SignatureError::Missing.into())
    );
}

#[test]
fn durations_are_read_in_every_form() {
    for (text, seconds) in [
        ("PT5M", 300),
        ("P1D", 86_400),
        ("P1DT1H", 86_400),
        ("PT30.5S", 300),
        ("PT1H30M10S", 5410),
    ] {
        let record = record(&document(&format!("cacheDuration=\"{text}\""), "", ""));
        assert_eq!(
            record.source.refresh_at(),
            Some(now().plus_seconds(seconds)),
            "{text}"
        );
    }
    for text in [
        "",
        "P",
        "PT",
        "1H",
        "PT1X",
        "-PT1H",
        "P1M1Y",
        "PT99999999999999999999S",
    ] {
        assert!(
            taken(&document(&format!("cacheDuration=\"{text}\""), "", "")).is_err(),
            "{text}"
        );
    }
}

#[test]
fn an_mdq_address_has_the_entity_as_one_segment() {
    assert_eq!(
        mdq_address("https://mdq.example/", &entity("https://sp.example/x?y")),
        "https://mdq.example/entities/https%3A%2F%2Fsp.example%2Fx%3Fy"
    );
}

#[test]
fn presets_are_known_by_name_and_name_no_attribute_twice() {
    for preset in Preset::ALL {
        assert_eq!(Preset::parse(preset.as_str()), Some(preset));
        let policy = preset.policy();
        let mut names: Vec<_> = policy.attributes.iter().map(|rule| &rule.name).collect();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all, "{}", preset.as_str());
    }
    let okta = Preset::Okta.policy().attributes;
    assert_eq!(okta[0].name_format.as_deref(), Some(ATTRIBUTE_NAME_BASIC));
    assert_eq!(
        AttributeRule::scopes(&okta).to_claim(),
        "identity:given_name identity:family_name"
    );
    assert_eq!(
        AttributeSource::parse("dateOfBirth"),
        Some(AttributeSource::DateOfBirth)
    );
}

/// Everything that our metadata can say.
fn our_metadata() -> String {
    let facts = IdentityProviderFacts {
        id: &id("_m2"),
        entity_id: &entity(IDP),
        valid_until: now().plus_seconds(7 * 86_400),
        cache_duration: 3600,
        signing: &[&IDP_KEY.certificate, &IDP_EC_KEY.certificate],
        encryption: Some(&IDP_KEY.certificate),
        endpoints: EndpointFacts {
            single_sign_on: &[(Binding::Redirect, SSO), (Binding::Post, SSO)],
            single_logout: &[(Binding::Redirect, SLO), (Binding::Post, SLO)],
            artifact_resolution: &["https://seal.example/saml/artifact"],
        },
        name_id_formats: &[
            NameIdFormat::Persistent,
            NameIdFormat::Transient,
            NameIdFormat::EmailAddress,
        ],
        interface: Interface {
            display_names: &[("en", "Seal & co")],
            descriptions: &[("en", "Logs you in")],
            information: Some("https://seal.example/"),
            privacy: Some("https://seal.example/privacy"),
            logo: Some(Logo {
                address: "https://seal.example/logo.png",
                width: 80,
                height: 60,
            }),
        },
        scopes: &["seal.example"],
        error_url: Some("https://seal.example/saml/error"),
        contacts: &[Contact {
            kind: "technical",
            name: "Ada",
            email: "ada@seal.example",
        }],
        want_authn_requests_signed: false,
    };
    IDP_KEY.seal(identity_provider(&facts).expect("metadata"))
}

#[test]
fn our_metadata_is_signed_and_in_the_order_of_the_schema() {
    let text = our_metadata();
    Bench::new()
        .verify(&text, ENTITY, &IDP_KEY)
        .expect("xmlsec1 accepts it");
    let order = [
        "<ds:Signature",
        "<alg:SigningMethod",
        "<shibmd:Scope",
        "<mdui:UIInfo",
        "<md:KeyDescriptor",
        "<md:ArtifactResolutionService",
        "<md:SingleLogoutService",
        "<md:NameIDFormat",
        "<md:SingleSignOnService",
        "<md:ContactPerson",
    ]
    .map(|element| text.find(element).expect(element));
    assert!(order.is_sorted());
    assert!(text.contains("Seal &amp; co"));
}
