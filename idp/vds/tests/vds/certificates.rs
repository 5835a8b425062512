//! Certificates and certificate revocation lists: what is written reads, what is altered does not.

use idp_jose::P256Verifier;
use idp_types::TrustLevel;
use idp_vds::ManifestId;
use idp_vds::trust::{
    AuthorityCertificate, CertificateError, CertificateRevocationList, SigningCertificate, from_pem, to_pem,
};
use proptest::prelude::*;

use crate::fixture::{AUTHORITY, Key, STRANGER, Scheme, authority_certificate, now, time};

#[test]
fn an_authority_reads_back() {
    let certificate = AuthorityCertificate::read(&authority_certificate(), &"XX01".parse().unwrap()).unwrap();
    assert_eq!(certificate.code(), "XX01");
    assert_eq!(certificate.key(), &Key::new(AUTHORITY).public());
    assert_eq!(certificate.validity().not_after, time("2036-01-01T00:00:00Z"));
    let other = AuthorityCertificate::read(&authority_certificate(), &"XX02".parse().unwrap());
    assert_eq!(other.unwrap_err(), CertificateError::Name);
}

#[test]
fn a_signing_certificate_reads_back() {
    let scheme = Scheme::new();
    let bytes = scheme.signing_certificate();
    let certificate = SigningCertificate::read(&bytes, &Scheme::authority(), &P256Verifier).unwrap();
    assert_eq!(certificate.certificate_key(), "XX010001");
    assert_eq!(certificate.manifests(), &[ManifestId::PERSON].into());
    assert_eq!(certificate.trust_level(), TrustLevel::Substantial);
    assert_eq!(certificate.validity(), scheme.certificate_validity);
    assert_eq!(from_pem(&to_pem(&bytes).unwrap()), Ok(bytes));
}

#[test]
fn roles_are_not_interchangeable() {
    let scheme = Scheme::new();
    let authority = Scheme::authority();
    let as_signer = SigningCertificate::read(&authority_certificate(), &authority, &P256Verifier);
    assert_eq!(as_signer.unwrap_err(), CertificateError::Usage);
    let as_authority = AuthorityCertificate::read(&scheme.signing_certificate(), &"XX01".parse().unwrap());
    assert_eq!(as_authority.unwrap_err(), CertificateError::Usage);
}

#[test]
fn another_issuers_signature_is_refused() {
    let scheme = Scheme::but(|scheme| {
        scheme.forged.insert("certs/XX010001.pem", STRANGER);
        scheme.forged.insert("crl/XX01.crl", STRANGER);
    });
    let authority = Scheme::authority();
    let certificate = SigningCertificate::read(&scheme.signing_certificate(), &authority, &P256Verifier);
    assert_eq!(certificate.unwrap_err(), CertificateError::Signature);
    let list = CertificateRevocationList::read(&scheme.revocation_list(), &authority, &P256Verifier);
    assert_eq!(list.unwrap_err(), CertificateError::Signature);
}

#[test]
fn a_revocation_list_reads_back() {
    let empty = Scheme::new();
    let full = Scheme::but(Scheme::revoke_signer);
    let serial = full.revoked[0].serial.clone();
    for (scheme, revoked) in [(empty, false), (full, true)] {
        let bytes = scheme.revocation_list();
        let list = CertificateRevocationList::read(&bytes, &Scheme::authority(), &P256Verifier).unwrap();
        assert_eq!(list.number(), 7);
        assert_eq!(
            (list.this_update(), list.next_update()),
            (scheme.crl.issued, scheme.crl.next_update)
        );
        assert_eq!(list.revokes(&serial), revoked);
        assert!(!list.revokes(&[1, 2, 3]));
    }
}

#[test]
fn times_after_2049_are_written() {
    let scheme = Scheme::but(|scheme| scheme.certificate_validity.not_after = time("2051-01-01T00:00:00Z"));
    let read =
        SigningCertificate::read(&scheme.signing_certificate(), &Scheme::authority(), &P256Verifier).unwrap();
    assert_eq!(read.validity().not_after, time("2051-01-01T00:00:00Z"));
    assert!(read.validity().contains(now()));
}

#[test]
fn pem_is_exactly_one_certificate() {
    let pem = to_pem(&authority_certificate()).unwrap();
    assert_eq!(
        from_pem(&pem.replace("CERTIFICATE", "PRIVATE KEY")),
        Err(CertificateError::Pem)
    );
    assert_eq!(from_pem(""), Err(CertificateError::Pem));
    assert_eq!(from_pem(&format!("{pem}{pem}")), Err(CertificateError::Pem));
}

proptest! {
    #[test]
    fn any_flip_in_a_signing_certificate_is_refused(byte: prop::sample::Index, bit in 0_u8..8) {
        let scheme = Scheme::new();
        let mut bytes = scheme.signing_certificate();
        let index = byte.index(bytes.len());
        bytes[index] ^= 1 << bit;
        prop_assert!(SigningCertificate::read(&bytes, &Scheme::authority(), &P256Verifier).is_err());
    }

    #[test]
    fn any_flip_in_a_revocation_list_is_refused(byte: prop::sample::Index, bit in 0_u8..8) {
        let scheme = Scheme::but(Scheme::revoke_signer);
        let mut bytes = scheme.revocation_list();
        let index = byte.index(bytes.len());
        bytes[index] ^= 1 << bit;
        prop_assert!(CertificateRevocationList::read(&bytes, &Scheme::authority(), &P256Verifier).is_err());
    }

    #[test]
    fn reading_never_panics(bytes: Vec<u8>, index: prop::sample::Index, byte: u8) {
        idp_vds::fuzzing::certificate(&bytes);
        let mut altered = authority_certificate();
        let index = index.index(altered.len());
        altered[index] = byte;
        idp_vds::fuzzing::certificate(&altered);
    }
}
