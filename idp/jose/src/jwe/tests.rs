use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::*;
use crate::key::{Jwk, PublicKey};

const LIMIT: usize = 8192;

fn secret(byte: u8) -> EcdhSecretKey {
    EcdhSecretKey::from_scalar(&[byte; 32]).unwrap()
}

fn randomness() -> EncryptionRandomness {
    EncryptionRandomness {
        scalar: Zeroizing::new([5; 32]),
        iv: [6; 12],
    }
}

fn sealed(header: &JweHeader) -> String {
    encrypt(secret(7).public_key(), header, b"content", randomness()).unwrap()
}

fn with_header(change: impl Fn(&mut Value)) -> Result<Vec<u8>, JweError> {
    let text = sealed(&JweHeader::new(ContentEncryption::A256Gcm));
    let (header, rest) = text.split_once('.').unwrap();
    let mut header: Value =
        serde_json::from_slice(&BASE64URL_NOPAD.decode(header.as_bytes()).unwrap()).unwrap();
    change(&mut header);
    let changed = format!("{}.{rest}", BASE64URL_NOPAD.encode(header.to_string().as_bytes()));
    decrypt(&changed, &secret(7), LIMIT).map(|decrypted| decrypted.plaintext.to_vec())
}

#[test]
fn the_example_of_rfc_7518_appendix_c() {
    let vector: Value = serde_json::from_str(include_str!("../../tests/vectors/rfc7518-c.json")).unwrap();
    let binary = |value: &Value| {
        BASE64URL_NOPAD
            .decode(value.as_str().unwrap().as_bytes())
            .unwrap()
    };
    let secret =
        |name: &str| EcdhSecretKey::from_scalar(&binary(&vector[name]["d"]).try_into().unwrap()).unwrap();
    let public = |name: &str| {
        let mut jwk = vector[name].clone();
        jwk.as_object_mut().unwrap().remove("d");
        match Jwk::from_value(&jwk).unwrap().key {
            PublicKey::P256(key) => key,
            PublicKey::Rsa(_) | PublicKey::Ed25519(_) => unreachable!("an EC key"),
        }
    };
    let mut header = JweHeader::new(ContentEncryption::A128Gcm);
    header.apu = binary(&vector["apu"]);
    header.apv = binary(&vector["apv"]);
    let derived = binary(&vector["derived"]);
    let by_alice = agreement::content_key(&secret("alice"), &public("bob"), &header).unwrap();
    let by_bob = agreement::content_key(&secret("bob"), &public("alice"), &header).unwrap();
    assert_eq!((by_alice.to_vec(), by_bob.to_vec()), (derived.clone(), derived));
}

#[test]
fn both_encryptions_round_trip_with_every_header_member() {
    for enc in [ContentEncryption::A128Gcm, ContentEncryption::A256Gcm] {
        let mut header = JweHeader::new(enc);
        header.kid = Some("k1".to_owned());
        header.typ = Some("JWE".to_owned());
        header.cty = Some("JWT".to_owned());
        header.apu = b"Alice".to_vec();
        header.apv = b"Bob".to_vec();
        let decrypted = decrypt(&sealed(&header), &secret(7), LIMIT).unwrap();
        assert_eq!(
            (&decrypted.header, decrypted.plaintext.as_slice()),
            (&header, &b"content"[..])
        );
    }
}

#[test]
fn a_wrong_key_and_every_changed_part_are_refused_alike() {
    let text = sealed(&JweHeader::new(ContentEncryption::A256Gcm));
    assert_eq!(
        decrypt(&text, &secret(8), LIMIT).unwrap_err(),
        JweError::Decryption
    );
    let parts: Vec<&str> = text.split('.').collect();
    for index in [2, 3, 4] {
        let mut changed: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
        let flipped = if changed[index].starts_with('A') { "B" } else { "A" };
        changed[index].replace_range(..1, flipped);
        let refused = decrypt(&changed.join("."), &secret(7), LIMIT).unwrap_err();
        assert_eq!(refused, JweError::Decryption, "part {index}");
    }
    assert_eq!(
        with_header(|header| header["kid"] = json!("x")),
        Err(JweError::Decryption)
    );
}

#[test]
fn headers_outside_the_profile_are_refused() {
    assert_eq!(
        with_header(|header| header["alg"] = json!("RSA1_5")),
        Err(JweError::Algorithm)
    );
    assert_eq!(
        with_header(|header| header["enc"] = json!("A128CBC-HS256")),
        Err(JweError::Algorithm)
    );
    assert_eq!(
        with_header(|header| header["zip"] = json!("DEF")),
        Err(JweError::Compressed)
    );
    assert_eq!(
        with_header(|header| header["crit"] = json!(["exp"])),
        Err(JweError::Critical)
    );
    assert_eq!(
        with_header(|header| header["apu"] = json!("A=")),
        Err(JweError::HeaderMember("apu"))
    );
    let off_curve = with_header(|header| header["epk"]["x"] = header["epk"]["y"].clone());
    assert_eq!(off_curve, Err(JweError::EphemeralKey(KeyError::Invalid)));
    let private = with_header(|header| header["epk"]["d"] = json!("AA"));
    assert_eq!(private, Err(JweError::EphemeralKey(KeyError::PrivateMember)));
}

#[test]
fn the_shape_is_strict() {
    let text = sealed(&JweHeader::new(ContentEncryption::A256Gcm));
    let refused = |text: &str| decrypt(text, &secret(7), LIMIT).unwrap_err();
    assert_eq!(refused(&text.replacen("..", ".AA.", 1)), JweError::Shape);
    assert_eq!(refused(&format!("{text}.")), JweError::Shape);
    assert_eq!(refused(&text[..text.len() - 1]), JweError::Base64);
    assert_eq!(refused(&text[..text.len() - 2]), JweError::Shape);
    assert_eq!(
        decrypt(&text, &secret(7), 10).unwrap_err(),
        JweError::TooLarge { limit: 10 }
    );
}

#[test]
fn a_scalar_out_of_range_is_told_apart() {
    for scalar in [[0; 32], [0xff; 32]] {
        assert_eq!(
            EcdhSecretKey::from_scalar(&scalar).unwrap_err(),
            JweError::SecretScalar
        );
    }
}

#[test]
fn nothing_secret_is_printed() {
    let shown = format!("{:?} {:?}", secret(7), randomness());
    assert_eq!(shown, "EcdhSecretKey(..) EncryptionRandomness(..)");
}
