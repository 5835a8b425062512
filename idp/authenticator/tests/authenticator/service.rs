//! Service seals against the issuer's keys.

use idp_authenticator::{DeviceSigner as _, service};
use idp_jose::{Jwk, JwkSet};
use idp_types::CivilDate;
use idp_vds::{Carrier, Service, ServicePayload, TrustError, VerifiedServiceSeal, encode_text};

use crate::fixture::{SERVER, key, now, seal_of, seal_text};

pub(crate) fn payload() -> ServicePayload {
    ServicePayload::new(Service {
        service_id: "bar-le-central".parse().unwrap(),
        name: "Bar Le Central".into(),
        url: "https://bar.example".into(),
        logo: None,
        scopes: vec!["identity:age_over_18".parse().unwrap()],
        privacy: None,
        expires: CivilDate::parse("2027-03-15").unwrap(),
    })
    .unwrap()
}

fn text() -> String {
    encode_text(Carrier::Base32, &seal_of(&payload().into(), now(), SERVER))
}

fn keys(number: u8, kid: &str) -> JwkSet {
    let mut jwk = Jwk::new(key(number).public_key());
    jwk.kid = Some(kid.to_owned());
    let other = Jwk::new(key(40).public_key()).named_by_thumbprint();
    JwkSet::new(vec![other, jwk])
}

pub(crate) fn verified() -> VerifiedServiceSeal {
    service::verify(&text(), &keys(SERVER, "XX0100010"), now()).unwrap()
}

#[test]
fn the_key_that_the_seal_names_vouches_for_the_service() {
    assert_eq!(verified().payload().service_id.as_str(), "bar-le-central");
}

#[test]
fn every_other_key_does_not() {
    let refused = |keys: &JwkSet| service::verify(&text(), keys, now()).unwrap_err();
    assert_eq!(refused(&keys(SERVER + 1, "XX0100010")), TrustError::BadSignature);
    assert_eq!(refused(&keys(SERVER, "XX0100020")), TrustError::UnknownIssuer);
    assert_eq!(refused(&JwkSet::default()), TrustError::UnknownIssuer);
    let mut for_encryption = keys(SERVER, "XX0100010").keys()[1].clone();
    for_encryption.use_ = Some("enc".to_owned());
    assert_eq!(
        refused(&JwkSet::new(vec![for_encryption])),
        TrustError::UnknownIssuer
    );
    let person = service::verify(&seal_text(), &keys(6, "XX0100010"), now()).unwrap_err();
    assert_eq!(person.reason(), "wrong_manifest");
}
