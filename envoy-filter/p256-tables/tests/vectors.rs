//! Verification by tables never differs from complete implementations: p256 and aws-lc-rs.

#![cfg(test)]

use std::collections::HashMap;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use data_encoding::HEXLOWER;
use idp_jose::{EcPublicKey, ecdsa_signature_to_raw};
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use p256_tables::{KeyTables, Outcome, Tables};
use proptest::prelude::*;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// ECDSA on P-256 with SHA-256 of project Wycheproof (Apache-2.0), as the p256 crate ships it.
const WYCHEPROOF: &str = include_str!("data/wycheproof-p256.json");

#[derive(Deserialize)]
struct Vector {
    x: String,
    y: String,
    message: String,
    signature: String,
    valid: bool,
}

/// What three implementations say: the tables, p256, aws-lc-rs.
fn opinions(
    tables: &KeyTables,
    key: &EcPublicKey,
    message: &[u8],
    signature: &[u8; 64],
) -> (Outcome, bool, bool) {
    let digest: [u8; 32] = Sha256::digest(message).into();
    let by_tables = tables.verify(&digest, signature);
    let portable = VerifyingKey::from_sec1_bytes(key.to_sec1()).unwrap();
    let portable =
        Signature::from_slice(signature).is_ok_and(|signature| portable.verify(message, &signature).is_ok());
    let native = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.to_sec1());
    (by_tables, portable, native.verify(message, signature).is_ok())
}

fn assert_agreement((tables, portable, native): (Outcome, bool, bool), what: &str) {
    assert_eq!(portable, native, "{what}");
    match tables {
        Outcome::Valid => assert!(portable, "{what}: only the tables accept"),
        Outcome::Invalid => assert!(!portable, "{what}: only the tables refuse"),
        Outcome::Undecided => {}
    }
}

fn coordinate(text: &str) -> [u8; 32] {
    let bytes = HEXLOWER.decode(text.as_bytes()).unwrap();
    let mut padded = [0; 64];
    padded[64 - bytes.len()..].copy_from_slice(&bytes);
    assert_eq!(padded[..32], [0; 32]);
    padded[32..].try_into().unwrap()
}

#[test]
fn every_wycheproof_vector_has_its_answer() {
    let tables = Tables::new().expect("the self-test passes");
    let vectors: Vec<Vector> = serde_json::from_str(WYCHEPROOF).unwrap();
    assert_eq!(vectors.len(), 386);
    let (mut decided, mut undecided) = (0, 0);
    let mut known = HashMap::new();
    for (index, vector) in vectors.iter().enumerate() {
        let key = EcPublicKey::from_coordinates(&coordinate(&vector.x), &coordinate(&vector.y)).unwrap();
        let message = HEXLOWER.decode(vector.message.as_bytes()).unwrap();
        let signature = HEXLOWER.decode(vector.signature.as_bytes()).unwrap();
        let Ok(raw) = ecdsa_signature_to_raw(&signature) else {
            assert!(!vector.valid, "vector {index} is a signature");
            continue;
        };
        let of_key = known
            .entry(*key.to_sec1())
            .or_insert_with(|| tables.for_key(&key).unwrap());
        let opinions = opinions(of_key, &key, &message, &raw);
        assert_agreement(opinions, &format!("vector {index}"));
        assert_eq!(opinions.1, vector.valid, "vector {index}");
        match opinions.0 {
            Outcome::Undecided => undecided += 1,
            outcome => {
                assert_eq!(outcome == Outcome::Valid, vector.valid, "vector {index}");
                decided += 1;
            }
        }
    }
    assert!(
        decided > 150 && undecided < 10,
        "{decided} decided, {undecided} undecided"
    );
}

#[test]
fn random_signatures_and_their_neighbours_agree() {
    let tables = Tables::new().unwrap();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(60));
    let inputs = (any::<[u8; 32]>(), any::<Vec<u8>>(), 0_usize..64, 0_u8..8);
    let outcome = runner.run(&inputs, |(seed, message, index, bit)| {
        let Ok(secret) = SigningKey::from_slice(&seed) else {
            return Ok(());
        };
        let key = EcPublicKey::from_sec1(secret.verifying_key().to_sec1_point(false).as_bytes()).unwrap();
        let tables = tables.for_key(&key).unwrap();
        let signature: Signature = secret.sign(&message);
        let mut raw: [u8; 64] = signature.to_bytes().into();
        let right = opinions(&tables, &key, &message, &raw);
        prop_assert_eq!(right, (Outcome::Valid, true, true));
        raw[index] ^= 1 << bit;
        assert_agreement(opinions(&tables, &key, &message, &raw), "one bit changed");
        Ok(())
    });
    outcome.unwrap();
}

/// The keys for which an addition meets itself: the base point, its negative and small multiples.
#[test]
fn keys_next_to_the_base_point_are_never_wrongly_decided() {
    let tables = Tables::new().unwrap();
    for multiple in 1..=12_u8 {
        let mut scalar = [0; 32];
        scalar[31] = multiple;
        let secret = SigningKey::from_slice(&scalar).unwrap();
        let key = EcPublicKey::from_sec1(secret.verifying_key().to_sec1_point(false).as_bytes()).unwrap();
        let tables = tables.for_key(&key).unwrap();
        for message in 0..12_u8 {
            let signature: Signature = secret.sign(&[message]);
            let raw = signature.to_bytes().into();
            assert_agreement(opinions(&tables, &key, &[message], &raw), "a small key");
        }
    }
}

#[test]
fn components_out_of_range_are_refused() {
    let tables = Tables::new().unwrap();
    let secret = SigningKey::from_slice(&[7; 32]).unwrap();
    let key = EcPublicKey::from_sec1(secret.verifying_key().to_sec1_point(false).as_bytes()).unwrap();
    let key = tables.for_key(&key).unwrap();
    let order = HEXLOWER
        .decode(b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
        .unwrap();
    for bad in [vec![0; 32], order, vec![0xff; 32]] {
        let good = vec![1; 32];
        for signature in [[bad.clone(), good.clone()].concat(), [good, bad].concat()] {
            assert_eq!(key.verify(&[3; 32], &signature), Outcome::Invalid);
        }
    }
    assert_eq!(key.verify(&[3; 32], &[1; 63]), Outcome::Invalid);
    assert_eq!(key.verify(&[3; 32], &[]), Outcome::Invalid);
}
