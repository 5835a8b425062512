//! Profile 2, `proof`: nobody enrols a key that is not his.

use http::Method;
use idp_authenticator::DeviceKey;
use serde_json::{Value, json};
use tests::{Call, Enrolling, Invented, Phone, TestServer, random};

use super::server_with;

async fn body(server: &TestServer) -> Value {
    let holder = server.issue(Invented::jean());
    Phone::enrolment_body(server, &holder, &Enrolling::new("phone")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_is_required_and_must_be_right() {
    let server = TestServer::start().await;
    let mut missing = body(&server).await;
    missing.as_object_mut().unwrap().remove("proof");
    server
        .send(Call::post("/enroll", &missing))
        .await
        .expect_problem(400, "invalid_proof");

    let mut wrong = body(&server).await;
    wrong["proof"]["signature"] = json!(idp_types::encoding::base64url(&[1; 64]));
    server
        .send(Call::post("/enroll", &wrong))
        .await
        .expect_problem(400, "invalid_proof");

    let mut other_device = body(&server).await;
    other_device["deviceId"] = json!("another-name");
    server
        .send(Call::post("/enroll", &other_device))
        .await
        .expect_problem(400, "invalid_proof");

    let mut other_seal = body(&server).await;
    other_seal["vdsData"] = json!(server.issue(Invented::jean()).seal);
    server
        .send(Call::post("/enroll", &other_seal))
        .await
        .expect_problem(400, "invalid_proof");

    let mut other_key = body(&server).await;
    other_key["publicKeyPem"] = body(&server).await["publicKeyPem"].clone();
    server
        .send(Call::post("/enroll", &other_key))
        .await
        .expect_problem(400, "invalid_proof");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_challenge_is_the_servers_fresh_and_used_once() {
    let server = TestServer::start().await;
    let good = body(&server).await;
    server.send(Call::post("/enroll", &good)).await.expect(200);
    server
        .send(Call::post("/enroll", &good))
        .await
        .expect_problem(400, "invalid_proof");

    let late = body(&server).await;
    server.clock.advance(301);
    server
        .send(Call::post("/enroll", &late))
        .await
        .expect_problem(400, "invalid_proof");

    let mut invented = body(&server).await;
    invented["proof"]["challenge"] = json!(idp_types::encoding::base64url(&[9; 32]));
    server
        .send(Call::post("/enroll", &invented))
        .await
        .expect_problem(400, "invalid_proof");

    let challenge = server
        .send(Call::new(Method::POST, "/enroll/challenge"))
        .await
        .expect(200);
    let bytes = idp_types::encoding::from_base64url(challenge["challenge"].as_str().unwrap()).unwrap();
    assert_eq!(bytes.len(), 32);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_it_is_optional_an_app_of_the_seeds_enrols_without() {
    let server = server_with("proof = \"optional\"").await;
    let mut seeds = body(&server).await;
    for newer in ["proof", "signedMessage"] {
        seeds.as_object_mut().unwrap().remove(newer);
    }
    seeds["fcmToken"] = json!("token-of-the-seeds");
    let enrolled = server.send(Call::post("/enroll", &seeds)).await.expect(200);
    assert_eq!(enrolled["enrolled"], true);
    let mut wrong = body(&server).await;
    wrong["proof"]["signature"] = json!(idp_types::encoding::base64url(&[1; 64]));
    server
        .send(Call::post("/enroll", &wrong))
        .await
        .expect_problem(400, "invalid_proof");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_replaced_by_its_predecessor_alone() {
    let server = TestServer::start().await;
    let holder = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &holder).await;
    let stranger = DeviceKey::from_random(&random()).unwrap();
    let forged = Enrolling {
        previous: Some(stranger),
        ..Enrolling::new("phone")
    };
    Phone::enrol_as(&server, &holder, forged)
        .await
        .unwrap_err()
        .expect_problem(400, "invalid_proof");
    Phone::enrol_as(&server, &holder, Enrolling::new("phone"))
        .await
        .unwrap_err()
        .expect_problem(403, "admission_required");

    let next = Enrolling {
        previous: Some(phone.wallet.key().clone()),
        ..Enrolling::new("phone")
    };
    let renewed = Phone::enrol_as(&server, &holder, next).await.unwrap();
    renewed.send(Method::GET, "/auth/pending", "").await.expect(200);
    phone
        .send(Method::GET, "/auth/pending", "")
        .await
        .expect_problem(401, "invalid_signature");
    let devices = renewed.send(Method::GET, "/enroll/devices", "").await.expect(200);
    assert_eq!(devices["devices"].as_array().unwrap().len(), 1);
}
