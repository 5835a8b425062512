//! Profile 4.1, 4.3, 4.5, 4.6, 5 and 6: asked, compared, partly granted, delivered, verified.

use idp_authenticator::approval::Matching;
use idp_jose::Algorithm;
use serde_json::{Value, json};
use tests::{Browser, Frame, Invented, Phone, Registration, TestServer, token};

const ASKED: [&str; 4] = [
    "identity:name",
    "identity:date_of_birth",
    "identity:nationality",
    "identity:age_over_18",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_delivers_what_was_granted_and_nothing_else() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;

    let login = service
        .initiate_for(&server, jean.token_id.as_str(), &ASKED)
        .await;
    let mut browser = Browser::open(&server, &login).await;
    let shown = browser.expect("otp_ready").await;
    assert_eq!(shown["autoPassword"], login.code.as_str());

    let request = phone.only().await;
    let Matching::Compare { code } = &request.matching else {
        panic!("{:?}", request.matching)
    };
    assert_eq!(code.reveal(), login.code, "both screens show the same code");
    assert_eq!(request.service.name.as_str(), "Bar Le Central");
    assert!(request.service.verified);
    let answer = phone.approve_except(&request, &["identity:date_of_birth"]).await;
    answer.expect(200);
    assert!(
        answer.json().get("jwt").is_none(),
        "the token never goes to the phone"
    );

    let approved = browser.expect("approved").await;
    browser.expect_close(1000).await;
    let token = token::check_result(&server, &service, &login, &approved).await;
    check_header_and_frame(&server, &token, (&service.id, &login.session_id, &login.random));
    check_claims(&token, jean.token_id.as_str());
}

/// Profile 5, the claims that say who issued what to whom.
fn check_header_and_frame(
    server: &TestServer,
    token: &token::Token,
    (service, session, random): (&str, &str, &str),
) {
    assert_eq!(token.header.alg, Algorithm::Es256);
    assert_eq!(token.header.typ.as_deref(), Some("idtoken+jwt"));
    let now = server.now().unix_seconds();
    let number = |name: &str| token.claim(name).as_i64().unwrap();
    assert_eq!(token.claim("iss"), server.issuer.as_str());
    assert_eq!(token.claim("aud"), service);
    assert_eq!(token.claim("sid"), session);
    assert_eq!(token.claim("nonce"), random);
    assert!(
        (now - 60..=now).contains(&number("iat")),
        "{} at {now}",
        number("iat")
    );
    assert_eq!(
        (number("nbf"), number("auth_time")),
        (number("iat"), number("iat"))
    );
    assert_eq!(number("exp") - number("iat"), 3600);
    assert!(!token.claim("jti").as_str().unwrap().is_empty());
    assert_eq!(token.claim("acr"), "urn:idtokenseal:acr:face-oob-high");
    assert_eq!(token.claim("aal"), "aal1");
    assert_eq!(token.claim("amr"), &json!(["mca", "swk", "user", "face"]));
}

/// Profile 6: nested and flat, and a denied claim nowhere.
fn check_claims(token: &token::Token, token_id: &str) {
    assert_eq!(
        token.claim("scope"),
        "identity:name identity:nationality identity:age_over_18"
    );
    assert_eq!(
        (token.claim("sub"), token.nested("tokenId")),
        (&json!(token_id), &json!(token_id))
    );
    assert_eq!(token.claim("given_name"), "Jean");
    assert_eq!(token.claim("family_name"), "Dupont");
    assert_eq!(token.claim("name"), "Jean Dupont");
    assert_eq!(token.claim("nationality"), "FRA");
    assert_eq!(token.claim("age_over_18"), true);
    assert_eq!(
        (token.nested("givenName"), token.nested("familyName")),
        (&json!("Jean"), &json!("Dupont"))
    );
    assert_eq!(
        (token.nested("age_over_18"), token.nested("ageOver18")),
        (&json!(true), &json!(true))
    );
    let all = Value::Object(token.claims.clone()).to_string();
    for denied in [
        "birthdate",
        "dateOfBirth",
        "1985",
        "document",
        "12AB34567",
        "picture",
    ] {
        assert!(!all.contains(denied), "{denied} stands in the token");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_socket_gets_the_result_until_its_time_is_over() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    phone.approve(&phone.only().await).await.expect(200);

    let mut late = Browser::open(&server, &login).await;
    let first = late.expect("approved").await;
    late.expect_close(1000).await;
    let mut again = Browser::open_by_query(&server, &login).await;
    assert_eq!(
        again.expect("approved").await,
        first,
        "a reconnect gets the same result"
    );
    token::check_result(&server, &service, &login, &first).await;

    server.clock.advance(180);
    let mut too_late = Browser::open(&server, &login).await;
    assert_eq!(too_late.next().await, Frame::Closed(4004));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_needs_its_token_and_gives_way_to_a_newer_one() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let login = service.initiate(&server, "nobody").await;
    Browser::connect(&server, &login.session_id, "wrong")
        .await
        .expect_close(4001)
        .await;
    Browser::connect(&server, "sess_unknown", &login.ws_token)
        .await
        .expect_close(4001)
        .await;
    let mut first = Browser::open(&server, &login).await;
    first.expect("otp_ready").await;
    let mut second = Browser::open(&server, &login).await;
    second.expect("otp_ready").await;
    first.expect_close(4009).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_bytes_again_get_the_same_answer() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    service.initiate(&server, jean.token_id.as_str()).await;
    let request = phone.only().await;
    let body = phone
        .approval(&request, idp_authenticator::CodeAnswer::Compared, &[])
        .unwrap();
    let first = phone.verify(&body).await.expect(200);
    assert_eq!(phone.verify(&body).await.expect(200), first);
    let other = phone.approve_except(&request, &["identity:name"]).await;
    other.expect_problem(404, "session_not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_granted_is_an_answer_and_a_minor_is_not_yet_18() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let amelie = server.issue(Invented::amelie());
    let phone = Phone::enrol(&server, &amelie).await;
    let login = service
        .initiate_for(&server, amelie.token_id.as_str(), &["identity:age_over_18"])
        .await;
    phone.approve(&phone.only().await).await.expect(200);
    let approved = Browser::open(&server, &login).await.expect("approved").await;
    let token = token::check_result(&server, &service, &login, &approved).await;
    assert_eq!(token.claim("age_over_18"), false);
    let all = Value::Object(token.claims).to_string();
    assert!(
        !all.contains("2015"),
        "the source of a derived claim stays behind"
    );

    let login = service.initiate(&server, amelie.token_id.as_str()).await;
    let request = phone.only().await;
    phone
        .approve_except(&request, &["identity:name", "identity:age_over_18"])
        .await
        .expect(200);
    let approved = Browser::open(&server, &login).await.expect("approved").await;
    let token = token::check_result(&server, &service, &login, &approved).await;
    assert_eq!(token.claim("scope"), "");
    assert_eq!(token.claim("name"), &Value::Null);
    assert_eq!(token.claim("sub"), amelie.token_id.as_str());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_face_is_claimed_where_nobody_vouches_for_one() {
    let server = TestServer::start_with(|config| config.enrolment.policy.face_vouched = false).await;
    let service = Registration::public()
        .with("matchingMode", json!("transfer"))
        .register(&server)
        .await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    phone
        .approve_with(&phone.only().await, &login.code)
        .await
        .expect(200);
    let approved = Browser::open(&server, &login).await.expect("approved").await;
    let token = token::check_result(&server, &service, &login, &approved).await;
    assert_eq!(token.claim("acr"), "urn:idtokenseal:acr:oob-high");
    assert_eq!(token.claim("aal"), "aal2");
    assert_eq!(token.claim("amr"), &json!(["mca", "swk", "user", "otp"]));
}
