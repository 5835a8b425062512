//! Whatever a stranger sends is answered.

use proptest::prelude::*;

use super::forge::{AuthenticatorData, Description, attestation_object};
use super::*;

/// Believes every signature, so that altered octets reach what is behind it.
struct Credulous;

impl CertificateVerifier for Credulous {
    fn verify(&self, _: SignatureScheme, _: &[u8], _: &[u8], _: &[u8]) -> Result<(), SignatureError> {
        Ok(())
    }
}

fn android(chain: &[Vec<u8>]) {
    let key = public(9);
    let expected = Expected {
        key: &key,
        challenge: &CHALLENGE,
    };
    let policy = AndroidPolicy {
        roots: anchors(&[&Vendor::new().root]),
        revoked: RevokedSerials::default(),
        apps: Vec::new(),
    };
    let refused = policy.verify(chain, expected, &Credulous, now());
    assert!(refused.is_err());
}

fn apple(object: &[u8]) {
    let key = public(9);
    let expected = Expected {
        key: &key,
        challenge: &CHALLENGE,
    };
    let policy = ApplePolicy {
        roots: anchors(&[&Vendor::new().root]),
        apps: Vec::new(),
    };
    let attestation = AppleAttestation {
        key_id: &[0; 32],
        object,
    };
    assert!(policy.verify(attestation, expected, &Credulous, now()).is_err());
}

fn sound_chain() -> Vec<Vec<u8>> {
    let description = Description::sound(&CHALLENGE, "com.example.wallet", [5; 32]);
    Vendor::new().chain(&Body::leaf(public(9).to_spki_der(), description.extension()))
}

fn sound_object() -> Vec<u8> {
    let data = AuthenticatorData {
        relying_party: [0; 32],
        flags: 0x40,
        counter: 0,
        aaguid: [0; 16],
        credential_id: vec![0; 32],
    };
    attestation_object("apple-appattest", &sound_chain(), &data.bytes())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn of_an_altered_chain(at in any::<proptest::sample::Index>(), which in 0_usize..3, to: u8) {
        let mut chain = sound_chain();
        let position = at.index(chain[which].len());
        chain[which][position] = to;
        android(&chain);
        chain[which].truncate(position);
        android(&chain);
    }

    #[test]
    fn of_an_altered_object(at in any::<proptest::sample::Index>(), to: u8) {
        let mut object = sound_object();
        let position = at.index(object.len());
        object[position] = to;
        apple(&object);
        apple(&object[..position]);
    }

    #[test]
    fn of_anything(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        android(std::slice::from_ref(&bytes));
        apple(&bytes);
        read_key_description(&bytes);
        read_object(&bytes);
    }

    #[test]
    fn of_an_altered_description(at in any::<proptest::sample::Index>(), to: u8) {
        let mut value = Description::sound(&CHALLENGE, "com.example.wallet", [5; 32]).value();
        let position = at.index(value.len());
        value[position] = to;
        read_key_description(&value);
    }

    #[test]
    fn of_an_operators_file(text in "\\PC{0,200}", pem in "[A-Za-z0-9+/=\n-]{0,200}") {
        let _ = RevokedSerials::from_status_list(&text);
        let framed = format!("-----BEGIN CERTIFICATE-----\n{pem}\n-----END CERTIFICATE-----");
        let _ = TrustAnchors::from_pem(&framed);
    }
}
