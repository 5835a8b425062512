//! Keys of SAML: made when they are needed, replaced when an operator says so, each with its certificate.

use idp_jose::EcPublicKey;

use super::*;

#[test]
fn of_two_who_need_the_first_key_at_once_one_makes_it_and_both_have_it() {
    let (_folder, path) = place();
    let rings = [open(&path, 0), open(&path, 0)];
    let needed = |ring: usize| rings[ring].ensure(KeyPurpose::SamlEs256, at(10));
    let (one, other) = wait(async { tokio::join!(needed(0), needed(1)) });
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.kid(), other.kid());
    let again = wait(needed(0)).unwrap();
    assert_eq!(again.kid(), one.kid());
    assert!(
        !kids(&rings[0], 10).contains(one.kid()),
        "the key set is for tokens"
    );
}

#[tokio::test]
async fn certificates_verify_with_their_own_keys() {
    let (_folder, path) = place();
    let settings = RingSettings::new(POLICY, 90, "https://login.example.com");
    let ring = KeyRing::open(KeyHome::File(path), &seal_key(), settings, at(0)).await;
    let ring = ring.unwrap();
    for purpose in [KeyPurpose::SamlRs256, KeyPurpose::SamlEs256] {
        let key = ring.ensure(purpose, at(0)).await.unwrap();
        let certificate = x509_cert::Certificate::from_der(key.certificate().unwrap()).unwrap();
        let content = certificate.tbs_certificate();
        let info = content.subject_public_key_info();
        let octets = info.subject_public_key.as_bytes().unwrap();
        let message = content.to_der().unwrap();
        let signature = certificate.signature().as_bytes().unwrap();
        let (public, scheme): (_, &dyn aws_lc_rs::signature::VerificationAlgorithm) = match purpose {
            KeyPurpose::SamlRs256 => (
                PublicKey::Rsa(RsaPublicKey::from_pkcs1_der(octets).unwrap()),
                &aws_lc_rs::signature::RSA_PKCS1_3072_8192_SHA384,
            ),
            _ => (
                PublicKey::P256(EcPublicKey::from_sec1(octets).unwrap()),
                &aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1,
            ),
        };
        assert_eq!(&public, key.signer.public_key());
        if let PublicKey::Rsa(rsa) = &public {
            assert_eq!(rsa.n().len(), 384, "3072 bits");
            let verified = AwsVerifier.verify(Algorithm::Rs256, &public, &message, signature);
            assert_eq!(verified, Ok(()));
        } else {
            let whole = aws_lc_rs::signature::UnparsedPublicKey::new(scheme, octets);
            whole.verify(&message, signature).unwrap();
        }
    }
}

#[test]
fn the_next_key_waits_a_month_and_none_comes_by_itself() {
    let (_folder, path) = place();
    let ring = open(&path, 0);
    let first = wait(ring.ensure(KeyPurpose::SamlEs256, at(0))).unwrap();
    let due = wait(ring.rotate_due(90, at(400 * DAY))).unwrap();
    assert_eq!(due.len(), AT_FIRST);
    let second = rotate(&ring, KeyPurpose::SamlEs256, 400 * DAY);
    let names = |now| -> Vec<String> {
        let keys = ring.signing(KeyPurpose::SamlEs256, at(now));
        keys.iter().map(|key| key.kid().to_owned()).collect()
    };
    assert_eq!(names(401 * DAY), [first.kid(), second.as_str()]);
    let signs = |now| {
        ring.active(KeyPurpose::SamlEs256, at(now))
            .unwrap()
            .kid()
            .to_owned()
    };
    assert_eq!(signs(429 * DAY), first.kid());
    assert_eq!(signs(431 * DAY), second.as_str());
}
