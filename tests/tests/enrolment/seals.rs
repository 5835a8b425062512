//! Profile 3: which seals are refused, each by its reason; what a revocation list does to those who are enrolled.

use http::Method;
use idp_server::clock::Clock as _;
use idp_server::scheme::Scheme;
use idp_types::{CivilDate, ServiceId, TrustLevel};
use idp_vds::{Carrier, Content, Seal, Service, ServicePayload, decode_text, encode_text};
use serde_json::{Value, json};
use tests::{Browser, Call, Enrolling, Holder, Invented, Phone, Registration, TestServer, token};

/// Enrols with a seal as text, key and proof aside: the seal is looked at before them.
async fn refused(server: &TestServer, seal: &str) -> Value {
    let mut body =
        Phone::enrolment_body(server, &server.issue(Invented::jean()), &Enrolling::new("phone")).await;
    body["vdsData"] = json!(seal);
    let problem = server
        .send(Call::post("/enroll", &body))
        .await
        .expect_problem(400, "invalid_seal");
    problem["reason"].clone()
}

fn text(seal: &Seal) -> String {
    encode_text(Carrier::Base32, seal)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_has_its_word() {
    let server = TestServer::start().await;
    for malformed in ["", "nonsense", "DE02", &"A".repeat(20_000)] {
        assert_eq!(refused(&server, malformed).await, "malformed", "{malformed:.20}");
    }
    let holder = server.issue(Invented::jean());
    let bytes = decode_text(&holder.seal).unwrap().as_bytes().to_vec();
    let mut cut = bytes.clone();
    cut.truncate(40);
    assert_eq!(
        refused(&server, &data_encoding::BASE64.encode(&cut)).await,
        "malformed"
    );
    let mut changed = bytes;
    let place = changed.windows(6).position(|window| window == b"Dupont").unwrap();
    changed[place] = b'L';
    assert_eq!(
        refused(&server, &data_encoding::BASE64.encode(&changed)).await,
        "bad_signature"
    );

    let expired = server.issue(Invented {
        expires: "2026-01-01".into(),
        ..Invented::jean()
    });
    assert_eq!(refused(&server, &expired.seal).await, "expired");
    let ahead = server.now().plus_seconds(900);
    let early = server.scheme().issue(&Invented::jean().content(), ahead).unwrap();
    assert_eq!(refused(&server, &text(&early)).await, "not_yet_valid");
    assert_eq!(
        refused(&server, &text(&of_a_service(&server))).await,
        "wrong_manifest"
    );
    assert_eq!(
        refused(&server, &text(&of_another_scheme(&server))).await,
        "unknown_issuer"
    );
}

fn of_a_service(server: &TestServer) -> Seal {
    let payload = ServicePayload::new(Service {
        service_id: ServiceId::parse("bar").unwrap(),
        name: "Bar".into(),
        url: "https://bar.example".into(),
        logo: None,
        scopes: Vec::new(),
        privacy: None,
        expires: CivilDate::parse("2031-12-31").unwrap(),
    });
    server
        .scheme()
        .issue(&Content::Service(payload.unwrap()), server.now())
        .unwrap()
}

fn of_another_scheme(server: &TestServer) -> Seal {
    let directory = tempfile::tempdir().unwrap();
    let names = tests::server::names("Somebody else", "ELS");
    let mut other = Scheme::init(directory.path(), names, server.clock.now()).unwrap();
    other.replace_certificate(TrustLevel::High, server.now()).unwrap();
    other.issue(&Invented::jean().content(), server.now()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_seal_and_a_revoked_certificate_admit_nobody() {
    let server = TestServer::start().await;
    let (jean, amelie) = (server.issue(Invented::jean()), server.issue(Invented::amelie()));
    server.scheme().revoke_seal(jean.fingerprint);
    server.publish_lists().await;
    assert_eq!(refused(&server, &jean.seal).await, "revoked_seal");
    Phone::enrol(&server, &amelie).await;

    let old = server.issue(Invented::jean());
    let now = server.now();
    server
        .scheme()
        .replace_certificate(TrustLevel::Substantial, now)
        .unwrap();
    server.publish_lists().await;
    assert_eq!(refused(&server, &old.seal).await, "revoked_certificate");
    let new = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &new).await;
    let devices = phone.send(Method::GET, "/enroll/devices", "").await.expect(200);
    assert_eq!(devices.pointer("/devices/0/trustLevel"), Some(&json!(2)));
}

async fn log_in(server: &TestServer, phone: &Phone) -> token::Token {
    let service = Registration::public().register(server).await;
    let login = service
        .initiate(server, phone.wallet.identity().token_id.as_str())
        .await;
    phone.approve(&phone.only().await).await.expect(200);
    let approved = Browser::open(server, &login).await.expect("approved").await;
    token::check_result(server, &service, &login, &approved).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refreshed_list_revokes_those_who_are_enrolled() {
    let server = TestServer::start().await;
    let holders: Vec<Holder> = (0..3).map(|_| server.issue(Invented::jean())).collect();
    let mut phones = Vec::new();
    for holder in &holders {
        phones.push(Phone::enrol(&server, holder).await);
    }
    let service = Registration::public().register(&server).await;
    let token = log_in(&server, &phones[0]).await;
    let waiting = service.initiate(&server, holders[0].token_id.as_str()).await;
    let mut browser = Browser::open(&server, &waiting).await;
    browser.expect("otp_ready").await;
    server.scheme().revoke_seal(holders[0].fingerprint);
    server.scheme().revoke_token(holders[1].token_id.clone());
    server.publish_lists().await;

    for gone in &phones[..2] {
        gone.send(Method::GET, "/auth/pending", "")
            .await
            .expect_problem(401, "device_not_active");
    }
    phones[2].send(Method::GET, "/auth/pending", "").await.expect(200);
    assert!(token::is_revoked(&server, &token).await);
    assert_eq!(browser.expect("rejected").await["reason"], "User rejected");
    let found = server
        .administer(Call::get("/admin/audit?event=REVOKE"))
        .await
        .expect(200);
    assert_eq!(found["total"], 2);
    // A new seal for the same tokenId, and a code: the holder is back.
    let again = server.issue(Invented {
        expires: "2032-12-31".into(),
        ..holders[0].person.clone()
    });
    let admission = super::code(&server, json!({"token_id": again.token_id})).await;
    Phone::enrol_as(&server, &again, Enrolling::new("new-phone").admitted(admission))
        .await
        .unwrap();
}

/// Profile 3: `exp` at every approval, not only at enrolment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_seal_approves_nothing() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let tomorrow = server.now().plus_seconds(86_400).civil_date().to_string();
    let holder = server.issue(Invented {
        expires: tomorrow,
        ..Invented::jean()
    });
    let phone = Phone::enrol(&server, &holder).await;
    log_in(&server, &phone).await;
    server.clock.advance(3 * 86_400);
    let silent = service.initiate(&server, holder.token_id.as_str()).await;
    phone
        .send(Method::GET, "/auth/pending", "")
        .await
        .expect_problem(401, "device_not_active");
    Browser::open(&server, &silent).await.expect("otp_ready").await;
}

/// Profile 3: lists fail closed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stale_lists_admit_nobody_and_old_ones_do_not_come_back() {
    let server = TestServer::start().await;
    let holder = server.issue(Invented {
        expires: "2036-01-01".into(),
        ..Invented::jean()
    });
    server.clock.advance(40 * 86_400);
    let body = Phone::enrolment_body(&server, &holder, &Enrolling::new("phone")).await;
    let problem = server
        .send(Call::post("/enroll", &body))
        .await
        .expect_problem(400, "invalid_seal");
    assert_eq!(problem["reason"], "unknown_issuer");
    let health = server.send(Call::get("/health/live")).await;
    health.expect(200);
    server.publish_lists().await;
    Phone::enrol(&server, &holder).await;
}
