//! Seals of services, signed without the trust chain.

use idp_jose::{P256Verifier, PublicKey};
use idp_types::{CivilDate, Timestamp};
use idp_vds::{
    CertificateReference, Content, PersonPayload, PreparedSeal, Seal, Service, ServicePayload, TrustError,
    VerifiedServiceSeal,
};

use crate::fixture::{Key, now, person, time};

const SERVER: u8 = 42;

mod make {
    use super::*;

    pub(crate) fn bar() -> Service {
        Service {
            service_id: "bar-le-central".parse().unwrap(),
            name: "Bar Le Central".into(),
            url: "https://bar-le-central.example".into(),
            logo: Some("https://bar-le-central.example/logo.svg".into()),
            scopes: vec!["identity:age_over_18".parse().unwrap()],
            privacy: None,
            expires: CivilDate::parse("2027-03-15").unwrap(),
        }
    }

    pub(crate) fn seal(content: &Content, signed_at: Timestamp, key: u8) -> Seal {
        let reference = CertificateReference::new("IDTS", "0001").unwrap();
        let prepared = PreparedSeal::new(reference, signed_at, content).unwrap();
        let signature = Key::new(key).sign(prepared.signing_message());
        prepared.complete(&signature).unwrap()
    }

    pub(crate) fn verify(seal: &Seal, now: Timestamp) -> Result<VerifiedServiceSeal, TrustError> {
        let key_of = |reference: &CertificateReference| {
            (reference.certificate_key() == "IDTS0001").then(|| PublicKey::P256(Key::new(SERVER).public()))
        };
        VerifiedServiceSeal::verify(seal, &P256Verifier, key_of, now)
    }
}

use make::{bar, seal, verify};

#[test]
fn a_seal_of_the_server_names_the_service() {
    let seal = seal(&ServicePayload::new(bar()).unwrap().into(), now(), SERVER);
    let verified = verify(&seal, now()).unwrap();
    assert_eq!(**verified.payload(), bar());
    assert_eq!(verified.fingerprint(), seal.digest());
}

#[test]
fn each_failure_has_its_reason() {
    let service: Content = ServicePayload::new(bar()).unwrap().into();
    let person: Content = PersonPayload::new(person()).unwrap().into();
    let good = seal(&service, now(), SERVER);
    assert_eq!(
        verify(&seal(&service, now(), SERVER + 1), now()).unwrap_err(),
        TrustError::BadSignature
    );
    assert_eq!(
        verify(&seal(&person, now(), SERVER), now()).unwrap_err().reason(),
        "wrong_manifest"
    );
    assert_eq!(
        verify(&good, time("2027-03-16T00:00:00Z")).unwrap_err(),
        TrustError::Expired
    );
    assert!(verify(&good, time("2027-03-15T23:59:59Z")).is_ok());
    let future = seal(&service, now().plus_seconds(301), SERVER);
    assert_eq!(verify(&future, now()).unwrap_err(), TrustError::NotYetValid);
    let unknown = VerifiedServiceSeal::verify(&good, &P256Verifier, |_| None, now());
    assert_eq!(unknown.unwrap_err(), TrustError::UnknownIssuer);
}
