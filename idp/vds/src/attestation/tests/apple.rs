use sha2::{Digest, Sha256};

use super::forge::{AuthenticatorData, attestation_object, nonce_extension};
use super::*;

const APP: &str = "TEAM123456.com.example.wallet";

fn app(environment: AppleEnvironment) -> AppleApp {
    AppleApp {
        id: APP.to_owned(),
        environment,
        secure_enclave: true,
        face_vouched: false,
    }
}

fn policy() -> ApplePolicy {
    ApplePolicy {
        roots: anchors(&[&Vendor::new().root]),
        apps: vec![app(AppleEnvironment::Production)],
    }
}

/// An attestation, each part of which a test may change before Apple signs it.
struct Forged {
    data: AuthenticatorData,
    client_data_hash: [u8; 32],
    key_id: Vec<u8>,
    format: &'static str,
    leaf: Body,
}

impl Forged {
    /// By a sound app, for key 9 and the challenge; App Attest's own key is 8.
    fn sound() -> Self {
        let key = public(9);
        let expected = Expected {
            key: &key,
            challenge: &CHALLENGE,
        };
        let key_id = Sha256::digest(public(8).to_sec1()).to_vec();
        Self {
            data: AuthenticatorData {
                relying_party: Sha256::digest(APP).into(),
                flags: 0x40,
                counter: 0,
                aaguid: *b"appattest\0\0\0\0\0\0\0",
                credential_id: key_id.clone(),
            },
            client_data_hash: apple_client_data_hash(expected),
            key_id,
            format: "apple-appattest",
            leaf: Body::leaf(public(8).to_spki_der(), Vec::new()),
        }
    }

    fn object(mut self) -> Vec<u8> {
        let data = self.data.bytes();
        let nonce = Sha256::digest([&data[..], &self.client_data_hash].concat());
        if self.leaf.extensions == [Vec::<u8>::new()] {
            self.leaf.extensions = vec![nonce_extension(&nonce)];
        }
        let chain = Vendor::new().chain(&self.leaf);
        attestation_object(self.format, &chain, &data)
    }

    fn verify(self, policy: &ApplePolicy) -> Result<AttestedKey, AttestationError> {
        let key_id = self.key_id.clone();
        verify(policy, &key_id, &self.object())
    }
}

fn verify(policy: &ApplePolicy, key_id: &[u8], object: &[u8]) -> Result<AttestedKey, AttestationError> {
    let key = public(9);
    let expected = Expected {
        key: &key,
        challenge: &CHALLENGE,
    };
    policy.verify(AppleAttestation { key_id, object }, expected, &Portable, now())
}

/// What becomes of a sound attestation when one thing is changed.
fn with(change: impl FnOnce(&mut Forged)) -> Result<AttestedKey, AttestationError> {
    let mut forged = Forged::sound();
    change(&mut forged);
    forged.verify(&policy())
}

#[test]
fn a_sound_app_is_accepted() {
    let expected = AttestedKey {
        app: APP.to_owned(),
        level: SecurityLevel::SecureElement,
        face_vouched: false,
    };
    assert_eq!(Forged::sound().verify(&policy()), Ok(expected));
}

#[test]
fn the_apps_policy_says_where_its_keys_live_and_vouches_for_the_face() {
    let mut other = policy();
    other.apps[0].secure_enclave = false;
    other.apps[0].face_vouched = true;
    let accepted = Forged::sound().verify(&other).unwrap();
    assert_eq!(
        (accepted.level, accepted.face_vouched),
        (SecurityLevel::Software, true)
    );
}

#[test]
fn the_hash_is_over_the_enrolled_key_and_the_challenge() {
    let key = public(9);
    let expected = Expected {
        key: &key,
        challenge: &CHALLENGE,
    };
    let digest = Sha256::digest([&key.to_spki_der()[..], &CHALLENGE].concat());
    assert_eq!(apple_client_data_hash(expected).as_slice(), digest.as_slice());
    for (key, challenge) in [(public(7), CHALLENGE), (public(9), [0x12; 32])] {
        let other = apple_client_data_hash(Expected {
            key: &key,
            challenge: &challenge,
        });
        let refused = with(|it| it.client_data_hash = other);
        assert_eq!(refused, Err(AttestationError::Challenge));
    }
}

#[test]
fn another_key_identifier_is_refused() {
    assert_eq!(with(|it| it.key_id[0] ^= 1), Err(AttestationError::Key));
    assert_eq!(
        with(|it| it.data.credential_id[0] ^= 1),
        Err(AttestationError::Key)
    );
    let other_key = with(|it| it.leaf.spki = public(7).to_spki_der());
    assert_eq!(other_key, Err(AttestationError::Key));
}

#[test]
fn another_app_environment_or_a_used_key_is_refused() {
    let other_app = with(|it| it.data.relying_party[0] ^= 1);
    assert_eq!(other_app, Err(AttestationError::UnknownApp));
    let development = |it: &mut Forged| it.data.aaguid = *b"appattestdevelop";
    assert_eq!(with(development), Err(AttestationError::Environment));
    let mut both = policy();
    both.apps.push(app(AppleEnvironment::Development));
    let mut forged = Forged::sound();
    development(&mut forged);
    assert!(forged.verify(&both).is_ok());
    assert_eq!(with(|it| it.data.counter = 1), Err(AttestationError::Counter));
}

#[test]
fn another_shape_is_malformed() {
    assert_eq!(with(|it| it.format = "packed"), Err(AttestationError::Malformed));
    assert_eq!(with(|it| it.data.flags = 0), Err(AttestationError::Malformed));
    let key_id = Forged::sound().key_id;
    let mut object = Forged::sound().object();
    object.push(0);
    assert_eq!(
        verify(&policy(), &key_id, &object),
        Err(AttestationError::Malformed)
    );
    object.resize(OBJECT_LIMIT + 1, 0);
    assert_eq!(
        verify(&policy(), &key_id, &object),
        Err(AttestationError::Malformed)
    );
    let mut leaf = Forged::sound().leaf;
    let nonce = Sha256::digest([&[0; 20][..], &Forged::sound().client_data_hash].concat());
    leaf.extensions = vec![nonce_extension(&nonce)];
    let short = attestation_object("apple-appattest", &Vendor::new().chain(&leaf), &[0; 20]);
    assert_eq!(
        verify(&policy(), &key_id, &short),
        Err(AttestationError::Malformed)
    );
}

#[test]
fn the_leaf_has_apples_nonce_and_its_dates_count() {
    let empty_nonce = with(|it| it.leaf.extensions = vec![nonce_extension(&[])]);
    assert_eq!(empty_nonce, Err(AttestationError::Challenge));
    let basic = issuer("Any", 3).authority(None).extensions;
    assert_eq!(
        with(|it| it.leaf.extensions = basic),
        Err(AttestationError::NotAttested)
    );
    let expired = with(|it| it.leaf.validity = ["200101000000Z", "260531235959Z"]);
    assert_eq!(expired, Err(AttestationError::Expired));
}

#[test]
fn a_root_of_ones_own_is_refused() {
    let mut other = policy();
    other.roots = anchors(&[&issuer("Another root", 3)]);
    assert_eq!(Forged::sound().verify(&other), Err(AttestationError::UnknownRoot));
}
