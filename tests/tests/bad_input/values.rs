//! Keys, seals, scopes, times and services that are none.

use serde_json::{Value, json};
use tests::{Call, Enrolling, Invented, Phone, Registration, TestServer};

use super::{MARK, fault, written};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_and_seals_are_refused_by_their_own_codes() {
    let server = TestServer::start().await;
    let holder = server.issue(Invented::jean());
    let good = Phone::enrolment_body(&server, &holder, &Enrolling::new("phone")).await;
    let key = good["publicKeyPem"].as_str().unwrap();
    let body = key
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect::<String>();
    let other_curve = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
    for pem in [
        MARK,
        "",
        &body,
        &key.replace("PUBLIC", "PRIVATE"),
        &key.replacen('M', "N", 1),
        &key.repeat(2),
        other_curve,
        &format!("{key}{MARK}"),
        &"-".repeat(20_000),
    ] {
        let mut body = good.clone();
        body["publicKeyPem"] = json!(pem);
        let answer = server.send(Call::post("/enroll", &body)).await;
        answer.expect_problem(400, "invalid_key");
        assert_eq!(fault(pem, &answer), None);
    }
    // Of the layout, with a portrait, and larger than 8 KiB.
    let header = idp_vds::decode_text(&holder.seal).unwrap().as_bytes()[..14].to_vec();
    let large = [header, vec![0x41; 8_200]].concat();
    for seal in [
        data_encoding::BASE64.encode(&large),
        data_encoding::HEXLOWER.encode(&large),
        MARK.to_owned(),
        MARK.repeat(3_000),
    ] {
        let mut body = good.clone();
        body["vdsData"] = json!(seal);
        let answer = server.send(Call::post("/enroll", &body)).await;
        assert_eq!(answer.expect_problem(400, "invalid_seal")["reason"], "malformed");
        assert_eq!(fault("seal", &answer), None);
    }
    let (holders, _, _) = written(&server).await;
    assert_eq!(holders, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scopes_are_of_the_catalogue() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    for scopes in [
        json!([MARK]),
        json!(["identity:everything"]),
        json!(["openid"]),
        json!(["identity:name "]),
        json!(["IDENTITY:NAME"]),
    ] {
        let answer = service
            .try_initiate(&server, "anybody", json!({"scopes": scopes}))
            .await;
        assert!(
            matches!(answer.code().as_str(), "invalid_scope" | "invalid_request"),
            "{}",
            answer.text()
        );
        assert_eq!(fault("scopes", &answer), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_and_grants_are_of_the_session() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
    service
        .initiate(&server, phone.wallet.identity().token_id.as_str())
        .await;
    let request = phone.only().await;
    let good: Value = serde_json::from_str(
        &phone
            .approval(&request, idp_authenticator::CodeAnswer::Compared, &[])
            .unwrap(),
    )
    .unwrap();
    for timestamp in [
        json!("2026-11-20T12:00:00Z"),
        json!(1.5),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(-1),
        json!(u64::MAX),
    ] {
        let mut body = good.clone();
        body["timestamp"] = timestamp.clone();
        let answer = phone.verify(&body.to_string()).await;
        assert_eq!(fault(&timestamp.to_string(), &answer), None);
    }
    for (member, value) in [
        ("grantedScopes", json!([MARK])),
        ("grantedScopes", json!(vec!["identity:name"; 100])),
        ("otp", json!("0".repeat(17))),
    ] {
        let mut body = good.clone();
        body[member] = value;
        assert_eq!(fault(member, &phone.verify(&body.to_string()).await), None);
    }
}

/// What an operator writes is checked as well (profile 4; `product.md` 8).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_are_checked_before_they_are_written() {
    let server = TestServer::start().await;
    let before = written(&server).await.1;
    for (member, value) in [
        ("serviceId", json!("a|b")),
        ("serviceId", json!("trusted")),
        ("name", json!("")),
        ("name", json!("a\u{1b}[2J")),
        ("url", json!("javascript:alert(1)")),
        ("logo", json!("data:text/html;base64,AAAA")),
        ("origins", json!(["https://a.example/"])),
        ("origins", json!(["*"])),
        ("origins", json!([])),
        ("allowedScopes", json!(["identity:everything"])),
        ("defaultScopes", json!(["identity:photo"])),
        ("matchingMode", json!("none")),
        ("callerAuthentication", json!("key")),
        ("subjectType", json!(1)),
        ("surprise", json!(MARK)),
    ] {
        let registration = Registration::public().with(member, value.clone());
        let answer = server
            .administer(Call::post("/admin/services", registration.body()))
            .await;
        assert_eq!(fault(&format!("{member} {value}"), &answer), None);
    }
    assert_eq!(written(&server).await.1, before);
}
