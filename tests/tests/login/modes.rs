//! Profile 4.1: what each matching mode shows to whom.

use http::Method;
use idp_authenticator::approval::Matching;
use idp_authenticator::push::PushChannel;
use idp_authenticator::{Admission, CodeAnswer, PushRegistration};
use idp_push::PushMessage;
use serde_json::{Value, json};
use tests::{Browser, Enrolling, Invented, Phone, Registration, TestServer, token};

/// A server, and a phone that gets pushes.
async fn pushed() -> (TestServer, Phone) {
    let server = TestServer::start().await;
    let jean = server.issue(Invented::jean());
    let push = PushRegistration {
        channel: PushChannel::Fcm {
            token: "device-token".into(),
        },
        encryption_key: None,
    };
    let enrolling = Enrolling {
        push: Some(push),
        ..Enrolling::new("phone")
    }
    .admitted(Admission::Open);
    let phone = Phone::enrol_as(&server, &jean, enrolling).await.unwrap();
    (server, phone)
}

/// The code in the last push, where there is one.
fn pushed_code(server: &TestServer) -> Option<String> {
    match server.pushes.sent().pop().expect("a push") {
        (_, PushMessage::Clear(body)) => body.otp,
        (_, PushMessage::Encrypted(_)) => panic!("the device gave no key"),
    }
}

/// The one waiting session as the server wrote it.
async fn waiting(phone: &Phone) -> Value {
    let answer = phone
        .send(Method::GET, "/auth/pending?wait=20", "")
        .await
        .expect(200);
    answer["sessions"][0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_mode_compare_the_code_travels_to_the_phone() {
    let (server, phone) = pushed().await;
    let service = Registration::public().register(&server).await;
    let login = service
        .initiate(&server, phone.wallet.identity().token_id.as_str())
        .await;
    let session = waiting(&phone).await;
    assert_eq!(
        (session["mode"].as_str(), session["otp"].as_str()),
        (Some("compare"), Some(login.code.as_str()))
    );
    phone.approve(&phone.only().await).await.expect(200);
    assert_eq!(pushed_code(&server), Some(login.code));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_mode_transfer_the_code_is_only_in_the_browser() {
    let (server, phone) = pushed().await;
    let service = Registration::public()
        .with("matchingMode", json!("transfer"))
        .register(&server)
        .await;
    let login = service
        .initiate(&server, phone.wallet.identity().token_id.as_str())
        .await;
    let session = waiting(&phone).await;
    assert_eq!(session["mode"], "transfer");
    assert!(
        !session.to_string().contains(&login.code),
        "the code stands in {session}"
    );
    let request = phone.only().await;
    assert_eq!(request.matching, Matching::Transfer);
    phone.approve_with(&request, &login.code).await.expect(200);
    assert_eq!(pushed_code(&server), None);
    let approved = Browser::open(&server, &login).await.expect("approved").await;
    let token = token::check_result(&server, &service, &login, &approved).await;
    assert_eq!(token.claim("aal"), "aal2");
    assert_eq!(token.claim("amr"), &json!(["mca", "swk", "user", "otp", "face"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_mode_choose_one_of_three_is_right_and_one_wrong_choice_ends_it() {
    let (server, phone) = pushed().await;
    let service = Registration::public()
        .with("matchingMode", json!("choose"))
        .register(&server)
        .await;
    let token_id = phone.wallet.identity().token_id.clone();

    let login = service.initiate(&server, token_id.as_str()).await;
    let session = waiting(&phone).await;
    assert!(session.get("otp").is_none(), "{session}");
    let choices: Vec<&str> = session["choices"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(choices.iter().filter(|choice| **choice == login.code).count(), 1);
    assert_eq!(choices.len(), 3);
    phone
        .approve_with(&phone.only().await, &login.code)
        .await
        .expect(200);
    Browser::open(&server, &login).await.expect("approved").await;
    assert_eq!(pushed_code(&server), None);

    let login = service.initiate(&server, token_id.as_str()).await;
    let request = phone.only().await;
    let Matching::Choose { choices } = &request.matching else {
        panic!("{:?}", request.matching)
    };
    let wrong = choices
        .iter()
        .find(|choice| choice.reveal() != login.code)
        .unwrap();
    let body = phone
        .approval(&request, CodeAnswer::Entered(wrong.clone()), &[])
        .unwrap();
    let refused = phone.verify(&body).await.expect_problem(401, "invalid_otp");
    assert_eq!(refused["attemptsLeft"], 0);
    let mut browser = Browser::open(&server, &login).await;
    assert_eq!(browser.expect("rejected").await["reason"], "Invalid OTP");
    browser.expect_close(1000).await;
    phone
        .approve_with(&request, &login.code)
        .await
        .expect_problem(404, "session_not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_may_raise_the_mode_and_never_lower_it() {
    let (server, phone) = pushed().await;
    let token_id = phone.wallet.identity().token_id.clone();
    let compare = Registration::public().register(&server).await;
    compare
        .try_initiate(&server, token_id.as_str(), json!({"otpMode": "transfer"}))
        .await
        .expect(200);
    assert_eq!(waiting(&phone).await["mode"], "transfer");
    let transfer = Registration::public()
        .with("matchingMode", json!("transfer"))
        .register(&server)
        .await;
    for lower in ["compare", "choose"] {
        let refused = transfer
            .try_initiate(&server, token_id.as_str(), json!({"otpMode": lower}))
            .await;
        refused.expect_problem(400, "invalid_otp_mode");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_with_a_key_gets_pushes_that_only_it_can_read() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let jean = server.issue(Invented::jean());
    let key = idp_authenticator::EncryptionKey::from_random(&tests::random()).unwrap();
    let push = PushRegistration {
        channel: PushChannel::Fcm {
            token: "device-token".into(),
        },
        encryption_key: Some(key.public_key().clone()),
    };
    let enrolling = Enrolling {
        push: Some(push),
        ..Enrolling::new("phone")
    };
    let phone = Phone::enrol_as(&server, &jean, enrolling).await.unwrap();
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    phone.approve(&phone.only().await).await.expect(200);
    let Some((_, PushMessage::Encrypted(message))) = server.pushes.sent().pop() else {
        panic!("an encrypted push")
    };
    let read = idp_authenticator::PushMessage::decrypt(&message, &key).unwrap();
    assert_eq!(
        (read.session_id.as_str(), read.code.unwrap().reveal()),
        (login.session_id.as_str(), login.code.as_str())
    );
    let stranger = idp_authenticator::EncryptionKey::from_random(&tests::random()).unwrap();
    assert!(idp_authenticator::PushMessage::decrypt(&message, &stranger).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn otp_ready_is_masked_where_the_policy_says_so() {
    let server = TestServer::start_with(|config| config.websocket.mask_otp = true).await;
    let service = Registration::public().register(&server).await;
    let login = service.initiate(&server, "nobody").await;
    let shown = Browser::open(&server, &login).await.expect("otp_ready").await;
    assert_eq!(shown["autoPassword"], format!("{}**", &login.code[..4]));
}
