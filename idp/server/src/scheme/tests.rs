//! A scheme of one's own verifies its own seals, and ceases to when they are revoked.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use idp_types::{CivilDate, Timestamp, TokenId, TrustLevel};
use idp_vds::trust::{LoadPolicy, TrustBundle, TrustStore};
use idp_vds::{BirthDate, Content, ManifestId, Person, PersonPayload};

use super::*;
use crate::crypto::AwsVerifier;

fn now() -> Timestamp {
    Timestamp::from_unix_seconds(1_780_000_000)
}

fn names() -> SchemeNames {
    SchemeNames {
        operator: "Example".into(),
        agency: "EXA".parse().unwrap(),
        region: "EU".parse().unwrap(),
        authority: "XX01".parse().unwrap(),
    }
}

fn person() -> Content {
    let person = Person {
        given_name: "Jean".into(),
        family_name: "Dupont".into(),
        birth_date: BirthDate::parse("1985-06-15").unwrap(),
        nationality: "FRA".into(),
        document_number: "12AB34567".into(),
        token_id: TokenId::parse("7f9c24e8-3b12-4e0a-9a55-1f0d5a0e2c11").unwrap(),
        expires: CivilDate::parse("2030-01-01").unwrap(),
        photo: None,
        face: None,
    };
    Content::Person(PersonPayload::new(person).unwrap())
}

fn load(directory: &Path) -> TrustStore {
    let mut files = BTreeMap::new();
    for folder in ["", "schemes", "tsl", "vrl", "crl", "certs"] {
        for entry in std::fs::read_dir(directory.join(folder)).unwrap().flatten() {
            if entry.path().is_file() {
                let name = entry
                    .path()
                    .strip_prefix(directory)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                files.insert(name, std::fs::read(entry.path()).unwrap());
            }
        }
    }
    let bundle = TrustBundle::new(files).unwrap();
    TrustStore::load(&bundle, Arc::new(AwsVerifier), LoadPolicy::default(), now()).unwrap()
}

#[test]
fn seals_verify_until_they_are_revoked() {
    let directory = tempfile::tempdir().unwrap();
    let mut scheme = Scheme::init(directory.path(), names(), now()).unwrap();
    let seal = scheme.issue(&person(), now()).unwrap();
    let verified = load(directory.path())
        .verify(&seal, ManifestId::PERSON, now())
        .unwrap();
    assert_eq!(verified.trust_level(), TrustLevel::High);
    scheme.revoke_seal(seal.digest());
    scheme.sign(now()).unwrap();
    let refused = load(directory.path())
        .verify(&seal, ManifestId::PERSON, now())
        .unwrap_err();
    assert_eq!(refused.reason(), "revoked_seal");
}

#[test]
fn a_replaced_certificate_takes_its_seals_with_it() {
    let directory = tempfile::tempdir().unwrap();
    drop(Scheme::init(directory.path(), names(), now()).unwrap());
    let mut scheme = Scheme::open(directory.path()).unwrap();
    let old = scheme.issue(&person(), now()).unwrap();
    scheme
        .replace_certificate(TrustLevel::Substantial, now())
        .unwrap();
    scheme.sign(now()).unwrap();
    let new = scheme.issue(&person(), now()).unwrap();
    let store = load(directory.path());
    assert_eq!(
        store
            .verify(&old, ManifestId::PERSON, now())
            .unwrap_err()
            .reason(),
        "revoked_certificate"
    );
    assert_eq!(
        store
            .verify(&new, ManifestId::PERSON, now())
            .unwrap()
            .trust_level(),
        TrustLevel::Substantial
    );
    assert!(matches!(
        Scheme::init(directory.path(), names(), now()),
        Err(SchemeError::Exists(_))
    ));
}
