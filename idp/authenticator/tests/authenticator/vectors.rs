//! The exact octets of every signed string, and of the header that carries one.

use idp_authenticator::approval::DeclineReason;
use idp_authenticator::message::{self, ApprovalFields, RequestFields, SignedMessage};
use idp_authenticator::{
    DeviceIdentity, DeviceRequest, DeviceSigner as _, Issuer, RequestStamp, authorization,
};
use idp_types::encoding::lowerhex;
use idp_types::{Fingerprint, SessionId, Timestamp};
use serde_json::json;

use crate::fixture::{DEVICE, is_signed, key};

/// SHA-256 of nothing.
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn identity() -> DeviceIdentity {
    DeviceIdentity {
        issuer: Issuer::parse("https://i").unwrap(),
        token_id: "t".parse().unwrap(),
        device_id: "d".parse().unwrap(),
    }
}

const APPROVAL: ApprovalFields<'static> = ApprovalFields {
    session_id: "sess_a",
    service_id: "s",
    otp: "590012",
    timestamp: 1_700_000_000,
    scopes: "identity:name,identity:age_over_18",
    presentation: "",
};

#[test]
fn enrolment() {
    let message = message::enrolment_proof(
        "Y2hhbGxlbmdl",
        Fingerprint([0xAB; 32]),
        &"phone-1".parse().unwrap(),
    );
    let expected = format!("enroll|Y2hhbGxlbmdl|{}|phone-1", "ab".repeat(32));
    assert_eq!(String::from_utf8(message).unwrap(), expected);
}

#[test]
fn request() {
    let fields = RequestFields {
        method: "GET",
        path_and_query: "/auth/pending?wait=30",
        timestamp: 1_700_000_000,
        nonce: "n",
        body: b"",
    };
    let message = message::request("https://i", &fields);
    let expected = format!("GET|https://i|/auth/pending?wait=30|1700000000|n|{NOTHING}");
    assert_eq!(String::from_utf8(message).unwrap(), expected);
    let body = message::request(
        "https://i",
        &RequestFields {
            method: "PUT",
            body: b"abc",
            ..fields
        },
    );
    let abc = b"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert!(
        body.starts_with(b"PUT|") && body.ends_with(abc),
        "FIPS 180-4 example"
    );
}

#[test]
fn approval_first_form() {
    let message = message::approval(SignedMessage::First, &identity(), &APPROVAL);
    assert_eq!(
        message,
        b"sess_a|590012|1700000000|identity:name,identity:age_over_18"
    );
    let nothing = ApprovalFields {
        scopes: "",
        ..APPROVAL
    };
    assert_eq!(
        message::approval(SignedMessage::First, &identity(), &nothing),
        b"sess_a|590012|1700000000|"
    );
}

#[test]
fn approval_second_form() {
    let message = message::approval(SignedMessage::Second, &identity(), &APPROVAL);
    let expected = [
        b"idt-approve-v2\x00\x09https://i\x00\x06sess_a\x00\x01t\x00\x01s\x00\x06590012\x00\x0a1700000000"
            .as_slice(),
        b"\x00\x22identity:name,identity:age_over_18",
        b"\x00\x20",
    ]
    .concat();
    let (front, digest) = message.split_at(message.len() - 32);
    assert_eq!((front, lowerhex(digest).as_str()), (expected.as_slice(), NOTHING));
    let shown = message::approval(
        SignedMessage::Second,
        &identity(),
        &ApprovalFields {
            presentation: "abc",
            ..APPROVAL
        },
    );
    assert!(lowerhex(&shown).ends_with("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}

#[test]
fn rejection() {
    let session_id = SessionId::parse("sess_a").unwrap();
    for (reason, word) in [
        (DeclineReason::Declined, "declined"),
        (DeclineReason::Mismatch, "mismatch"),
        (DeclineReason::NotMe, "not_me"),
    ] {
        let message = message::rejection(&session_id, 1_700_000_000, reason);
        assert_eq!(
            String::from_utf8(message).unwrap(),
            format!("sess_a|reject|1700000000|{word}")
        );
    }
}

#[test]
fn authorization_header() {
    let request = DeviceRequest {
        method: "POST",
        path_and_query: "/identity/claim",
        body: b"{}",
    };
    let stamp = RequestStamp {
        now: Timestamp::from_unix_seconds(1_700_000_000),
        nonce: [0xFF; 16],
    };
    let header = authorization(&identity(), &key(DEVICE), &request, &stamp);
    let (front, signature) = header.split_once(r#"sig=""#).unwrap();
    assert_eq!(
        front,
        r#"Device tokenId="t", deviceId="d", ts="1700000000", nonce="_____________________w", "#
    );
    let digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let message = format!("POST|https://i|/identity/claim|1700000000|_____________________w|{digest}");
    let signature = json!(signature.strip_suffix('"').unwrap());
    assert!(is_signed(
        &key(DEVICE).public_key(),
        message.as_bytes(),
        &signature
    ));
}
