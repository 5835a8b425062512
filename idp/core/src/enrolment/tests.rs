//! Profile 2, rule by rule.

use idp_types::{DeviceId, Fingerprint, ServiceId, Timestamp, TokenId, TrustLevel};

use super::*;

mod attested;

fn now() -> Timestamp {
    Timestamp::from_unix_seconds(1_760_000_000)
}

fn token(text: &str) -> TokenId {
    TokenId::parse(text).unwrap()
}

fn device(text: &str) -> DeviceId {
    DeviceId::parse(text).unwrap()
}

fn request(device_id: &str, key: u8, admission: Admission) -> EnrolmentRequest {
    EnrolmentRequest {
        token_id: token("jean"),
        device_id: device(device_id),
        key: DeviceKey([key; 65]),
        seal: SealFacts {
            fingerprint: Fingerprint([1; 32]),
            manifest: "0A0001".into(),
            scheme_operator: "Demo".into(),
            trust_level: TrustLevel::High,
            expires_at: now().plus_seconds(86_400),
        },
        signed_message: SignedMessage::V2,
        push: PushAddress::None,
        push_encryption_key: None,
        proven: true,
        previous_key: None,
        admission,
        attested: None,
    }
}

fn policy(admission: AdmissionPolicy, additional_devices: AdditionalDevices) -> EnrolmentPolicy {
    EnrolmentPolicy {
        proof_required: true,
        admission,
        additional_devices,
        face_vouched: false,
    }
}

const DEMO: EnrolmentPolicy = EnrolmentPolicy {
    proof_required: true,
    admission: AdmissionPolicy::Open,
    additional_devices: AdditionalDevices::Approve,
    face_vouched: true,
};

fn enrolled() -> Holder {
    enrol(None, request("phone", 1, Admission::None), DEMO, now()).unwrap()
}

#[test]
fn the_first_device_follows_the_admission_policy() {
    assert_eq!(enrolled().devices.len(), 1);
    let strict = policy(AdmissionPolicy::Code, AdditionalDevices::Approve);
    let refused = enrol(None, request("phone", 1, Admission::None), strict, now());
    assert_eq!(refused, Err(EnrolmentRefusal::AdmissionRequired));
    assert!(enrol(None, request("phone", 1, Admission::Code), strict, now()).is_ok());
}

#[test]
fn a_proof_of_possession_is_required_unless_the_policy_says_otherwise() {
    let mut unproven = request("phone", 1, Admission::None);
    unproven.proven = false;
    assert_eq!(
        enrol(None, unproven.clone(), DEMO, now()),
        Err(EnrolmentRefusal::ProofRequired)
    );
    let optional = EnrolmentPolicy {
        proof_required: false,
        ..DEMO
    };
    assert!(enrol(None, unproven, optional, now()).is_ok());
}

#[test]
fn an_address_that_is_gone_is_forgotten_only_while_it_is_the_devices() {
    let address = |token: &str| PushAddress::Fcm {
        token: token.to_owned(),
    };
    let phone = device("phone");
    let holder = enrolled();
    let holder = holder.redirect_push(&phone, address("new"), Some(DeviceKey([3; 65])), now());
    let holder = holder.unwrap();
    assert_eq!(holder.clone().forget_push(&phone, &address("old"), now()), None);
    assert_eq!(
        holder
            .clone()
            .forget_push(&device("other"), &address("new"), now()),
        None
    );
    let later = now().plus_seconds(1);
    let forgotten = holder.forget_push(&phone, &address("new"), later).unwrap();
    let left = forgotten.device(&phone).unwrap();
    assert_eq!((&left.push, left.push_encryption_key), (&PushAddress::None, None));
    assert_eq!(forgotten.updated_at, later);
    assert_eq!(forgotten.forget_push(&phone, &PushAddress::None, later), None);
}

#[test]
fn a_photographed_seal_adds_no_device() {
    let holder = enrolled();
    let refused = enrol(Some(&holder), request("thief", 2, Admission::None), DEMO, now());
    assert_eq!(refused, Err(EnrolmentRefusal::ApprovalRequired));
    let denied = policy(AdmissionPolicy::Open, AdditionalDevices::Deny);
    let refused = enrol(Some(&holder), request("thief", 2, Admission::None), denied, now());
    assert_eq!(refused, Err(EnrolmentRefusal::AdditionalDeviceDenied));
    for admission in [Admission::Code, Admission::Approved] {
        assert_eq!(
            enrol(Some(&holder), request("tablet", 2, admission), DEMO, now())
                .unwrap()
                .devices
                .len(),
            2
        );
    }
}

#[test]
fn with_every_device_revoked_the_seal_alone_is_not_enough() {
    let holder = enrolled()
        .revoke(Some(&device("phone")), RevocationReason::LostDevice, now())
        .unwrap();
    let refused = enrol(Some(&holder), request("other", 2, Admission::None), DEMO, now());
    assert_eq!(refused, Err(EnrolmentRefusal::AdmissionRequired));
}

#[test]
fn a_key_is_replaced_by_the_old_key_or_a_fresh_admission_only() {
    let holder = enrolled();
    let refused = enrol(Some(&holder), request("phone", 2, Admission::None), DEMO, now());
    assert_eq!(refused, Err(EnrolmentRefusal::AdmissionRequired));
    let mut by_old_key = request("phone", 2, Admission::None);
    by_old_key.previous_key = Some(DeviceKey([1; 65]));
    let replaced = enrol(Some(&holder), by_old_key.clone(), DEMO, now()).unwrap();
    assert_eq!(
        (replaced.devices.len(), replaced.devices[0].key),
        (1, DeviceKey([2; 65]))
    );
    let revoked = holder
        .revoke(Some(&device("phone")), RevocationReason::LostDevice, now())
        .unwrap();
    assert_eq!(
        enrol(Some(&revoked), by_old_key, DEMO, now()),
        Err(EnrolmentRefusal::AdmissionRequired)
    );
    assert!(enrol(Some(&revoked), request("phone", 3, Admission::Code), DEMO, now()).is_ok());
}

#[test]
fn five_devices_are_the_limit() {
    let mut holder = enrolled();
    for n in 2..=5 {
        holder = enrol(
            Some(&holder),
            request(&format!("d{n}"), n, Admission::Code),
            DEMO,
            now(),
        )
        .unwrap();
    }
    let refused = enrol(Some(&holder), request("d6", 6, Admission::Code), DEMO, now());
    assert_eq!(refused, Err(EnrolmentRefusal::DeviceLimit));
    let replaced = enrol(Some(&holder), request("d5", 6, Admission::Code), DEMO, now());
    assert!(replaced.is_ok(), "a replacement is not a sixth device");
}

#[test]
fn a_revoked_token_id_never_enrols_again() {
    let holder = enrolled()
        .revoke(None, RevocationReason::Compromised, now())
        .unwrap();
    assert!(!holder.is_reachable(now()));
    assert_eq!(
        enrol(Some(&holder), request("new", 2, Admission::Code), DEMO, now()),
        Err(EnrolmentRefusal::Revoked)
    );
}

#[test]
fn an_expired_seal_neither_enrols_nor_approves() {
    let later = now().plus_seconds(86_400);
    assert_eq!(
        enrol(None, request("phone", 1, Admission::None), DEMO, later),
        Err(EnrolmentRefusal::SealExpired)
    );
    assert_eq!(enrolled().devices[0].standing(later), DeviceStanding::SealExpired);
}

#[test]
fn a_hundred_wrong_codes_lock_until_a_fresh_admission() {
    let mut holder = enrolled();
    for n in 1..=FAILURE_LIMIT {
        let (next, locked) = holder.count_failure(&device("phone"), now()).unwrap();
        assert_eq!(locked, n == FAILURE_LIMIT);
        holder = next;
    }
    assert_eq!(holder.devices[0].standing(now()), DeviceStanding::Locked);
    let fresh = enrol(Some(&holder), request("phone", 2, Admission::Code), DEMO, now()).unwrap();
    assert_eq!(fresh.devices[0].standing(now()), DeviceStanding::Active);
}

#[test]
fn a_locked_device_cannot_unlock_itself_with_its_own_key() {
    let mut holder = enrolled();
    for _ in 1..FAILURE_LIMIT {
        holder = holder.count_failure(&device("phone"), now()).unwrap().0;
    }
    let mut by_old_key = request("phone", 2, Admission::None);
    by_old_key.previous_key = Some(DeviceKey([1; 65]));
    let replaced = enrol(Some(&holder), by_old_key.clone(), DEMO, now()).unwrap();
    assert_eq!(
        replaced.devices[0].failures,
        FAILURE_LIMIT - 1,
        "the count goes along"
    );
    let locked = holder.count_failure(&device("phone"), now()).unwrap().0;
    let refused = enrol(Some(&locked), by_old_key, DEMO, now());
    assert_eq!(refused, Err(EnrolmentRefusal::AdmissionRequired));
}

#[test]
fn a_code_for_anybody_adds_no_device_to_somebody() {
    let strict = policy(AdmissionPolicy::Code, AdditionalDevices::Approve);
    assert!(enrol(None, request("phone", 1, Admission::UnboundCode), strict, now()).is_ok());
    let refused = enrol(
        Some(&enrolled()),
        request("thief", 2, Admission::UnboundCode),
        strict,
        now(),
    );
    assert_eq!(refused, Err(EnrolmentRefusal::ApprovalRequired));
    let deny = policy(AdmissionPolicy::Code, AdditionalDevices::Deny);
    let refused = enrol(
        Some(&enrolled()),
        request("thief", 2, Admission::Code),
        deny,
        now(),
    );
    assert_eq!(refused, Err(EnrolmentRefusal::AdditionalDeviceDenied));
}

#[test]
fn a_success_forgets_the_wrong_codes() {
    let (holder, _) = enrolled().count_failure(&device("phone"), now()).unwrap();
    let cleared = holder.clear_failures(&device("phone"), now()).unwrap();
    assert_eq!(cleared.devices[0].failures, 0);
    assert_eq!(cleared.clear_failures(&device("phone"), now()), None);
}

#[test]
fn a_supersession_keeps_the_subject_and_ends_the_old_token_id() {
    let old = enrolled()
        .trust(&ServiceId::parse("bar").unwrap(), true, now())
        .unwrap();
    let mut second = request("phone-2", 9, Admission::None);
    second.token_id = token("jean-2");
    let new = enrol(None, second, DEMO, now()).unwrap();
    assert_eq!(
        supersession_effective_at(&old, false, now()),
        now().plus_seconds(86_400)
    );
    assert_eq!(supersession_effective_at(&old, true, now()), now());
    let (old, new) = old.supersede(new, now()).unwrap();
    assert_eq!(new.first_token_id, token("jean"));
    assert_eq!(old.superseded_by, Some(token("jean-2")));
    assert!(!old.is_reachable(now()) && new.is_reachable(now()));
    assert_eq!(new.trusted_services.len(), 1);
    assert_eq!(
        old.clone().supersede(new.clone(), now()),
        Err(ChangeRefusal::Ended)
    );
    assert_eq!(new.clone().supersede(old, now()), Err(ChangeRefusal::Ended));
}

#[test]
fn trust_is_bounded_and_revocable() {
    let mut holder = enrolled();
    for n in 0..TRUST_LIMIT {
        holder = holder
            .trust(&ServiceId::parse(format!("s{n}")).unwrap(), true, now())
            .unwrap();
    }
    let extra = ServiceId::parse("extra").unwrap();
    assert_eq!(
        holder.clone().trust(&extra, true, now()),
        Err(ChangeRefusal::TrustLimit)
    );
    let fewer = holder
        .trust(&ServiceId::parse("s0").unwrap(), false, now())
        .unwrap();
    assert!(fewer.trust(&extra, true, now()).is_ok());
}

#[test]
fn the_signed_strings_of_profile_2() {
    let text = enrolment_proof_message("c", Fingerprint([0xab; 32]), &device("d"));
    assert_eq!(text, format!("enroll|c|{}|d", "ab".repeat(32)).into_bytes());
    let text = request_message("GET", "https://i", "/auth/pending?wait=5", (7, "n"), b"");
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(
        text,
        format!("GET|https://i|/auth/pending?wait=5|7|n|{empty}").into_bytes()
    );
}
