//! Profile 2, admission: a seal is a picture that anyone can photograph.

use http::Method;
use idp_authenticator::approval::{Matching, Purpose};
use idp_authenticator::{Admission, DeclineReason};
use idp_types::SessionId;
use serde_json::{Value, json};
use tests::{Answer, Call, Enrolling, Holder, Invented, Phone, TestServer};

use super::{any_code, code, server_with};

fn asked(answer: &Answer) -> SessionId {
    let problem = answer.expect_problem(403, "admission_required");
    SessionId::parse(
        problem
            .pointer("/approval/sessionId")
            .and_then(Value::as_str)
            .unwrap(),
    )
    .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_admits_once_and_only_whom_it_is_for() {
    let server = server_with("admission = \"code\"").await;
    let (jean, amelie) = (server.issue(Invented::jean()), server.issue(Invented::amelie()));
    let refused = Phone::enrol_as(&server, &jean, Enrolling::new("phone"))
        .await
        .unwrap_err();
    let problem = refused.expect_problem(403, "admission_required");
    assert!(problem.get("approval").is_none(), "there is nobody to ask");
    let wrong = Enrolling::new("phone").admitted(Admission::Code("AAAAA-AAAAA-AAAAA-AAAAA".into()));
    Phone::enrol_as(&server, &jean, wrong)
        .await
        .unwrap_err()
        .expect_problem(403, "admission_required");

    let hers = code(&server, json!({"token_id": amelie.token_id})).await;
    let taken = Enrolling::new("phone").admitted(hers.clone());
    Phone::enrol_as(&server, &jean, taken)
        .await
        .unwrap_err()
        .expect_problem(403, "admission_required");
    Phone::enrol_as(&server, &amelie, Enrolling::new("phone").admitted(hers.clone()))
        .await
        .unwrap();
    let again = Enrolling::new("tablet").admitted(hers);
    Phone::enrol_as(&server, &amelie, again)
        .await
        .unwrap_err()
        .expect_problem(403, "admission_required");

    let late = code(&server, json!({"ttl_seconds": 60})).await;
    server.clock.advance(61);
    let late = Enrolling::new("phone").admitted(late);
    Phone::enrol_as(&server, &jean, late)
        .await
        .unwrap_err()
        .expect_problem(403, "admission_required");
    let any = any_code(&server).await;
    Phone::enrol_as(&server, &jean, Enrolling::new("phone").admitted(any))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enrolled_device_approves_the_next_and_exactly_that_one() {
    let server = TestServer::start().await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let enrolling = Enrolling::new("tablet");
    let refused = Phone::enrol_as(&server, &jean, enrolling.clone())
        .await
        .unwrap_err();
    let session = asked(&refused);
    let approved =
        |enrolling: &Enrolling<'static>| enrolling.clone().admitted(Admission::Approved(session.clone()));
    refuse(&server, &jean, approved(&enrolling)).await;

    let requests = phone.wait().await;
    let request = requests
        .iter()
        .find(|request| request.session_id == session)
        .unwrap();
    assert_eq!(request.purpose, Purpose::EnrolDevice);
    assert_eq!(
        request.matching,
        Matching::Transfer,
        "the code is carried over from the new device"
    );
    let problem = refused.json();
    let code = problem
        .pointer("/approval/autoPassword")
        .and_then(Value::as_str)
        .unwrap();
    phone.approve_with(request, code).await.expect(200);

    refuse(
        &server,
        &jean,
        Enrolling {
            device_id: "thief",
            ..approved(&enrolling)
        },
    )
    .await;
    refuse(&server, &jean, approved(&Enrolling::new("tablet"))).await;
    let tablet = Phone::enrol_as(&server, &jean, approved(&enrolling))
        .await
        .unwrap();
    let devices = tablet.send(Method::GET, "/enroll/devices", "").await.expect(200);
    assert_eq!(devices["devices"].as_array().unwrap().len(), 2);

    phone.send(Method::DELETE, "/enroll/tablet", "").await.expect(204);
    refuse(&server, &jean, approved(&enrolling)).await;
}

async fn refuse(server: &TestServer, holder: &Holder, enrolling: Enrolling<'_>) {
    let refused = Phone::enrol_as(server, holder, enrolling).await.unwrap_err();
    refused.expect_problem(403, "admission_required");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declined_device_stays_out_and_a_code_is_as_good_as_an_approval() {
    let server = TestServer::start().await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let enrolling = Enrolling::new("tablet");
    let session = asked(
        &Phone::enrol_as(&server, &jean, enrolling.clone())
            .await
            .unwrap_err(),
    );
    phone
        .reject(session.as_str(), DeclineReason::Declined)
        .await
        .expect(200);
    let refused = enrolling.clone().admitted(Admission::Approved(session));
    Phone::enrol_as(&server, &jean, refused)
        .await
        .unwrap_err()
        .expect_problem(403, "admission_required");
    let unbound = enrolling.clone().admitted(any_code(&server).await);
    let asked_again = Phone::enrol_as(&server, &jean, unbound).await.unwrap_err();
    asked_again.expect_problem(403, "admission_required");
    let bound = code(&server, json!({"token_id": jean.token_id})).await;
    Phone::enrol_as(&server, &jean, enrolling.admitted(bound))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn further_devices_are_a_policy() {
    let denied = server_with("additional_devices = \"deny\"").await;
    let jean = denied.issue(Invented::jean());
    let phone = Phone::enrol(&denied, &jean).await;
    let refused = Phone::enrol_as(&denied, &jean, Enrolling::new("tablet"))
        .await
        .unwrap_err();
    assert!(
        refused
            .expect_problem(403, "admission_required")
            .get("approval")
            .is_none()
    );
    assert!(phone.pending().await.is_empty(), "nobody is asked");

    let open = server_with("additional_devices = \"open\"").await;
    let jean = open.issue(Invented::jean());
    Phone::enrol(&open, &jean).await;
    Phone::enrol_as(&open, &jean, Enrolling::new("tablet"))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_device_comes_back_with_fresh_admission_and_a_revoked_token_id_never() {
    let server = TestServer::start().await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    phone.send(Method::DELETE, "/enroll/phone", "").await.expect(204);
    Phone::enrol_as(&server, &jean, Enrolling::new("phone"))
        .await
        .unwrap_err()
        .expect_problem(403, "admission_required");
    let old = Enrolling {
        previous: Some(phone.wallet.key().clone()),
        ..Enrolling::new("phone")
    };
    Phone::enrol_as(&server, &jean, old)
        .await
        .unwrap_err()
        .expect_problem(403, "admission_required");
    let code = code(&server, json!({"token_id": jean.token_id})).await;
    let back = Phone::enrol_as(&server, &jean, Enrolling::new("phone").admitted(code))
        .await
        .unwrap();
    back.send(Method::GET, "/auth/pending", "").await.expect(200);

    let body = json!({"tokenId": jean.token_id, "reason": "lost_device"});
    server.administer(Call::post("/revoke", &body)).await.expect(200);
    let bound = super::code(&server, json!({"token_id": jean.token_id})).await;
    for admission in [Admission::Open, bound] {
        let never = Enrolling::new("phone").admitted(admission);
        Phone::enrol_as(&server, &jean, never)
            .await
            .unwrap_err()
            .expect_problem(409, "revoked");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_devices_and_no_more() {
    let server = TestServer::start().await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    for name in ["second", "third", "fourth", "fifth"] {
        let admission = code(&server, json!({"token_id": jean.token_id})).await;
        Phone::enrol_as(&server, &jean, Enrolling::new(name).admitted(admission))
            .await
            .unwrap();
    }
    let sixth = Enrolling::new("sixth").admitted(code(&server, json!({"token_id": jean.token_id})).await);
    Phone::enrol_as(&server, &jean, sixth)
        .await
        .unwrap_err()
        .expect_problem(409, "device_limit");
    phone.send(Method::DELETE, "/enroll/third", "").await.expect(204);
    let sixth = Enrolling::new("sixth").admitted(code(&server, json!({"token_id": jean.token_id})).await);
    Phone::enrol_as(&server, &jean, sixth).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn enrolments_are_counted_by_hour_and_address() {
    let server = TestServer::start_with(|config| config.limits.enroll_per_hour = 5).await;
    for _ in 0..5 {
        Phone::enrol(&server, &server.issue(Invented::jean())).await;
    }
    let refused = Phone::enrol_as(&server, &server.issue(Invented::jean()), Enrolling::new("phone"))
        .await
        .unwrap_err();
    refused.expect_problem(429, "rate_limited");
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=3600).contains(&wait), "{wait}");
    server.clock.advance(3601);
    Phone::enrol(&server, &server.issue(Invented::jean())).await;
}
