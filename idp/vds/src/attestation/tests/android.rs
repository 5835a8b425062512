use super::forge::Description;
use super::*;

const PACKAGE: &str = "com.example.wallet";
const SIGNER: [u8; 32] = [0x51; 32];

fn policy() -> AndroidPolicy {
    AndroidPolicy {
        roots: anchors(&[&Vendor::new().root]),
        revoked: RevokedSerials::default(),
        apps: vec![app()],
    }
}

fn app() -> AndroidApp {
    AndroidApp {
        package: PACKAGE.to_owned(),
        signatures: [SIGNER].into(),
        least_level: SecurityLevel::TrustedEnvironment,
        locked_boot: true,
        face_vouched: false,
    }
}

fn sound() -> Description {
    Description::sound(&CHALLENGE, PACKAGE, SIGNER)
}

/// What the policy says of a key with this description.
fn judge(policy: &AndroidPolicy, description: &Description) -> Result<AttestedKey, AttestationError> {
    let chain = Vendor::new().chain(&Body::leaf(public(9).to_spki_der(), description.extension()));
    verify(policy, &chain)
}

fn verify(policy: &AndroidPolicy, chain: &[Vec<u8>]) -> Result<AttestedKey, AttestationError> {
    let key = public(9);
    let expected = Expected {
        key: &key,
        challenge: &CHALLENGE,
    };
    policy.verify(chain, expected, &Portable, now())
}

/// What becomes of a sound key when one thing is changed.
fn with(change: impl FnOnce(&mut Description)) -> Result<AttestedKey, AttestationError> {
    let mut description = sound();
    change(&mut description);
    judge(&policy(), &description)
}

#[test]
fn a_sound_phone_is_accepted_and_says_where_its_key_lives() {
    let accepted = judge(&policy(), &sound()).unwrap();
    let expected = AttestedKey {
        app: PACKAGE.to_owned(),
        level: SecurityLevel::TrustedEnvironment,
        face_vouched: false,
    };
    assert_eq!(accepted, expected);
    let strong = with(|it| it.levels = [2, 2]).unwrap();
    assert_eq!(strong.level, SecurityLevel::SecureElement);
    let mixed = with(|it| it.levels = [2, 1]).unwrap();
    assert_eq!(
        mixed.level,
        SecurityLevel::TrustedEnvironment,
        "the weaker counts"
    );
    let verifies_too = with(|it| it.purposes = vec![2, 3]);
    assert!(verifies_too.is_ok());
}

#[test]
fn a_chain_may_end_with_its_root_or_below_it() {
    let mut chain = Vendor::new().chain(&Body::leaf(public(9).to_spki_der(), sound().extension()));
    chain.pop();
    assert!(verify(&policy(), &chain).is_ok());
}

#[test]
fn the_apps_policy_vouches_for_the_face_and_asks_for_hardware() {
    let mut vouching = policy();
    vouching.apps[0].face_vouched = true;
    vouching.apps[0].least_level = SecurityLevel::SecureElement;
    let weak = judge(&vouching, &sound());
    assert_eq!(weak, Err(AttestationError::SecurityLevel));
    let mut strong = sound();
    strong.levels = [2, 2];
    assert!(judge(&vouching, &strong).unwrap().face_vouched);
}

#[test]
fn software_and_unknown_hardware_are_refused() {
    for levels in [[0, 0], [0, 1], [1, 0], [3, 3]] {
        let refused = with(|it| it.levels = levels);
        assert_eq!(refused, Err(AttestationError::SecurityLevel), "{levels:?}");
    }
}

#[test]
fn another_challenge_is_refused() {
    let empty = with(|it| it.challenge.clear());
    let other = with(|it| it.challenge[31] ^= 1);
    let longer = with(|it| it.challenge.push(0));
    for refused in [empty, other, longer] {
        assert_eq!(refused, Err(AttestationError::Challenge));
    }
}

#[test]
fn another_key_is_refused() {
    let chain = Vendor::new().chain(&Body::leaf(public(8).to_spki_der(), sound().extension()));
    assert_eq!(verify(&policy(), &chain), Err(AttestationError::Key));
}

#[test]
fn a_key_that_was_imported_or_can_do_more_is_refused() {
    type Change = fn(&mut Description);
    let changes: [(&str, Change); 8] = [
        ("no purpose", |it| it.purposes.clear()),
        ("does not sign", |it| it.purposes = vec![3]),
        ("attests other keys", |it| it.purposes = vec![2, 7]),
        ("RSA", |it| it.kind.0 = 1),
        ("384 bits", |it| it.kind.1 = 384),
        ("another curve", |it| it.kind.2 = 2),
        ("imported", |it| it.origin = 2),
        ("for every app", |it| it.all_applications = true),
    ];
    for (what, change) in changes {
        assert_eq!(with(change), Err(AttestationError::KeyProperties), "{what}");
    }
}

#[test]
fn an_unlocked_or_altered_phone_is_refused_unless_the_app_allows_it() {
    assert_eq!(with(|it| it.locked = false), Err(AttestationError::DeviceState));
    for state in 1..=3 {
        let refused = with(|it| it.boot_state = state);
        assert_eq!(refused, Err(AttestationError::DeviceState), "{state}");
    }
    let mut lenient = policy();
    lenient.apps[0].locked_boot = false;
    let mut unlocked = sound();
    unlocked.locked = false;
    assert!(judge(&lenient, &unlocked).is_ok());
}

#[test]
fn other_apps_and_other_signers_are_refused() {
    type Change = fn(&mut Description);
    let changes: [(&str, Change); 6] = [
        ("another package", |it| it.packages = vec!["com.example.evil"]),
        ("no package", |it| it.packages.clear()),
        ("a second package", |it| it.packages.push("com.example.evil")),
        ("another signer", |it| it.signatures = vec![vec![0x52; 32]]),
        ("a second signer", |it| it.signatures.push(vec![0x52; 32])),
        ("no signer", |it| it.signatures.clear()),
    ];
    for (what, change) in changes {
        assert_eq!(with(change), Err(AttestationError::UnknownApp), "{what}");
    }
    let mut two = policy();
    two.apps[0].signatures.insert([0x52; 32]);
    let mut rotated = sound();
    rotated.signatures.push(vec![0x52; 32]);
    assert!(judge(&two, &rotated).is_ok());
}

#[test]
fn the_attestation_stands_in_the_leaf_and_nowhere_else() {
    let vendor = Vendor::new();
    let none = Vendor::new().chain(&Body {
        extensions: Vec::new(),
        ..Body::leaf(public(9).to_spki_der(), Vec::new())
    });
    assert_eq!(verify(&policy(), &none), Err(AttestationError::NotAttested));

    // Somebody's attested key signs a certificate that says what he likes: the real one, nearer the root, is about another key.
    let attested = issuer("Leaf", 8);
    let forged = Body::leaf(public(9).to_spki_der(), sound().extension()).signed_by(&attested);
    let mut real = attested.authority(None);
    real.extensions.push(sound().extension());
    let unlimited = vendor.batch.authority(None).signed_by(&vendor.root);
    let chain = [forged, real.signed_by(&vendor.batch), unlimited];
    assert_eq!(verify(&policy(), &chain), Err(AttestationError::NotAttested));
}

#[test]
fn a_description_in_another_order_or_with_a_repeated_tag_is_malformed() {
    let value = sound().value();
    let swap = |from: &[u8], to: &[u8]| {
        let at = value
            .windows(from.len())
            .position(|window| window == from)
            .unwrap();
        let mut altered = value.clone();
        altered[at..at + from.len()].copy_from_slice(to);
        altered
    };
    let size_and_curve = [&[0xA3, 4, 2, 2, 1, 0][..], &[0xAA, 3, 2, 1, 1]].concat();
    let turned = [&[0xAA, 3, 2, 1, 1][..], &[0xA3, 4, 2, 2, 1, 0]].concat();
    let twice = [&[0xA2, 4, 2, 2, 1, 0][..], &[0xAA, 3, 2, 1, 1]].concat();
    assert!(super::super::android::KeyDescription::read(&value).is_ok());
    for altered in [swap(&size_and_curve, &turned), swap(&size_and_curve, &twice)] {
        assert!(super::super::android::KeyDescription::read(&altered).is_err());
    }
    let mut trailing = value.clone();
    trailing.push(0);
    assert!(super::super::android::KeyDescription::read(&trailing).is_err());
}

#[test]
fn a_revoked_serial_number_anywhere_in_the_chain_is_refused() {
    for serial in ["01", "7"] {
        let mut revoking = policy();
        let list = format!(r#"{{"entries": {{"{serial}": {{"status": "REVOKED"}}}}}}"#);
        revoking.revoked = RevokedSerials::from_status_list(&list).unwrap();
        assert_eq!(judge(&revoking, &sound()), Err(AttestationError::Revoked));
    }
}

#[test]
fn the_leaves_dates_do_not_count() {
    let mut leaf = Body::leaf(public(9).to_spki_der(), sound().extension());
    leaf.validity = ["700101000000Z", "700101000000Z"];
    assert!(verify(&policy(), &Vendor::new().chain(&leaf)).is_ok());
}
