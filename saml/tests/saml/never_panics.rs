//! No input ends a reader otherwise than with a value or an error; what a parser promises is asserted in the crate's own entries.

use data_encoding::BASE64;
use proptest::prelude::{any, prop, proptest};
use proptest::strategy::Strategy;
use saml::fuzzing::{artifact, certificate, form, message, metadata_document, query, soap};

use crate::fixture::{SP_KEY, authn_request};

/// A good document with a piece cut out, repeated, or replaced.
fn mutated(document: String) -> impl Strategy<Value = String> {
    let length = document.len();
    (0..length, 0..64_usize, prop::option::of(".{0,12}"), any::<bool>()).prop_map(
        move |(begin, size, replacement, twice)| {
            let end = (begin + size).min(length);
            let (Some(before), Some(piece), Some(after)) = (
                document.get(..begin),
                document.get(begin..end),
                document.get(end..),
            ) else {
                return document.clone();
            };
            let replacement = replacement.unwrap_or_default();
            let piece = if twice {
                format!("{piece}{piece}")
            } else {
                replacement
            };
            format!("{before}{piece}{after}")
        },
    )
}

fn posted(xml: &str) -> Vec<u8> {
    let value: String = form_urlencoded::byte_serialize(BASE64.encode(xml.as_bytes()).as_bytes()).collect();
    format!("SAMLRequest={value}").into_bytes()
}

const PROVIDER: &str = r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sp.example" cacheDuration="P1DT2H"><md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:AssertionConsumerService index="0" Location="https://sp.example/acs" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"/></md:SPSSODescriptor></md:EntityDescriptor>"#;

proptest! {
    #[test]
    fn octets(data in prop::collection::vec(any::<u8>(), 0..512)) {
        for target in [artifact, certificate, form, message, metadata_document, query, soap] {
            target(&data);
        }
    }

    #[test]
    fn requests(xml in mutated(authn_request("ForceAuthn=\"1\"", "<samlp:NameIDPolicy AllowCreate=\"1\"/>"))) {
        message(xml.as_bytes());
        form(&posted(&xml));
        soap(saml::binding::soap_envelope(&xml).as_bytes());
    }

    #[test]
    fn providers(xml in mutated(PROVIDER.to_owned())) {
        metadata_document(xml.as_bytes());
    }

    #[test]
    fn certificates(place in 0..600_usize, octet in any::<u8>()) {
        let mut der = SP_KEY.certificate.der().to_vec();
        if let Some(slot) = der.get_mut(place) {
            *slot = octet;
        }
        certificate(&der);
    }
}
