//! Profile 2: what an attested key admits, and what it says of a device.

use super::*;

const HARDWARE: AttestedDevice = AttestedDevice {
    key_protection: KeyProtection::Hardware,
    face_vouched: false,
};

fn attested(device_id: &str, key: u8) -> EnrolmentRequest {
    EnrolmentRequest {
        attested: Some(HARDWARE),
        ..request(device_id, key, Admission::None)
    }
}

#[test]
fn it_admits_where_the_policy_names_it() {
    let strict = policy(AdmissionPolicy::Attested, AdditionalDevices::Approve);
    assert_eq!(
        enrol(None, request("phone", 1, Admission::None), strict, now()),
        Err(EnrolmentRefusal::AdmissionRequired)
    );
    assert!(enrol(None, attested("phone", 1), strict, now()).is_ok());
    for admission in [Admission::Code, Admission::UnboundCode] {
        let by_code = enrol(None, request("phone", 1, admission), strict, now());
        assert!(by_code.is_ok(), "an operator issued {admission:?}");
    }
    let code = policy(AdmissionPolicy::Code, AdditionalDevices::Approve);
    assert_eq!(
        enrol(None, attested("phone", 1), code, now()),
        Err(EnrolmentRefusal::AdmissionRequired),
        "who asks for codes gets codes"
    );
}

#[test]
fn a_re_enrolment_adds_a_device_replaces_a_key_and_ends_a_lock() {
    let holder = enrolled();
    let added = enrol(Some(&holder), attested("tablet", 2), DEMO, now()).unwrap();
    assert_eq!(added.devices.len(), 2);
    let beside_a_code = EnrolmentRequest {
        admission: Admission::UnboundCode,
        ..attested("tablet", 2)
    };
    assert!(enrol(Some(&holder), beside_a_code, DEMO, now()).is_ok());
    let denied = policy(AdmissionPolicy::Attested, AdditionalDevices::Deny);
    let refused = enrol(Some(&holder), attested("tablet", 2), denied, now());
    assert_eq!(refused, Err(EnrolmentRefusal::AdditionalDeviceDenied));
    let mut locked = holder;
    for _ in 0..FAILURE_LIMIT {
        locked = locked.count_failure(&device("phone"), now()).unwrap().0;
    }
    let fresh = enrol(Some(&locked), attested("phone", 2), DEMO, now()).unwrap();
    assert_eq!(fresh.devices[0].key, DeviceKey([2; 65]));
    assert_eq!(fresh.devices[0].standing(now()), DeviceStanding::Active);
}

#[test]
fn a_revoked_token_id_does_not_come_back_with_it() {
    let holder = enrolled()
        .revoke(None, RevocationReason::Compromised, now())
        .unwrap();
    let refused = enrol(Some(&holder), attested("new", 2), DEMO, now());
    assert_eq!(refused, Err(EnrolmentRefusal::Revoked));
}

#[test]
fn a_device_says_of_its_key_and_app_what_was_attested_and_no_more() {
    let plain = policy(AdmissionPolicy::Open, AdditionalDevices::Approve);
    let says = |attested, policy| {
        let asked = EnrolmentRequest {
            attested,
            ..request("phone", 1, Admission::Code)
        };
        let device = enrol(None, asked, policy, now()).unwrap().devices.remove(0);
        (device.key_protection, device.face_vouched)
    };
    let vouched = AttestedDevice {
        face_vouched: true,
        ..HARDWARE
    };
    let software = AttestedDevice {
        key_protection: KeyProtection::Software,
        ..HARDWARE
    };
    assert_eq!(says(None, plain), (KeyProtection::Software, false));
    assert_eq!(says(Some(HARDWARE), plain), (KeyProtection::Hardware, false));
    assert_eq!(says(Some(vouched), plain), (KeyProtection::Hardware, true));
    assert_eq!(says(Some(software), plain), (KeyProtection::Software, false));
    assert_eq!(
        says(None, DEMO),
        (KeyProtection::Software, true),
        "the demo's switch"
    );
}
