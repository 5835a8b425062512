//! The trust chain: what is accepted, what each broken link is called, what a load refuses.

use idp_types::{Timestamp, TrustLevel};
use idp_vds::trust::{CertificateStatus, ListProblem, LoadError, LoadPolicy, OperatorEntry, Sequences};
use idp_vds::{BirthDate, Content, ManifestId, PersonPayload, TrustError, VerifiedSeal};

use crate::fixture::{
    ANCHOR, Key, SIGNER, STRANGER, Scheme, load, now, period, person, person_seal, seal, time,
};

mod check {
    use super::*;

    pub(crate) fn verify_at(scheme: &Scheme, now: Timestamp) -> Result<VerifiedSeal, TrustError> {
        scheme
            .load()
            .unwrap()
            .verify(&person_seal(), ManifestId::PERSON, now)
    }

    pub(crate) fn error_of(change: impl FnOnce(&mut Scheme)) -> TrustError {
        verify_at(&Scheme::but(change), now()).unwrap_err()
    }

    pub(crate) fn load_error_of(change: impl FnOnce(&mut Scheme)) -> LoadError {
        Scheme::but(change).load().unwrap_err()
    }
}

use check::{error_of, load_error_of, verify_at};

#[test]
fn a_seal_of_the_scheme_is_verified() {
    let verified = verify_at(&Scheme::new(), now()).unwrap();
    assert_eq!(verified.fingerprint(), person_seal().digest());
    assert_eq!(verified.trust_level(), TrustLevel::Substantial);
    assert_eq!(verified.scheme_operator().iac.as_str(), "XDT");
    assert_eq!(verified.scheme_operator().name, "Demo scheme");
    assert_eq!(verified.certificate().as_str(), "XX0100010");
    assert_eq!(verified.person().unwrap().family_name, "Dupont");
}

#[test]
fn the_ceiling_of_the_authority_limits_the_trust_level() {
    let scheme = Scheme::but(|scheme| {
        scheme.trust_level = TrustLevel::High;
        scheme.services.authorities[0].maximum_trust_level = TrustLevel::Low;
    });
    assert_eq!(verify_at(&scheme, now()).unwrap().trust_level(), TrustLevel::Low);
}

#[test]
fn each_broken_link_has_its_reason() {
    let expired = period("2024-01-01T00:00:00Z", "2026-11-20T11:59:59Z");
    let signed_early = period("2026-11-20T12:00:01Z", "2028-01-01T00:00:00Z");
    assert_eq!(
        error_of(|scheme| scheme.certificate_validity = expired),
        TrustError::IssuerNotValidAtSigning
    );
    assert_eq!(
        error_of(|scheme| scheme.certificate_validity = signed_early),
        TrustError::IssuerNotValidAtSigning
    );
    assert_eq!(error_of(Scheme::revoke_signer), TrustError::RevokedCertificate);
    let manifest = TrustError::ManifestNotAllowed(ManifestId::PERSON);
    assert_eq!(
        error_of(|scheme| scheme.manifests = [ManifestId::SERVICE].into()),
        manifest
    );
    assert_eq!(
        error_of(|scheme| scheme.operator_list.manifests = [ManifestId::SERVICE].into()),
        manifest
    );
    assert_eq!(
        error_of(|scheme| scheme.governance.operators.clear()),
        TrustError::UnknownIssuer
    );
    assert_eq!(
        error_of(|scheme| scheme.operator_list.regions.clear()),
        TrustError::UnknownIssuer
    );
    assert_eq!(
        error_of(|scheme| scheme.services.authorities.clear()),
        TrustError::UnknownIssuer
    );
}

#[test]
fn a_seal_is_revoked_by_fingerprint_and_by_holder() {
    let fingerprint = person_seal().digest();
    let by_fingerprint = |scheme: &mut Scheme| scheme.seal_revocations.fingerprints = [fingerprint].into();
    let by_holder = |scheme: &mut Scheme| {
        scheme.seal_revocations.token_ids = [person().token_id.clone()].into();
    };
    assert_eq!(error_of(by_fingerprint), TrustError::RevokedSeal);
    assert_eq!(error_of(by_holder), TrustError::RevokedSeal);
    let store = Scheme::but(|scheme| {
        by_fingerprint(scheme);
        by_holder(scheme);
    })
    .load()
    .unwrap();
    assert!(store.revoked(fingerprint) && store.token_revoked(&person().token_id));
    let store = Scheme::new().load().unwrap();
    assert!(!store.revoked(fingerprint) && !store.token_revoked(&person().token_id));
}

#[test]
fn a_store_answers_for_enrolled_seals() {
    let reference = person_seal().header().certificate;
    let store = Scheme::new().load().unwrap();
    assert_eq!(store.certificate_status(&reference), CertificateStatus::Good);
    assert_eq!(store.scheme_operator(&reference).unwrap().name, "Demo scheme");
    assert_eq!(store.scheme_operators().len(), 1);
    assert_eq!(store.signing_certificates().count(), 1);
    assert_eq!(store.lists().len(), 5);
    let revoking = Scheme::but(Scheme::revoke_signer).load().unwrap();
    assert_eq!(
        revoking.certificate_status(&reference),
        CertificateStatus::Revoked
    );
    let other = "XX0199990".parse().unwrap();
    assert_eq!(store.certificate_status(&other), CertificateStatus::Unknown);
}

#[test]
fn times_of_the_seal_are_checked() {
    let store = Scheme::new().load().unwrap();
    let verify = |signed_at, now| {
        store.verify(
            &seal(PersonPayload::new(person()).unwrap(), signed_at, SIGNER),
            ManifestId::PERSON,
            now,
        )
    };
    assert!(verify(now().plus_seconds(300), now()).is_ok());
    assert_eq!(
        verify(now().plus_seconds(301), now()).unwrap_err(),
        TrustError::NotYetValid
    );
    let mut gone = person();
    gone.expires = idp_types::CivilDate::parse("2026-11-19").unwrap();
    let gone = seal(PersonPayload::new(gone).unwrap(), now(), SIGNER);
    assert_eq!(
        store.verify(&gone, ManifestId::PERSON, now()).unwrap_err(),
        TrustError::Expired
    );
    let mut last_day = person();
    last_day.expires = idp_types::CivilDate::parse("2026-11-20").unwrap();
    let last_day = seal(PersonPayload::new(last_day).unwrap(), now(), SIGNER);
    assert!(store.verify(&last_day, ManifestId::PERSON, now()).is_ok());
}

#[test]
fn only_the_certificates_key_and_the_asked_manifest_count() {
    let store = Scheme::new().load().unwrap();
    let payload = PersonPayload::new(person()).unwrap();
    let forged = seal(payload, now(), STRANGER);
    assert_eq!(
        store.verify(&forged, ManifestId::PERSON, now()).unwrap_err(),
        TrustError::BadSignature
    );
    let refused = store
        .verify(&person_seal(), ManifestId::SERVICE, now())
        .unwrap_err();
    assert_eq!(refused, TrustError::WrongManifest(ManifestId::PERSON));
}

#[test]
fn a_partial_birth_date_is_carried_as_such() {
    let mut partial = person();
    partial.birth_date = BirthDate::Year { year: 1985 };
    let seal = seal(PersonPayload::new(partial).unwrap(), now(), SIGNER);
    let verified = Scheme::new()
        .load()
        .unwrap()
        .verify(&seal, ManifestId::PERSON, now())
        .unwrap();
    let Content::Person(person) = verified.into_content() else {
        panic!("a person's seal")
    };
    assert_eq!(person.birth_date.complete(), None);
}

#[test]
fn stale_lists_fail_closed_after_the_grace() {
    let grace_ends = time("2026-11-21T01:00:00Z");
    assert!(verify_at(&Scheme::new(), grace_ends).is_ok());
    let refused = verify_at(&Scheme::new(), grace_ends.plus_seconds(1)).unwrap_err();
    assert_eq!(refused, TrustError::StaleLists(grace_ends));
    let due = time("2026-11-20T09:00:00Z");
    for change in [
        |scheme: &mut Scheme, due| scheme.operator_list.frame.next_update = due,
        |scheme: &mut Scheme, due| scheme.services.frame.next_update = due,
        |scheme: &mut Scheme, due| scheme.seal_revocations.frame.next_update = due,
        |scheme: &mut Scheme, due| scheme.crl.next_update = due,
    ] {
        let refused = error_of(|scheme| change(scheme, due));
        assert_eq!(refused, TrustError::StaleLists(due.plus_seconds(3600)));
    }
    let governance = load_error_of(|scheme| scheme.governance.frame.next_update = due);
    assert!(
        matches!(governance.problem, ListProblem::Stale(_)),
        "{governance}"
    );
}

#[test]
fn each_list_is_signed_by_the_key_that_its_parent_names() {
    for file in [
        "governance.jwt",
        "schemes/XDT.jwt",
        "tsl/XDT-EU.jwt",
        "vrl/XDT-EU.jwt",
    ] {
        let error = load_error_of(|scheme| _ = scheme.forged.insert(file, STRANGER));
        assert_eq!(error.file, file);
        assert!(matches!(error.problem, ListProblem::Signature(_)), "{error}");
    }
    for file in ["crl/XX01.crl", "certs/XX010001.pem"] {
        let error = load_error_of(|scheme| _ = scheme.forged.insert(file, STRANGER));
        assert_eq!(error.file, file);
        assert!(matches!(error.problem, ListProblem::Certificate(_)), "{error}");
    }
}

#[test]
fn a_list_of_another_kind_is_refused() {
    let mut files = Scheme::new().files();
    let governance = files["governance.jwt"].clone();
    files.insert("schemes/XDT.jwt".into(), governance);
    assert_eq!(
        load(files, LoadPolicy::default()).unwrap_err().file,
        "schemes/XDT.jwt"
    );
}

#[test]
fn a_list_cannot_be_moved_or_name_a_code_twice() {
    let other = "XDU".parse().unwrap();
    let moved = load_error_of(|scheme| scheme.operator_list.iac = other);
    assert!(matches!(moved.problem, ListProblem::Misplaced), "{moved}");
    let moved = load_error_of(|scheme| scheme.services.region = "US".parse().unwrap());
    assert!(matches!(moved.problem, ListProblem::Misplaced), "{moved}");
    let moved = load_error_of(|scheme| scheme.seal_revocations.region = "US".parse().unwrap());
    assert!(matches!(moved.problem, ListProblem::Misplaced), "{moved}");
    let twice = load_error_of(|scheme| {
        let entry = OperatorEntry {
            name: "Copy".into(),
            ..scheme.governance.operators[0].clone()
        };
        scheme.governance.operators.push(entry);
    });
    assert!(matches!(twice.problem, ListProblem::Duplicate(_)), "{twice}");
    let twice = load_error_of(|scheme| {
        let entry = scheme.services.authorities[0].clone();
        scheme.services.authorities.push(entry);
    });
    assert!(matches!(twice.problem, ListProblem::Duplicate(_)), "{twice}");
}

#[test]
fn sequences_never_go_down() {
    let first = Scheme::new().load().unwrap();
    let known = serde_json::to_string(first.sequences()).unwrap();
    let known: Sequences = serde_json::from_str(&known).unwrap();
    assert!(Scheme::new().load_after(Some(&known)).is_ok());
    let renewed = Scheme::but(|scheme| scheme.services.frame.sequence = 8)
        .load_after(Some(&known))
        .unwrap();
    assert_eq!(renewed.sequences().highest("tsl/XDT-EU.jwt"), Some(8));
    for change in [
        |scheme: &mut Scheme| scheme.governance.frame.sequence = 6,
        |scheme: &mut Scheme| scheme.operator_list.frame.sequence = 6,
        |scheme: &mut Scheme| scheme.services.frame.sequence = 6,
        |scheme: &mut Scheme| scheme.seal_revocations.frame.sequence = 6,
        |scheme: &mut Scheme| scheme.crl.sequence = 6,
    ] {
        let error = Scheme::but(change).load_after(Some(&known)).unwrap_err();
        assert!(
            matches!(error.problem, ListProblem::Rollback { known: 7, found: 6 }),
            "{error}"
        );
    }
}

#[test]
fn impossible_times_are_refused() {
    let ahead = now().plus_seconds(301);
    let error = load_error_of(|scheme| scheme.operator_list.frame.issued = ahead);
    assert!(matches!(error.problem, ListProblem::Times), "{error}");
    let error = load_error_of(|scheme| scheme.crl.issued = ahead);
    assert!(matches!(error.problem, ListProblem::Times), "{error}");
    let error =
        load_error_of(|scheme| scheme.operator_list.frame.next_update = scheme.operator_list.frame.issued);
    assert!(matches!(error.problem, ListProblem::Times), "{error}");
}

#[test]
fn missing_revocations_are_an_error_and_missing_issuers_are_unknown() {
    for file in ["anchor.jwk", "governance.jwt", "vrl/XDT-EU.jwt", "crl/XX01.crl"] {
        let mut files = Scheme::new().files();
        files.remove(file);
        let error = load(files, LoadPolicy::default()).unwrap_err();
        assert!(
            error.file == file && matches!(error.problem, ListProblem::Missing),
            "{error}"
        );
    }
    for file in ["schemes/XDT.jwt", "tsl/XDT-EU.jwt", "certs/XX010001.pem"] {
        let mut files = Scheme::new().files();
        files.remove(file);
        let store = load(files, LoadPolicy::default()).unwrap();
        let refused = store
            .verify(&person_seal(), ManifestId::PERSON, now())
            .unwrap_err();
        assert_eq!(refused, TrustError::UnknownIssuer);
    }
}

#[test]
fn the_anchor_is_a_key_that_signs() {
    for anchor in ["", "{}", r#"{"kty":"oct","k":"AA"}"#] {
        let mut files = Scheme::new().files();
        files.insert("anchor.jwk".into(), anchor.into());
        let error = load(files, LoadPolicy::default()).unwrap_err();
        assert!(
            error.file == "anchor.jwk" && matches!(error.problem, ListProblem::Key),
            "{error}"
        );
    }
    let mut files = Scheme::new().files();
    let mut jwk = idp_jose::Jwk::new(idp_jose::PublicKey::P256(Key::new(ANCHOR).public()));
    jwk.use_ = Some("enc".into());
    files.insert("anchor.jwk".into(), serde_json::to_vec(&jwk.to_value()).unwrap());
    assert_eq!(load(files, LoadPolicy::default()).unwrap_err().file, "anchor.jwk");
}

#[test]
fn a_certificate_stands_under_its_own_name() {
    let mut files = Scheme::new().files();
    let certificate = files.remove("certs/XX010001.pem").unwrap();
    files.insert("certs/XX010002.pem".into(), certificate);
    let error = load(files, LoadPolicy::default()).unwrap_err();
    assert_eq!(error.file, "certs/XX010002.pem");
}

#[test]
fn files_that_no_list_names_are_never_read() {
    let mut files = Scheme::new().files();
    for name in [
        "schemes/ZZZ.jwt",
        "certs/ZZ010001.pem",
        "ca/XX01.pem",
        "keys/anchor.pem",
        "README",
    ] {
        files.insert(name.into(), b"nonsense".to_vec());
    }
    assert!(load(files, LoadPolicy::default()).is_ok());
}
