//! Profile 4.3: both signed forms, the seal in place of a presentation, several devices, supersession (profile 11).

use data_encoding::{BASE64, BASE64URL_NOPAD};
use http::Method;
use idp_authenticator::{CodeAnswer, DeviceSigner as _, PendingRequest, SignedMessage};
use serde_json::{Value, json};
use tests::{Browser, Call, Enrolling, Invented, Phone, Registration, TestServer, token};

/// ASN.1 DER of a raw signature, as platform key stores write it (RFC 3279 section 2.2.3).
fn der(raw: &[u8; 64]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(31);
        let mut value = bytes[start..].to_vec();
        if value[0] & 0x80 != 0 {
            value.insert(0, 0);
        }
        [&[2, u8::try_from(value.len()).unwrap()][..], &value].concat()
    };
    let body = [integer(&raw[..32]), integer(&raw[32..])].concat();
    [&[0x30, u8::try_from(body.len()).unwrap()][..], &body].concat()
}

/// The body that an app writes which was built from the seeds alone: first form, no deviceId, the seal itself.
fn seeds_body(phone: &Phone, request: &PendingRequest, (code, scopes): (&str, &[&str])) -> Value {
    let timestamp = phone.now().unix_seconds();
    let message = format!("{}|{code}|{timestamp}|{}", request.session_id, scopes.join(","));
    let signature = phone.wallet.key().sign(message.as_bytes());
    json!({
        "sessionId": request.session_id, "tokenId": phone.wallet.identity().token_id, "otp": code, "timestamp": timestamp,
        "grantedScopes": scopes, "signature": BASE64.encode(&der(&signature)), "vdsData": phone.wallet.seal(),
    })
}

async fn first_form(server: &TestServer) -> Phone {
    let jean = server.issue(Invented::jean());
    let enrolling = Enrolling {
        form: SignedMessage::First,
        ..Enrolling::new("phone")
    };
    Phone::enrol_as(server, &jean, enrolling).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_of_the_seeds_logs_in_with_the_first_form_and_its_seal() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let phone = first_form(&server).await;
    let token_id = phone.wallet.identity().token_id.clone();
    let login = service
        .initiate_for(&server, token_id.as_str(), &["identity:full"])
        .await;
    let request = phone.only().await;
    let body = seeds_body(&phone, &request, (&login.code, &["identity:full"]));
    phone.verify(&body.to_string()).await.expect(200);
    let approved = Browser::open(&server, &login).await.expect("approved").await;
    let token = token::check_result(&server, &service, &login, &approved).await;
    assert_eq!(token.claim("birthdate"), "1985-06-15");
    assert_eq!(token.claim("document_number"), "12AB34567");
    assert_eq!(token.claim("trust_level"), 3);
    let scopes =
        "identity:name identity:date_of_birth identity:nationality identity:document identity:trust_level";
    assert_eq!(token.claim("scope"), scopes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_form_takes_a_presentation_too() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let phone = first_form(&server).await;
    let login = service
        .initiate(&server, phone.wallet.identity().token_id.as_str())
        .await;
    phone.approve(&phone.only().await).await.expect(200);
    let approved = Browser::open(&server, &login).await.expect("approved").await;
    assert_eq!(
        token::check_result(&server, &service, &login, &approved)
            .await
            .claim("name"),
        "Jean Dupont"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_granted_and_not_shown_is_refused_by_name() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let phone = first_form(&server).await;
    let login = service
        .initiate(&server, phone.wallet.identity().token_id.as_str())
        .await;
    let request = phone.only().await;
    let mut body = seeds_body(&phone, &request, (&login.code, &["identity:name"]));
    body.as_object_mut().unwrap().remove("vdsData");
    let refused = phone
        .verify(&body.to_string())
        .await
        .expect_problem(400, "claims_not_presented");
    assert_eq!(refused["scope"], "identity:name");
    let beyond = seeds_body(&phone, &request, (&login.code, &["identity:document"]));
    phone
        .verify(&beyond.to_string())
        .await
        .expect_problem(400, "invalid_scope");
    let mut seal = seeds_body(&phone, &request, (&login.code, &["identity:name"]));
    seal["vdsData"] = json!(server.issue(Invented::amelie()).seal);
    phone
        .verify(&seal.to_string())
        .await
        .expect_problem(400, "invalid_presentation");
    let nothing = seeds_body(&phone, &request, (&login.code, &[]));
    phone.verify(&nothing.to_string()).await.expect(200);
    let approved = Browser::open(&server, &login).await.expect("approved").await;
    assert_eq!(
        token::check_result(&server, &service, &login, &approved)
            .await
            .claim("scope"),
        ""
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_of_the_second_form_cannot_be_talked_down_to_the_first() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    let request = phone.only().await;
    let body = seeds_body(&phone, &request, (&login.code, &["identity:name"]));
    let refused = phone
        .verify(&body.to_string())
        .await
        .expect_problem(401, "invalid_signature");
    assert_eq!(refused["attemptsLeft"], 2);
    phone.approve(&request).await.expect(200);
}

/// The signature covers the presentation: another one under the same signature is no approval (profile 4.3, second form).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_presentation_is_for_one_session_and_one_signature() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let phone = first_form(&server).await;
    let token_id = phone.wallet.identity().token_id.clone();
    service.initiate(&server, token_id.as_str()).await;
    let first = phone.only().await;
    let old: Value =
        serde_json::from_str(&phone.approval(&first, CodeAnswer::Compared, &[]).unwrap()).unwrap();
    phone.approve(&first).await.expect(200);
    service.initiate(&server, token_id.as_str()).await;
    let second = phone.only().await;
    let mut body: Value =
        serde_json::from_str(&phone.approval(&second, CodeAnswer::Compared, &[]).unwrap()).unwrap();
    body["presentation"] = old["presentation"].clone();
    phone
        .verify(&body.to_string())
        .await
        .expect_problem(400, "invalid_presentation");

    let other = server.issue(Invented::jean());
    let modern = Phone::enrol(&server, &other).await;
    service.initiate(&server, other.token_id.as_str()).await;
    let request = modern.only().await;
    let mut body: Value =
        serde_json::from_str(&modern.approval(&request, CodeAnswer::Compared, &[]).unwrap()).unwrap();
    let less: Value = serde_json::from_str(
        &modern
            .approval(&request, CodeAnswer::Compared, &["identity:name"])
            .unwrap(),
    )
    .unwrap();
    body["presentation"] = less["presentation"].clone();
    modern
        .verify(&body.to_string())
        .await
        .expect_problem(401, "invalid_signature");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_device_is_asked_and_the_first_approval_wins() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let jean = server.issue(Invented::jean());
    let first = Phone::enrol(&server, &jean).await;
    let second = first.enrol_further(&server, &jean, "tablet").await;
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    let (on_first, on_second) = (first.only().await, second.only().await);
    assert_eq!(on_first, on_second);
    second.approve(&on_second).await.expect(200);
    first
        .approve(&on_first)
        .await
        .expect_problem(404, "session_not_found");
    assert!(first.pending().await.is_empty());
    Browser::open(&server, &login).await.expect("approved").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_token_id_reaches_the_new_phone_and_keeps_its_subject() {
    let server = TestServer::start().await;
    let public = Registration::public().register(&server).await;
    let pairwise = Registration::public()
        .with("subjectType", json!("pairwise"))
        .register(&server)
        .await;
    let (old, new) = (server.issue(Invented::jean()), server.issue(Invented::jean()));
    let old_phone = Phone::enrol(&server, &old).await;
    let before = log_in(&server, &pairwise, (&old_phone, old.token_id.as_str())).await;

    let new_phone = Phone::enrol(&server, &new).await;
    old_phone
        .send(Method::DELETE, "/enroll/phone", "")
        .await
        .expect(204);
    let body = json!({"by": new.token_id, "old_seal": old.seal, "new_seal": new.seal});
    let call = Call::post(format!("/admin/enrollments/{}/supersede", old.token_id), &body);
    let done = server.administer(call).await.expect(200);
    assert_eq!(done["status"], "completed");

    for asked in [&old.token_id, &new.token_id] {
        let token = log_in(&server, &public, (&new_phone, asked.as_str())).await;
        assert_eq!(
            token.claim("sub"),
            old.token_id.as_str(),
            "the first of the chain"
        );
        let token = log_in(&server, &pairwise, (&new_phone, asked.as_str())).await;
        assert_eq!(token.claim("sub"), before.claim("sub"));
    }
    let enrolled = Phone::enrol_as(&server, &old, Enrolling::new("phone-3"))
        .await
        .unwrap_err();
    enrolled.expect_problem(409, "revoked");
}

async fn log_in(
    server: &TestServer,
    service: &tests::Registered,
    (phone, token_id): (&Phone, &str),
) -> token::Token {
    let login = service.initiate(server, token_id).await;
    phone.approve(&phone.only().await).await.expect(200);
    let approved = Browser::open(server, &login).await.expect("approved").await;
    token::check_result(server, service, &login, &approved).await
}

/// Profile 2: the signature covers method, path, query and body, and counts once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_request_is_good_for_one_use_and_one_target() {
    let server = TestServer::start().await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let call = phone.sign(&Method::GET, "/auth/pending", "");
    server.send(call.clone()).await.expect(200);
    server.send(call).await.expect_problem(401, "invalid_signature");
    let header = |call: &Call| format!("{call:?}");
    assert_ne!(
        header(&phone.sign(&Method::GET, "/auth/pending", "")),
        header(&phone.sign(&Method::GET, "/auth/pending", ""))
    );
    server.clock.advance(-31);
    let early = phone.sign(&Method::GET, "/auth/pending", "");
    server.clock.advance(62);
    server.send(early).await.expect_problem(401, "invalid_signature");
    assert_eq!(BASE64URL_NOPAD.decode(b"AA").unwrap(), [0]);
}
