use super::forge::Description;
use super::*;

const PACKAGE: &str = "com.example.wallet";

fn leaf() -> Body {
    let description = Description::sound(&CHALLENGE, PACKAGE, [5; 32]);
    Body::leaf(public(9).to_spki_der(), description.extension())
}

fn verify_with(roots: TrustAnchors, chain: &[Vec<u8>], now: Timestamp) -> Result<(), AttestationError> {
    let app = AndroidApp {
        package: PACKAGE.to_owned(),
        signatures: [[5; 32]].into(),
        least_level: SecurityLevel::TrustedEnvironment,
        locked_boot: true,
        face_vouched: false,
    };
    let policy = AndroidPolicy {
        roots,
        revoked: RevokedSerials::default(),
        apps: vec![app],
    };
    let key = public(9);
    let expected = Expected {
        key: &key,
        challenge: &CHALLENGE,
    };
    policy.verify(chain, expected, &Portable, now).map(drop)
}

fn verify(chain: &[Vec<u8>]) -> Result<(), AttestationError> {
    verify_with(anchors(&[&Vendor::new().root]), chain, now())
}

#[test]
fn no_certificate_or_too_many_are_refused() {
    assert_eq!(verify(&[]), Err(AttestationError::UnknownRoot));
    assert_eq!(
        verify(&[Vendor::new().root.root()]),
        Err(AttestationError::UnknownRoot)
    );
    let many = vec![Vendor::new().root.root(); CHAIN_LIMIT + 1];
    assert_eq!(verify(&many), Err(AttestationError::Malformed));
    let long = vec![vec![0x30; crate::trust::CERTIFICATE_LIMIT + 1]];
    assert_eq!(verify(&long), Err(AttestationError::Malformed));
}

#[test]
fn a_root_of_ones_own_is_refused() {
    let own = Vendor {
        root: issuer("My root", 3),
        ..Vendor::new()
    };
    assert_eq!(verify(&own.chain(&leaf())), Err(AttestationError::UnknownRoot));
    let same_name = Vendor {
        root: issuer("Vendor root", 3),
        ..Vendor::new()
    };
    assert_eq!(
        verify(&same_name.chain(&leaf())),
        Err(AttestationError::Signature),
        "sent along"
    );
    let mut below = same_name.chain(&leaf());
    below.pop();
    assert_eq!(verify(&below), Err(AttestationError::Signature));
}

#[test]
fn several_roots_of_one_name_are_all_tried() {
    let old = issuer("Vendor root", 3);
    let vendor = Vendor::new();
    let roots = anchors(&[&old, &vendor.root]);
    assert_eq!(verify_with(roots, &vendor.chain(&leaf()), now()), Ok(()));
}

#[test]
fn a_root_is_known_by_name_and_key_whatever_its_dates() {
    let vendor = Vendor::new();
    let mut chain = vendor.chain(&leaf());
    let mut expired = vendor.root.authority(None);
    expired.validity = ["160101000000Z", "200101000000Z"];
    chain[2] = expired.signed_by(&vendor.root);
    assert_eq!(verify(&chain), Ok(()));
}

#[test]
fn a_missing_link_is_refused() {
    let chain = Vendor::new().chain(&leaf());
    assert_eq!(
        verify(&[chain[0].clone(), chain[2].clone()]),
        Err(AttestationError::UnknownRoot)
    );
    let other = Vendor {
        batch: issuer("Other batch", 4),
        ..Vendor::new()
    };
    let mixed = [chain[0].clone(), other.chain(&leaf())[1].clone()];
    assert_eq!(verify(&mixed), Err(AttestationError::UnknownRoot));
}

#[test]
fn every_signature_is_checked() {
    let vendor = Vendor::new();
    let forged_leaf = leaf().signed_by(&issuer("Batch", 5));
    let forged_batch = vendor
        .batch
        .authority(Some(0))
        .signed_by(&issuer("Vendor root", 5));
    let mut chain = vendor.chain(&leaf());
    chain[0] = forged_leaf;
    assert_eq!(verify(&chain), Err(AttestationError::Signature));
    let mut chain = vendor.chain(&leaf());
    chain[1] = forged_batch;
    assert_eq!(verify(&chain), Err(AttestationError::Signature));
}

#[test]
fn an_issuer_has_to_be_an_authority() {
    let vendor = Vendor::new();
    let mut plain = vendor.batch.authority(Some(0));
    plain.extensions = leaf().extensions;
    let chain = [leaf().signed_by(&vendor.batch), plain.signed_by(&vendor.root)];
    assert_eq!(verify(&chain), Err(AttestationError::NotAuthority));

    let deep = issuer("Deep", 6);
    let chain = [
        leaf().signed_by(&deep),
        deep.authority(Some(0)).signed_by(&vendor.batch),
        vendor.batch.authority(Some(0)).signed_by(&vendor.root),
    ];
    assert_eq!(
        verify(&chain),
        Err(AttestationError::NotAuthority),
        "the path is too long"
    );
}

#[test]
fn an_authority_has_to_be_valid_now() {
    let chain = Vendor::new().chain(&leaf());
    let roots = || anchors(&[&Vendor::new().root]);
    let at = |text| Timestamp::parse_rfc3339(text).unwrap();
    let early = verify_with(roots(), &chain, at("2019-12-31T23:59:59Z"));
    assert_eq!(early, Err(AttestationError::NotYetValid));
    let late = verify_with(roots(), &chain, at("2040-01-01T00:00:01Z"));
    assert_eq!(late, Err(AttestationError::Expired));
    for edge in ["2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z"] {
        assert_eq!(verify_with(roots(), &chain, at(edge)), Ok(()), "{edge}");
    }
}

#[test]
fn a_repeated_or_unknown_critical_extension_is_refused() {
    let vendor = Vendor::new();
    let mut repeated = leaf();
    repeated.extensions.push(repeated.extensions[0].clone());
    assert_eq!(verify(&vendor.chain(&repeated)), Err(AttestationError::Malformed));
    let mut critical = leaf();
    // 1.2.3, critical, an empty sequence.
    critical
        .extensions
        .push(b"\x30\x0B\x06\x02\x2A\x03\x01\x01\xFF\x04\x02\x30\x00".to_vec());
    assert_eq!(verify(&vendor.chain(&critical)), Err(AttestationError::Malformed));
}

#[test]
fn roots_are_read_from_a_file_with_comments_or_refused_with_their_number() {
    let pem = to_pem(&Vendor::new().root.root()).unwrap();
    let commented = format!(
        "# The vendor's root\r\n{}\r\n# the end",
        pem.replace('\n', "\r\n")
    );
    assert_eq!(TrustAnchors::from_pem(&commented), TrustAnchors::from_pem(&pem));
    let leaf = to_pem(&leaf().signed_by(&Vendor::new().batch)).unwrap();
    let begun = "-----BEGIN CERTIFICATE-----\nMIIB";
    for (text, error) in [
        (String::new(), RootsError::Empty),
        ("no certificate".to_owned(), RootsError::Empty),
        (format!("{pem}{begun}"), RootsError::Certificate(2)),
        (
            format!("{begun}\n-----END CERTIFICATE-----"),
            RootsError::Certificate(1),
        ),
        (format!("{pem}{leaf}"), RootsError::NotAuthority(2)),
        ("#".repeat(ROOTS_LIMIT + 1), RootsError::TooLong),
    ] {
        assert_eq!(TrustAnchors::from_pem(&text), Err(error), "{text:.40}");
    }
}
