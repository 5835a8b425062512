//! From a seal to a credential.

use idp_authenticator::answer::AnswerError;
use idp_authenticator::credential::CredentialError;
use idp_authenticator::enrolment::Proof;
use idp_authenticator::{
    Admission, Challenge, DeviceSigner as _, Enrolment, EnrolmentError, EnrolmentSeal, PushChannel,
    PushRegistration,
};
use idp_types::{SourceClaim, Timestamp};
use idp_vds::{Carrier, Content, PersonPayload, TrustError, encode_text};
use serde_json::{Value, json};

use crate::fixture::{
    DEVICE, SIGNER, TOKEN_ID, credential_text, device_id, is_signed, issue, issuer, json_of, key, now,
    person, plain_claims, seal, seal_of, seal_text, value_of, with_enrolment,
};
use crate::scheme;

fn challenge() -> Challenge {
    let text = json!({"challenge": "A".repeat(43), "expiresAt": "2026-11-20T12:05:00Z"}).to_string();
    Challenge::parse(text.as_bytes()).unwrap()
}

fn answer(credential: &str) -> Value {
    json!({"enrolled": true, "tokenId": TOKEN_ID, "expiresAt": "2027-03-16T00:00:00Z", "enrolmentCredential": credential})
}

fn complete(answer: &Value) -> Result<(), EnrolmentError> {
    with_enrolment(|enrolment| {
        enrolment
            .complete(answer.to_string().as_bytes(), now())
            .map(|_| ())
    })
}

fn complete_with(name: &str, value: Value) -> Result<(), EnrolmentError> {
    let mut plain = plain_claims(seal().fingerprint());
    plain.insert(name.to_owned(), value);
    complete(&answer(&issue(plain, &[])))
}

#[test]
fn the_trust_store_vouches_or_the_issuer_decides() {
    let verified = EnrolmentSeal::verify(&seal_text(), &scheme::store(), now()).unwrap();
    assert!(verified.is_verified() && !seal().is_verified());
    assert_eq!(verified.fingerprint(), seal().fingerprint());
    assert_eq!(verified.person().family_name, "Dupont");

    let forged = encode_text(
        Carrier::Base32,
        &seal_of(&PersonPayload::new(person()).unwrap().into(), now(), SIGNER + 1),
    );
    assert_eq!(
        EnrolmentSeal::verify(&forged, &scheme::store(), now()).unwrap_err(),
        TrustError::BadSignature
    );
    assert!(
        EnrolmentSeal::trusting_issuer(&forged, now()).is_ok(),
        "the server refuses it"
    );
}

#[test]
fn no_server_takes_these_seals() {
    let read = |text: &str, now: Timestamp| EnrolmentSeal::trusting_issuer(text, now).unwrap_err();
    let late = Timestamp::parse_rfc3339("2027-03-16T00:00:00Z").unwrap();
    assert_eq!(read(&seal_text(), late), TrustError::Expired);
    assert!(EnrolmentSeal::trusting_issuer(&seal_text(), late.minus_seconds(1)).is_ok());
    assert_eq!(
        read(&seal_text(), now().minus_seconds(301)),
        TrustError::NotYetValid
    );
    let service: Content = crate::service::payload().into();
    let service = encode_text(Carrier::Base32, &seal_of(&service, now(), SIGNER));
    assert_eq!(read(&service, now()).reason(), "wrong_manifest");
    assert_eq!(read("hello", now()).reason(), "malformed");
}

#[test]
fn the_body_proves_the_key_and_its_predecessor() {
    let previous = key(8);
    let challenge = challenge();
    let proof = Proof {
        challenge: &challenge,
        previous: Some(&previous),
    };
    let body = with_enrolment(|enrolment| json_of(&enrolment.body(Some(&proof), now()).unwrap()));
    assert_eq!(body["vdsData"], seal_text());
    assert_eq!(body["deviceId"], "phone-1");
    assert_eq!(body["signedMessage"], 2);
    assert_eq!(body["publicKeyPem"], key(DEVICE).public_key().to_spki_pem());
    let message = format!(
        "enroll|{}|{}|phone-1",
        "A".repeat(43),
        seal().fingerprint().to_lowerhex()
    );
    assert_eq!(body["proof"]["challenge"], "A".repeat(43));
    assert!(is_signed(
        &key(DEVICE).public_key(),
        message.as_bytes(),
        &body["proof"]["signature"]
    ));
    assert!(is_signed(
        &previous.public_key(),
        message.as_bytes(),
        &body["previousProof"]["signature"]
    ));
    assert!(
        ["push", "enrolmentCode", "approval"]
            .iter()
            .all(|name| body.get(name).is_none())
    );

    let late = with_enrolment(|enrolment| enrolment.body(Some(&proof), challenge.expires_at()));
    assert_eq!(late, Err(EnrolmentError::ChallengeExpired));
}

#[test]
fn the_body_carries_push_and_admission() {
    let (issuer, seal, device_id, signer) = (issuer(), seal(), device_id(), key(DEVICE));
    let push = PushRegistration {
        channel: PushChannel::Fcm { token: "f".into() },
        encryption_key: None,
    };
    let body = |admission: &Admission| {
        let enrolment = Enrolment {
            issuer: &issuer,
            seal: &seal,
            device_id: &device_id,
            signer: &signer,
            push: Some(&push),
            admission,
        };
        json_of(&enrolment.body(None, now()).unwrap())
    };
    let with_code = body(&Admission::Code("ABCD-1234".into()));
    assert_eq!(
        (&with_code["enrolmentCode"], &with_code["push"]["type"]),
        (&json!("ABCD-1234"), &json!("fcm"))
    );
    assert!(with_code.get("proof").is_none());
    let approved = body(&Admission::Approved("sess_x".parse().unwrap()));
    assert_eq!(approved["approval"], "sess_x");
}

#[test]
fn the_answer_is_for_this_holder_key_seal_and_issuer() {
    let text = credential_text(&SourceClaim::ALL);
    assert_eq!(complete(&answer(&text)), Ok(()));

    let mut other = answer(&text);
    other["tokenId"] = "other".into();
    assert_eq!(complete(&other), Err(EnrolmentError::OtherToken));
    other = answer(&text);
    other["enrolled"] = false.into();
    assert_eq!(complete(&other), Err(EnrolmentError::NotEnrolled));
    other = answer(&text);
    other["expiresAt"] = "2026-11-20T12:00:00Z".into();
    assert_eq!(complete(&other), Err(EnrolmentError::Expired));

    let jwk = idp_jose::Jwk::new(key(9).public_key()).to_value();
    assert_eq!(
        complete_with("token_id", "other".into()),
        Err(EnrolmentError::OtherToken)
    );
    assert_eq!(
        complete_with("cnf", json!({"jwk": jwk})),
        Err(EnrolmentError::OtherKey)
    );
    assert_eq!(
        complete_with("seal", json!({"fingerprint": "00".repeat(32)})),
        Err(EnrolmentError::OtherSeal)
    );
    assert_eq!(
        complete_with("iss", "https://evil.example".into()),
        Err(EnrolmentError::OtherIssuer)
    );
    assert_eq!(
        complete_with("exp", json!(now().unix_seconds())),
        Err(EnrolmentError::Expired)
    );
}

#[test]
fn the_credential_is_of_the_right_kind() {
    let refused = |name, value| match complete_with(name, value) {
        Err(EnrolmentError::Credential(error)) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused("vct", "urn:other".into()), CredentialError::Type);
    assert_eq!(
        refused("cnf", json!({"jwk": {"kty": "oct", "k": "AA"}})),
        CredentialError::HolderKey
    );
    assert_eq!(
        refused("given_name", "Jean".into()),
        CredentialError::InClear(SourceClaim::GivenName)
    );
    let shape = |path: &str| {
        CredentialError::Claims(AnswerError::Shape {
            path: path.to_owned(),
        })
    };
    assert_eq!(refused("trust_level", 4.into()), shape("trust_level"));
    assert_eq!(
        refused("seal", json!({"fingerprint": "zz"})),
        shape("seal.fingerprint")
    );
}

#[test]
fn only_asserted_ages_and_known_claims_are_held() {
    let hidden = [
        ("age_over_18", Value::Bool(true)),
        ("age_over_21", Value::Bool(false)),
        ("shoe_size", 42.into()),
        ("family_name", value_of(SourceClaim::FamilyName)),
    ];
    let text = issue(plain_claims(seal().fingerprint()), &hidden);
    let credential =
        with_enrolment(|enrolment| enrolment.complete(answer(&text).to_string().as_bytes(), now())).unwrap();
    assert_eq!(
        *credential.held(),
        [SourceClaim::FamilyName, SourceClaim::AgeOver18].into()
    );
    let debug = format!("{credential:?}");
    assert!(
        !debug.contains(credential.expose().split('~').nth(1).unwrap()) && !debug.contains("Dupont"),
        "{debug}"
    );
}

#[test]
fn a_renewal_is_checked_like_an_enrolment() {
    let renew = |plain| {
        let answer = json!({"expiresAt": "2027-03-16T00:00:00Z", "enrolmentCredential": issue(plain, &[])});
        with_enrolment(|enrolment| {
            enrolment
                .complete_renewal(answer.to_string().as_bytes(), now())
                .map(|_| ())
        })
    };
    assert_eq!(
        with_enrolment(|enrolment| json_of(&enrolment.renewal_body())),
        json!({"vdsData": seal_text()})
    );
    let mut plain = plain_claims(seal().fingerprint());
    assert_eq!(renew(plain.clone()), Ok(()));
    plain.insert("token_id".to_owned(), "other".into());
    assert_eq!(renew(plain), Err(EnrolmentError::OtherToken));
}
