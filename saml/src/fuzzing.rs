//! One entry for each parser, for the fuzz crate and the never-panic properties. Not part of the API.

use idp_types::{ServiceId, Timestamp};

use crate::binding::{Artifact, Binding, Received};
use crate::identifier::EntityId;
use crate::logout::{LogoutCircumstances, check_logout};
use crate::message::{Body, Message, Required};
use crate::metadata::{self, Trust};
use crate::provider::{Policy, Preset, ServiceProvider, Source};
use crate::request::{Circumstances, check};
use crate::signature::{Certificate, SignatureAlgorithm, Verifier};

/// Whose messages the seeds are.
const CERTIFICATE: &str = "MIIBcTCCARegAwIBAgIUcc2WvKaafSqndjGNVkmkRRecNKEwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCc3AwIBcNMjYxMTIxMjI1MTA1WhgPMjEyNjEwMjgyMjUxMDVaMA0xCzAJBgNVBAMMAnNwMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3FIofgjpDQ3KWe7ODGYprYGKMAlSP1z6AuUd0KiWcNDuoerFtilh17IPWA16F9tEpjyLqgMndkVhqSWM5F4NUaNTMFEwHQYDVR0OBBYEFNLpPXiuwX8a0WuKJLJOA2/CnHWQMB8GA1UdIwQYMBaAFNLpPXiuwX8a0WuKJLJOA2/CnHWQMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAPXLDrOrKZMjKT5mrvGERMHn1FG11wXtce+pG3r6Esl+AiAPiUROPOTJPRlG6nBmkkDgg3yNeWF4iaNYl5JsPQzJJg==";

/// Takes every signature for good: what lies behind one is to be reached.
struct Credulous;

impl Verifier for Credulous {
    fn verify(&self, _: SignatureAlgorithm, _: &[u8], _: &[u8], _: &[u8]) -> bool {
        true
    }
}

const METADATA: &str = r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sp.example"><md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:AssertionConsumerService index="0" Location="https://sp.example/acs" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"/></md:SPSSODescriptor></md:EntityDescriptor>"#;

/// The time of the seeds.
const NOW: Timestamp = Timestamp::from_unix_seconds(1_768_478_400);

fn trust(anchors: &[Certificate]) -> Trust<'_> {
    Trust {
        anchors,
        longest: None,
        algorithms: &SignatureAlgorithm::ALL,
        verifier: &Credulous,
    }
}

fn provider() -> Option<ServiceProvider> {
    let service = ServiceId::parse("sp").ok()?;
    let metadata = metadata::read(METADATA, trust(&[]), NOW).ok()?;
    let mut provider = metadata.register(service, Preset::Shibboleth.policy(), Source::default());
    provider.signing = Certificate::parse(CERTIFICATE).into_iter().collect();
    provider.policy.ecp = true;
    Some(provider)
}

/// Everything that happens to a message; an answer goes to a registered address or nowhere.
fn deliver(received: Received) {
    let (Ok(message), Some(provider)) = (Message::open(received), provider()) else {
        return;
    };
    let Ok(message) = message.authenticate(&provider, Required::No, &Credulous) else {
        return;
    };
    let own = ["https://seal.example/saml/sso"];
    match message.body() {
        Ok(Body::Authn(request)) => {
            let circumstances = Circumstances {
                now: NOW,
                own: &own,
                binding: message.binding(),
                is_signed: message.is_signed(),
                relay_state: message.relay_state(),
            };
            if let Ok(checked) = check(&request, &provider, circumstances) {
                let registered = provider
                    .consumers
                    .iter()
                    .any(|consumer| consumer.location == checked.consumer.location);
                assert!(registered, "an answer goes to a registered address");
                let _ = checked.next(None, &provider);
            }
        }
        Ok(Body::Logout(request)) => {
            let circumstances = LogoutCircumstances { now: NOW, own: &own };
            assert!(check_logout(&request, circumstances, &[]).is_err());
        }
        Ok(Body::Resolve(resolve)) => {
            let circumstances = LogoutCircumstances { now: NOW, own: &own };
            let _ = resolve.check(&provider, &provider.entity_id, circumstances);
        }
        Ok(Body::LoggedOut(_)) | Err(_) => {}
    }
}

/// A query of the Redirect binding.
pub fn query(data: &[u8]) {
    let received = str::from_utf8(data)
        .ok()
        .and_then(|text| Received::from_query(text).ok());
    if let Some(received) = received {
        deliver(received);
    }
}

/// A form of the POST binding.
pub fn form(data: &[u8]) {
    let received = str::from_utf8(data)
        .ok()
        .and_then(|text| Received::from_form(text).ok());
    if let Some(received) = received {
        deliver(received);
    }
}

/// A SOAP body.
pub fn soap(data: &[u8]) {
    if let Ok(received) = Received::from_soap(data) {
        deliver(received);
    }
}

/// A document without its encoding, asking and answering.
pub fn message(data: &[u8]) {
    use crate::binding::Direction;
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let anchors: Vec<Certificate> = Certificate::parse(CERTIFICATE).into_iter().collect();
    let _ = crate::response::read(text, &anchors, &Credulous);
    for direction in [Direction::Request, Direction::Response] {
        deliver(Received {
            binding: Binding::Post,
            direction,
            text: text.to_owned(),
            relay_state: None,
            detached: None,
        });
    }
}

/// Metadata of a service provider, signed and not; one that was taken can be served.
pub fn metadata_document(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let anchors: Vec<Certificate> = Certificate::parse(CERTIFICATE).into_iter().collect();
    let _ = metadata::read(text, trust(&anchors), NOW);
    let (Ok(metadata), Ok(service)) = (metadata::read(text, trust(&[]), NOW), ServiceId::parse("sp")) else {
        return;
    };
    let provider = metadata.register(service, Policy::default(), Source::default());
    assert!(!provider.consumers.is_empty(), "there is somewhere to answer");
    let _ = provider.source.refresh_at();
}

/// A certificate, in DER and as text; what was read is written as it was.
pub fn certificate(data: &[u8]) {
    if let Ok(certificate) = Certificate::from_der(data) {
        assert_eq!(certificate.der(), data);
        let again = Certificate::parse(&certificate.to_base64());
        assert_eq!(again.as_ref(), Ok(&certificate));
    }
    if let Ok(text) = str::from_utf8(data) {
        let _ = Certificate::parse(text);
    }
}

/// An artifact; what was read is written as it was.
pub fn artifact(data: &[u8]) {
    let Some(artifact) = str::from_utf8(data).ok().and_then(Artifact::parse) else {
        return;
    };
    assert_eq!(Artifact::parse(&artifact.to_string()), Some(artifact.clone()));
    if let Ok(issuer) = EntityId::parse("https://seal.example") {
        let _ = artifact.is_of(&issuer);
    }
}
