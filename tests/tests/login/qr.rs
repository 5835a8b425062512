//! Profile 7: a QR for attributes without an account, and a QR for a login.

use idp_authenticator::PendingRequest;
use serde_json::{Value, json};
use tests::{Browser, Call, Invented, Login, Phone, Registered, Registration, TestServer, token};

/// Shows a QR; answers it with what is waited for.
async fn show(server: &TestServer, service: &Registered, purpose: &str) -> (Login, String) {
    let body = json!({"serviceId": service.id, "scopes": ["identity:name", "identity:age_over_18"], "purpose": purpose});
    let answer = service
        .send(server, Call::post("/identity/initiate", &body))
        .await;
    let shown = answer.expect(200);
    assert!(shown["qrSvg"].as_str().unwrap().contains("<svg"));
    (Login::of(&answer), shown["qr"].as_str().unwrap().to_owned())
}

/// The claimed session with the code that the service's screen shows.
async fn scan(browser: &mut Browser, phone: &Phone, qr: &str) -> PendingRequest {
    let claimed = phone.claim(qr).await;
    claimed.expect(200);
    let request = PendingRequest::parse(&claimed.body).unwrap();
    let shown = browser.expect("otp_ready").await;
    assert_eq!(claimed.json()["otp"], shown["autoPassword"]);
    request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verification_names_nobody() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let mut subjects = Vec::new();
    for _ in 0..2 {
        let (login, qr) = show(&server, &service, "verify").await;
        let mut browser = Browser::open(&server, &login).await;
        assert_eq!(browser.expect("qr_refresh").await["qr"], qr.as_str());
        let request = scan(&mut browser, &phone, &qr).await;
        phone.approve(&request).await.expect(200);
        let approved = browser.expect("approved").await;
        let token = token::check_result(&server, &service, &login, &approved).await;
        assert_eq!(token.claim("name"), "Jean Dupont");
        assert_eq!(token.claim("sub"), token.nested("tokenId"));
        let all = Value::Object(token.claims.clone()).to_string();
        assert!(
            !all.contains(jean.token_id.as_str()),
            "the tokenId stands in the token"
        );
        subjects.push(token.claim("sub").clone());
    }
    assert_ne!(
        subjects[0], subjects[1],
        "each verification has a subject of its own"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_qr_login_has_the_services_usual_subject() {
    let server = TestServer::start().await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    for kind in ["public", "pairwise"] {
        let service = Registration::public()
            .with("subjectType", json!(kind))
            .register(&server)
            .await;
        let (login, qr) = show(&server, &service, "login").await;
        let mut browser = Browser::open(&server, &login).await;
        browser.expect("qr_refresh").await;
        let request = scan(&mut browser, &phone, &qr).await;
        phone.approve(&request).await.expect(200);
        let approved = browser.expect("approved").await;
        let scanned = token::check_result(&server, &service, &login, &approved).await;
        let login = service.initiate(&server, jean.token_id.as_str()).await;
        phone.approve(&phone.only().await).await.expect(200);
        let approved = Browser::open(&server, &login).await.expect("approved").await;
        let asked = token::check_result(&server, &service, &login, &approved).await;
        assert_eq!(scanned.claim("sub"), asked.claim("sub"));
        assert_eq!(kind == "public", scanned.claim("sub") == jean.token_id.as_str());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photographed_qr_goes_stale_and_a_claimed_one_is_taken() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let (jean, amelie) = (server.issue(Invented::jean()), server.issue(Invented::amelie()));
    let (phone, other) = (
        Phone::enrol(&server, &jean).await,
        Phone::enrol(&server, &amelie).await,
    );
    let (login, qr) = show(&server, &service, "verify").await;
    server.clock.advance(61);
    phone.claim(&qr).await.expect_problem(404, "session_not_found");
    let mut browser = Browser::open(&server, &login).await;
    let fresh = browser.expect("qr_refresh").await["qr"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(fresh, qr);
    let request = scan(&mut browser, &phone, &fresh).await;
    other.claim(&fresh).await.expect_problem(404, "session_not_found");
    phone.approve(&request).await.expect(200);

    let (login, qr) = show(&server, &service, "verify").await;
    server.clock.advance(181);
    phone.claim(&qr).await.expect_problem(404, "session_not_found");
    let mut browser = Browser::open(&server, &login).await;
    browser.expect("expired").await;
    browser.expect_close(4008).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_claims_for_somebody_else() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let (jean, amelie) = (server.issue(Invented::jean()), server.issue(Invented::amelie()));
    let phone = Phone::enrol(&server, &jean).await;
    let (login, qr) = show(&server, &service, "login").await;
    let rendezvous = qr.split_once('#').unwrap().1;
    let body = json!({"sessionId": login.session_id, "rendezvous": rendezvous, "tokenId": amelie.token_id})
        .to_string();
    let refused = phone.send(http::Method::POST, "/identity/claim", &body).await;
    refused.expect_problem(400, "invalid_request");
    let unsigned = server
        .send(Call::new(http::Method::POST, "/identity/claim").text(body))
        .await;
    unsigned.expect_problem(401, "invalid_signature");
    phone.claim(&qr).await.expect(200);
}
