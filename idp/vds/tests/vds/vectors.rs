//! The published facts and our own vector, byte for byte.

use idp_jose::{EcPublicKey, P256Verifier, PublicKey};
use idp_types::Timestamp;
use idp_types::encoding::{from_lowerhex, lowerhex};
use idp_vds::payload::{Value, read_values, write_values};
use idp_vds::{
    Carrier, CertificateReference, HeaderCodec, HeaderV2, ManifestId, PersonPayload, PreparedSeal, Seal,
    decode_text, encode_text,
};
use p256::ecdsa::SigningKey;
use serde_json::Value as Json;

mod read {
    use super::*;

    pub(crate) fn vector() -> Json {
        serde_json::from_str(include_str!("vectors/profile-1.json")).unwrap()
    }

    pub(crate) fn bytes(json: &Json, name: &str) -> Vec<u8> {
        from_lowerhex(text(json, name)).unwrap()
    }

    pub(crate) fn text<'a>(json: &'a Json, name: &str) -> &'a str {
        json[name].as_str().unwrap()
    }

    pub(crate) fn whole(json: &Json) -> Vec<u8> {
        [
            bytes(json, "header"),
            bytes(json, "payload"),
            bytes(json, "signature"),
        ]
        .concat()
    }

    pub(crate) fn key(json: &Json) -> PublicKey {
        let private = SigningKey::from_slice(&bytes(json, "privateKey")).unwrap();
        let point = private.verifying_key().to_sec1_point(false);
        PublicKey::P256(EcPublicKey::from_sec1(point.as_bytes()).unwrap())
    }
}

use read::{bytes, key, text, vector, whole};

#[test]
fn the_vector_is_taken_apart() {
    let vector = vector();
    let seal = Seal::parse(&whole(&vector)).unwrap();
    assert_eq!(
        seal.header().certificate.as_str(),
        text(&vector, "certificateReference")
    );
    assert_eq!(seal.header().manifest, ManifestId::PERSON);
    assert_eq!(
        Some(seal.header().signed_at.unix_seconds()),
        vector["signedAt"].as_i64()
    );
    assert_eq!(seal.payload(), bytes(&vector, "payload"));
    assert_eq!(seal.digest().to_lowerhex(), text(&vector, "digest"));
    assert_eq!(seal.verify_signature(&P256Verifier, &key(&vector)), Ok(()));
}

#[test]
fn the_vectors_values_stand_by_position() {
    let vector = vector();
    let payload = bytes(&vector, "payload");
    let expected: Vec<Value<'_>> = vector["values"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_str().map_or(Value::Nil, Value::Text))
        .collect();
    assert_eq!(read_values(&payload).unwrap(), expected);
    assert_eq!(*write_values(&expected), payload);
    let person = PersonPayload::read(&payload).unwrap();
    assert_eq!(person.given_name, "Jean");
    assert_eq!(person.birth_date.complete().unwrap().to_string(), "1985-06-15");
    assert_eq!(person.photo, None);
}

#[test]
fn every_text_form_of_the_vector_reads() {
    let vector = vector();
    let seal = Seal::parse(&whole(&vector)).unwrap();
    assert_eq!(encode_text(Carrier::Base32, &seal), text(&vector, "base32"));
    assert_eq!(encode_text(Carrier::Base45, &seal), text(&vector, "base45"));
    let carriers = [
        Carrier::Base32,
        Carrier::Base45,
        Carrier::Base64,
        Carrier::Base64Url,
        Carrier::Hex,
        Carrier::Hc1,
        Carrier::VdsScheme,
        Carrier::Link { host: "id.example" },
    ];
    for carrier in carriers {
        let read = decode_text(&encode_text(carrier, &seal)).unwrap();
        assert_eq!(read.as_bytes(), seal.as_bytes(), "{carrier:?}");
    }
}

#[test]
fn issuing_writes_the_vectors_bytes() {
    let vector = vector();
    let content = PersonPayload::read(&bytes(&vector, "payload")).unwrap().into();
    let reference = CertificateReference::parse(text(&vector, "certificateReference")).unwrap();
    let signed_at = Timestamp::from_unix_seconds(vector["signedAt"].as_i64().unwrap());
    let prepared = PreparedSeal::new(reference, signed_at, &content).unwrap();
    let message = [bytes(&vector, "header"), bytes(&vector, "payloadDigest")].concat();
    assert_eq!(prepared.signing_message(), message);
    let seal = prepared.complete(&bytes(&vector, "signature")).unwrap();
    assert_eq!(lowerhex(seal.as_bytes()), lowerhex(&whole(&vector)));
}

#[test]
fn a_high_s_is_read_and_a_low_s_is_written() {
    let vector = vector();
    let low = p256::ecdsa::Signature::from_slice(&bytes(&vector, "signature")).unwrap();
    let (r, s) = low.split_scalars();
    let high = p256::ecdsa::Signature::from_scalars(r, -s).unwrap().to_bytes();
    let altered = [bytes(&vector, "header"), bytes(&vector, "payload"), high.to_vec()].concat();
    let seal = Seal::parse(&altered).unwrap();
    assert_eq!(seal.verify_signature(&P256Verifier, &key(&vector)), Ok(()));
    assert_eq!(
        seal.digest().to_lowerhex(),
        text(&vector, "digest"),
        "the fingerprint ignores the signature"
    );

    let content = PersonPayload::read(seal.payload()).unwrap().into();
    let header = seal.header();
    let prepared = PreparedSeal::new(header.certificate, header.signed_at, &content).unwrap();
    assert_eq!(prepared.complete(&high).unwrap().as_bytes(), whole(&vector));
}

#[test]
fn published_headers_read_and_write() {
    let vectors: Json = serde_json::from_str(include_str!("vectors/published-headers.json")).unwrap();
    for vector in vectors["headers"].as_array().unwrap() {
        let expected = bytes(vector, "bytes");
        let (header, length) = HeaderV2.read(&expected).unwrap();
        assert_eq!(length, expected.len());
        assert_eq!(header.certificate.as_str(), text(vector, "certificateReference"));
        assert_eq!(header.manifest.to_string(), text(vector, "manifest"));
        assert_eq!(header.signed_at.to_rfc3339(), text(vector, "signedAt"));
        assert_eq!(
            Some(u64::from(header.payload_length)),
            vector["payloadLength"].as_u64()
        );
        assert_eq!(HeaderV2.write(&header).unwrap(), expected);
    }
}
