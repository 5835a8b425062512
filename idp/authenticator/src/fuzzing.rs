//! One entry for each parser, for the fuzz crate and the never-panic properties. Not part of the API.

use idp_jose::JwkSet;
use idp_types::{SessionId, SourceClaim, Timestamp};

use crate::answer::Problem;
use crate::approval::{Answered, Code, PendingList, PendingRequest};
use crate::credential::EnrolmentCredential;
use crate::disclosure;
use crate::enrolment::{Admission, Challenge, Enrolment, EnrolmentSeal};
use crate::identity::Issuer;
use crate::key::DeviceKey;
use crate::link::ScannedLink;
use crate::push::{EncryptionKey, PushMessage};
use crate::text::{DisplayText, ImageAddress, WebAddress};
use crate::wallet::Wallet;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_795_176_000);

/// Answers of the server: challenge, pending requests, outcome, error.
pub fn answers(data: &[u8]) {
    let _ = Challenge::parse(data);
    let _ = PendingRequest::parse(data);
    let _ = PendingList::parse(data);
    let _ = Answered::parse(data);
    let _ = Problem::parse(data);
}

/// The answer to an enrolment, for the seal that the corpus begins with: a line of seal text, then the answer.
pub fn enrolment(data: &[u8]) {
    let mut lines = data.splitn(2, |byte| *byte == b'\n');
    let seal = lines
        .next()
        .and_then(|line| EnrolmentSeal::trusting_issuer(text(line)?, NOW).ok());
    let (Some(seal), Ok(key), Ok(issuer)) = (
        seal,
        DeviceKey::from_random(&[7; 32]),
        Issuer::parse("https://id.example"),
    ) else {
        return;
    };
    let Ok(device_id) = "fuzz".parse() else { return };
    let enrolment = Enrolment {
        issuer: &issuer,
        seal: &seal,
        device_id: &device_id,
        signer: &key,
        push: None,
        admission: &Admission::Open,
    };
    let _ = enrolment.complete(lines.next().unwrap_or_default(), NOW);
}

/// An enrolment credential; what was read can be presented, and shows nothing that is not held.
pub fn credential(data: &[u8]) {
    let Some(credential) = text(data).and_then(|text| EnrolmentCredential::parse(text).ok()) else {
        return;
    };
    let (Ok(key), Ok(issuer), Ok(session_id)) = (
        DeviceKey::from_random(&[7; 32]),
        Issuer::parse("https://id.example"),
        SessionId::parse("sess_fuzz"),
    ) else {
        return;
    };
    let everything = idp_types::AtomicScope::ALL.iter().copied().collect();
    let granted = idp_types::ScopeSet::without(everything, credential.unanswerable(everything));
    let shown = disclosure::minimal(granted, credential.held());
    assert!(
        shown.is_ok_and(|shown| shown.is_subset(credential.held()) && shown.len() <= SourceClaim::ALL.len())
    );
    let presented = credential.present(granted, (&issuer, &session_id), &key, NOW);
    assert!(presented.is_ok());
}

/// A scanned text: a seal to enrol with, a service's seal, a link.
pub fn scanned(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let _ = EnrolmentSeal::trusting_issuer(text, NOW);
    let _ = crate::service::verify(text, &JwkSet::default(), NOW);
    if let Ok(issuer) = Issuer::parse("https://id.example") {
        let _ = ScannedLink::parse(text, &issuer);
    }
}

/// A push, encrypted or not.
pub fn push(data: &[u8]) {
    let _ = PushMessage::parse(data);
    if let (Some(text), Ok(key)) = (text(data), EncryptionKey::from_random(&[7; 32])) {
        let _ = PushMessage::decrypt(text, &key);
    }
}

/// A stored wallet; what was read must be written as it is read.
pub fn wallet(data: &[u8]) {
    let Ok(wallet) = Wallet::parse(data) else { return };
    let again = wallet.to_json().and_then(|document| Wallet::parse(&document));
    assert!(again.is_ok_and(|again| again.identity() == wallet.identity()));
}

/// Small texts: keys, issuers, codes, words for people.
pub fn texts(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let _ = DeviceKey::from_pkcs8_pem(text);
    let _ = EncryptionKey::from_pkcs8_pem(text);
    let _ = Code::typed(text);
    let _ = DisplayText::parse(text);
    let _ = WebAddress::parse(text);
    let _ = ImageAddress::parse(text);
    if let Ok(issuer) = Issuer::parse(text) {
        assert_eq!(Issuer::parse(issuer.as_str()).as_ref(), Ok(&issuer));
    }
}

fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}
