//! Profile 2, what an enrolled device may change; profile 1.1, its credential.

use http::Method;
use idp_push::PushMessage;
use serde_json::json;
use tests::{Call, Enrolling, Invented, Phone, Registration, TestServer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pushes_go_where_the_device_says() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let first = service.initiate(&server, jean.token_id.as_str()).await;
    phone.approve(&phone.only().await).await.expect(200);
    assert!(
        server.pushes.sent().is_empty(),
        "a phone without an address asks by itself"
    );

    let body = json!({"push": {"type": "fcm", "token": "new-token"}}).to_string();
    phone.send(Method::PUT, "/enroll/push", &body).await.expect(204);
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    phone.approve(&phone.only().await).await.expect(200);
    let sent = server.pushes.sent();
    assert_eq!(sent.len(), 1);
    let (address, PushMessage::Clear(message)) = &sent[0] else {
        panic!("in the clear")
    };
    assert!(format!("{address:?}").contains("Fcm"));
    assert_eq!(message.session_id, login.session_id);
    assert_ne!(message.session_id, first.session_id);

    for refused in [
        json!({"push": {"type": "webpush", "endpoint": "https://127.0.0.1/x", "p256dh": "AA", "auth": "AA"}}),
        json!({"push": {"type": "apns", "token": "../../x"}}),
        json!({"push": {"type": "fcm", "token": "a"}, "fcmToken": "b"}),
    ] {
        phone
            .send(Method::PUT, "/enroll/push", &refused.to_string())
            .await
            .expect_problem(400, "invalid_push");
    }
    phone.send(Method::PUT, "/enroll/push", "{}").await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_sees_and_removes_devices() {
    let server = TestServer::start().await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let tablet = phone.enrol_further(&server, &jean, "tablet").await;
    let listed = phone.send(Method::GET, "/enroll/devices", "").await.expect(200);
    let row = |index: usize| listed["devices"][index].clone();
    assert_eq!(
        (row(0)["deviceId"].as_str(), row(0)["current"].as_bool()),
        (Some("phone"), Some(true))
    );
    assert_eq!(
        (row(1)["deviceId"].as_str(), row(1)["current"].as_bool()),
        (Some("tablet"), Some(false))
    );
    assert_eq!(
        (row(0)["trustLevel"].as_u64(), row(0)["revoked"].as_bool()),
        (Some(3), Some(false))
    );

    phone
        .send(Method::DELETE, "/enroll/unheard-of", "")
        .await
        .expect_problem(404, "not_found");
    phone.send(Method::DELETE, "/enroll/tablet", "").await.expect(204);
    tablet
        .send(Method::GET, "/auth/pending", "")
        .await
        .expect_problem(401, "device_not_active");
    phone.send(Method::GET, "/auth/pending", "").await.expect(200);
    let other = Phone::enrol(&server, &server.issue(Invented::jean())).await;
    other
        .send(Method::DELETE, "/enroll/tablet", "")
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_credential_is_issued_again_for_the_same_seal() {
    let server = TestServer::start().await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let body = |seal: &str| json!({"vdsData": seal}).to_string();
    let renewed = phone
        .send(Method::POST, "/enroll/credential", &body(&jean.seal))
        .await
        .expect(200);
    let credential =
        idp_authenticator::EnrolmentCredential::parse(renewed["enrolmentCredential"].as_str().unwrap())
            .unwrap();
    assert_eq!(credential.token_id(), &jean.token_id);
    assert_eq!(credential.fingerprint(), jean.fingerprint);
    let newer = server.issue(Invented {
        expires: "2032-12-31".into(),
        ..jean.person.clone()
    });
    phone
        .send(Method::POST, "/enroll/credential", &body(&newer.seal))
        .await
        .expect_problem(409, "conflict");
    let refused = phone
        .send(Method::POST, "/enroll/credential", &body("nonsense"))
        .await;
    assert_eq!(refused.expect_problem(400, "invalid_seal")["reason"], "malformed");
}

/// Profile 2, `vdsData`: every text form, detected without ambiguity.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seal_is_read_in_every_carrier() {
    use idp_vds::{Carrier, decode_text, encode_text};
    let server = TestServer::start().await;
    for index in 0..7 {
        let mut holder = server.issue(Invented::jean());
        let seal = decode_text(&holder.seal).unwrap();
        holder.seal = match index {
            0 => encode_text(Carrier::Base45, &seal),
            1 => data_encoding::BASE64.encode(seal.as_bytes()),
            2 => data_encoding::BASE64URL_NOPAD.encode(seal.as_bytes()),
            3 => data_encoding::HEXLOWER.encode(seal.as_bytes()),
            4 => format!("https://seal.example/vds#{}", holder.seal),
            5 => format!("vds://{}", holder.seal),
            _ => format!("HC1:{}", encode_text(Carrier::Base45, &seal)),
        };
        let enrolled = Phone::enrol_as(&server, &holder, Enrolling::new("phone")).await;
        assert!(enrolled.is_ok(), "form {index}: {}", holder.seal);
    }
    let short = server
        .send(Call::post(
            "/enroll",
            &json!({"vdsData": "", "publicKeyPem": "", "deviceId": "d"}),
        ))
        .await;
    assert!(short.status.is_client_error());
}
