//! Profile 2, admission `attested`: the phone's vendor vouches for key and app, and that admits what a photographed seal does not.
//!
//! The vendors are of our own making: Google's root is RSA and Apple's P-384, as theirs are, and phones write their attestations octet
//! by octet.

#[path = "../../idp/vds/src/attestation/tests/forge.rs"]
mod forge;
mod vendor;

use idp_authenticator::{DeviceKey, DeviceSigner as _};
use serde_json::{Value, json};
use tests::{Answer, Browser, Call, Enrolling, Holder, Invented, Phone, Registration, TestServer, token};

use self::forge::Description;
use self::vendor::{ANDROID_APP, AppleForgery, Vendors};

const STRICT: &str = "admission = \"attested\"";

/// One thing that a phone says otherwise.
type Change = fn(&mut Description);

/// A body whose attestation is made for it.
async fn attested(
    server: &TestServer,
    holder: &Holder,
    enrolling: &Enrolling<'_>,
    attest: impl FnOnce(&[u8], &DeviceKey) -> Value,
) -> Value {
    let mut body = Phone::enrolment_body(server, holder, enrolling).await;
    let challenge = body["proof"]["challenge"].as_str().unwrap();
    let challenge = idp_types::encoding::from_base64url(challenge).unwrap();
    body["attestation"] = attest(&challenge, &enrolling.key);
    body["signedMessage"] = json!(1);
    body
}

async fn enrol(server: &TestServer, body: &Value) -> Answer {
    server.send(Call::post("/enroll", body)).await
}

fn refused(answer: &Answer, reason: &str) {
    let problem = answer.expect_problem(400, "invalid_attestation");
    assert_eq!(problem["reason"], reason);
}

/// A whole login by hand, with the seeds' form of approval; what its token says of the methods.
async fn methods(server: &TestServer, holder: &Holder, enrolling: &Enrolling<'_>) -> Value {
    let service = Registration::public().register(server).await;
    let login = service.initiate(server, holder.token_id.as_str()).await;
    let seconds = server.now().unix_seconds();
    let message = format!("{}|{}|{seconds}|", login.session_id, login.code);
    let signature = enrolling.key.sign(message.as_bytes());
    let body = json!({
        "sessionId": login.session_id, "tokenId": holder.token_id, "otp": login.code, "timestamp": seconds,
        "grantedScopes": [], "deviceId": enrolling.device_id,
        "signature": idp_types::encoding::base64url(&signature),
    });
    server.send(Call::post("/auth/verify", &body)).await.expect(200);
    let approved = Browser::open(server, &login).await.expect("approved").await;
    let token = token::check_result(server, &service, &login, &approved).await;
    token.claim("amr").clone()
}

async fn recorded(server: &TestServer, event: &str) -> Vec<Value> {
    let found = server
        .administer(Call::get(format!("/admin/audit?event={event}&limit=100")))
        .await
        .expect(200);
    let rows = found["records"]
        .as_array()
        .or(found["items"].as_array())
        .or(found.as_array());
    rows.unwrap_or_else(|| panic!("{found}")).clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attested_android_key_is_admitted_and_its_tokens_say_so() {
    let vendors = Vendors::new();
    let server = vendors.server(STRICT).await;
    let jean = server.issue(Invented::jean());
    let phone = Enrolling::new("phone");

    let mut plain = Phone::enrolment_body(&server, &jean, &phone).await;
    enrol(&server, &plain)
        .await
        .expect_problem(403, "admission_required");
    plain["attestation"] = json!(null);
    let body = attested(&server, &jean, &phone, |challenge, key| {
        vendors.android(&vendors.sound(challenge), key)
    })
    .await;
    enrol(&server, &body).await.expect(200);
    assert_eq!(
        methods(&server, &jean, &phone).await,
        json!(["mca", "hwk", "user"])
    );

    let records = recorded(&server, "ENROLL").await;
    let details = &records[0]["details"];
    assert_eq!(
        (
            &details["admission"],
            &details["attestation"],
            &details["attested_app"],
            &details["attested_level"]
        ),
        (
            &json!("attestation"),
            &json!("android-key"),
            &json!(ANDROID_APP),
            &json!("tee")
        ),
        "{records:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attestation_is_good_for_its_challenge_and_its_key_and_once() {
    let vendors = Vendors::new();
    let server = vendors.server(STRICT).await;
    let jean = server.issue(Invented::jean());
    let phone = Enrolling::new("phone");
    let sound = |challenge: &[u8], key: &DeviceKey| vendors.android(&vendors.sound(challenge), key);
    let body = attested(&server, &jean, &phone, sound).await;

    let mut replayed = attested(&server, &jean, &phone, sound).await;
    replayed["attestation"] = body["attestation"].clone();
    refused(&enrol(&server, &replayed).await, "wrong_challenge");
    let other_key = Enrolling::new("phone").key;
    let stolen = attested(&server, &jean, &phone, |challenge, _| {
        sound(challenge, &other_key)
    })
    .await;
    refused(&enrol(&server, &stolen).await, "wrong_key");
    let mut unproven = body.clone();
    unproven.as_object_mut().unwrap().remove("proof");
    enrol(&server, &unproven)
        .await
        .expect_problem(400, "invalid_proof");

    enrol(&server, &body).await.expect(200);
    enrol(&server, &body).await.expect_problem(400, "invalid_proof");
    let records = recorded(&server, "ENROLL_REFUSED").await;
    assert!(
        records
            .iter()
            .any(|record| record["details"]["attestation"] == "wrong_key"),
        "{records:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_weak_phone_a_foreign_app_and_a_revoked_chain_are_refused() {
    let vendors = Vendors::new();
    let server = vendors.server(STRICT).await;
    let jean = server.issue(Invented::jean());
    let phone = Enrolling::new("phone");
    let changes: [(&str, Change); 4] = [
        ("security_level", |it| it.levels = [0, 0]),
        ("device_state", |it| it.locked = false),
        ("unknown_app", |it| it.packages = vec!["com.example.evil"]),
        ("key_properties", |it| it.origin = 2),
    ];
    for (reason, change) in changes {
        let body = attested(&server, &jean, &phone, |challenge, key| {
            let mut description = vendors.sound(challenge);
            change(&mut description);
            vendors.android(&description, key)
        })
        .await;
        refused(&enrol(&server, &body).await, reason);
    }
    let sound = |challenge: &[u8], key: &DeviceKey| vendors.android(&vendors.sound(challenge), key);
    let mut forged = attested(&server, &jean, &phone, sound).await;
    forged["attestation"] = json!({"type": "android-key", "chain": ["AAAA"]});
    refused(&enrol(&server, &forged).await, "malformed");

    // The leaf of every phone here has serial number 7; the list counts without a restart.
    vendors.revoke(r#"{"entries": {"7": {"status": "REVOKED"}}}"#);
    let body = attested(&server, &jean, &phone, sound).await;
    refused(&enrol(&server, &body).await, "revoked_certificate");
    vendors.revoke("not a list");
    let body = attested(&server, &jean, &phone, sound).await;
    enrol(&server, &body).await.expect_problem(503, "unavailable");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attested_re_enrolment_needs_nobody_to_ask() {
    let vendors = Vendors::new();
    let server = vendors.server("admission = \"open\"").await;
    let jean = server.issue(Invented::jean());
    Phone::enrol(&server, &jean).await;
    let sound = |challenge: &[u8], key: &DeviceKey| vendors.android(&vendors.sound(challenge), key);
    for device_id in ["reinstalled", "phone"] {
        let enrolling = Enrolling::new(device_id);
        let mut body = attested(&server, &jean, &enrolling, sound).await;
        let attestation = body["attestation"].take();
        body.as_object_mut().unwrap().remove("attestation");
        enrol(&server, &body)
            .await
            .expect_problem(403, "admission_required");
        let mut body = attested(&server, &jean, &enrolling, sound).await;
        assert_ne!(body["attestation"], attestation);
        enrol(&server, &body).await.expect(200);
        body["attestation"] = attestation;
        enrol(&server, &body).await.expect_problem(400, "invalid_proof");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_admits_and_an_attestation_beside_it_still_says_where_the_key_lives() {
    let vendors = Vendors::new();
    let server = vendors.server("admission = \"code\"").await;
    let jean = server.issue(Invented::jean());
    let phone = Enrolling::new("phone");
    let sound = |challenge: &[u8], key: &DeviceKey| vendors.android(&vendors.sound(challenge), key);
    let body = attested(&server, &jean, &phone, sound).await;
    enrol(&server, &body)
        .await
        .expect_problem(403, "admission_required");
    let code = server
        .administer(Call::post(
            "/admin/enrollment-codes",
            &json!({"token_id": jean.token_id}),
        ))
        .await
        .expect(201);
    let mut body = attested(&server, &jean, &phone, sound).await;
    body["enrolmentCode"] = code["code"].clone();
    enrol(&server, &body).await.expect(200);
    assert_eq!(
        methods(&server, &jean, &phone).await,
        json!(["mca", "hwk", "user"])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attested_apple_app_is_admitted_and_its_policy_vouches_for_the_face() {
    let vendors = Vendors::new();
    let server = vendors.server(STRICT).await;
    let jean = server.issue(Invented::jean());
    let phone = Enrolling::new("phone");
    let sound = |challenge: &[u8], key: &DeviceKey| vendors.apple(&AppleForgery::sound(challenge, key));

    let body = attested(&server, &jean, &phone, sound).await;
    let mut replayed = attested(&server, &jean, &phone, sound).await;
    replayed["attestation"] = body["attestation"].clone();
    refused(&enrol(&server, &replayed).await, "wrong_challenge");
    let other_key = Enrolling::new("phone").key;
    let stolen = attested(&server, &jean, &phone, |challenge, _| {
        sound(challenge, &other_key)
    })
    .await;
    refused(&enrol(&server, &stolen).await, "wrong_challenge");
    let foreign = attested(&server, &jean, &phone, |challenge, key| {
        let mut forgery = AppleForgery::sound(challenge, key);
        forgery.app = "A1B2C3D4E5.com.example.evil";
        vendors.apple(&forgery)
    })
    .await;
    refused(&enrol(&server, &foreign).await, "unknown_app");

    enrol(&server, &body).await.expect(200);
    assert_eq!(
        methods(&server, &jean, &phone).await,
        json!(["mca", "hwk", "user", "face"])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_names_no_app_accepts_no_attestation() {
    let vendors = Vendors::new();
    let server = TestServer::start().await;
    let jean = server.issue(Invented::jean());
    let sound = |challenge: &[u8], key: &DeviceKey| vendors.android(&vendors.sound(challenge), key);
    let body = attested(&server, &jean, &Enrolling::new("phone"), sound).await;
    refused(&enrol(&server, &body).await, "not_accepted");
}
