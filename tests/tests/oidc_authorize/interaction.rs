//! The login page's backend: profile 4 (no oracle), 7 (QR), 8 (cookies).

use idp_authenticator::{CodeAnswer, DeclineReason};
use serde_json::json;
use tests::web::{location, parameters};
use tests::{Call, Invented, Phone, RelyingParty, TestServer, Web};

struct Setting {
    server: TestServer,
    party: RelyingParty,
    phone: Phone,
    web: Web,
    page: String,
}

impl Setting {
    async fn new() -> Self {
        let server = TestServer::start().await;
        let party = RelyingParty::register(&server).await;
        let jean = server.issue(Invented::jean());
        let phone = Phone::enrol(&server, &jean).await;
        let mut web = Web::new(&server);
        let page = web.begin(&party.authorize(&[])).await;
        Self {
            server,
            party,
            phone,
            web,
            page,
        }
    }

    fn token_id(&self) -> String {
        self.phone.wallet.identity().token_id.to_string()
    }

    async fn status(&mut self) -> serde_json::Value {
        self.web.open(&format!("{}/status", self.page)).await.expect(200)
    }

    async fn proceed(&mut self) -> String {
        location(&self.web.submit(&format!("{}/continue", self.page)).await)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_shows_who_asks_and_follows_the_login() {
    let mut jean = Setting::new().await;
    let page = jean.web.open(&jean.page.clone()).await;
    assert_eq!(page.status.as_u16(), 200, "{}", page.text());
    assert!(page.text().contains("Bar Le Central"));
    assert_eq!(jean.status().await["state"], "idle");
    let token_id = jean.token_id();
    let started = jean.web.start(&jean.page.clone(), &token_id).await;
    let waiting = jean.status().await;
    assert_eq!(
        (&waiting["state"], &waiting["code"]),
        (&json!("waiting"), &started["code"])
    );
    assert_eq!(jean.proceed().await, jean.page, "not yet");
    jean.phone.approve(&jean.phone.only().await).await.expect(200);
    assert_eq!(jean.status().await["state"], "approved");
    let first = jean.proceed().await;
    assert!(parameters(&first).contains_key("code"));
    assert_eq!(jean.proceed().await, first, "pressed twice, answered once");
    jean.server.clock.advance(120);
    let late = jean.web.submit(&format!("{}/continue", jean.page)).await;
    assert_eq!(late.status.as_u16(), 410);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_4_an_unknown_token_id_looks_the_same() {
    let mut jean = Setting::new().await;
    let known = jean.web.start(&jean.page.clone(), &jean.token_id()).await;
    let unknown = jean.web.start(&jean.page.clone(), "nobody").await;
    let names = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&known), names(&unknown));
    assert_eq!(jean.status().await["state"], "waiting");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_refusal_or_an_expiry_the_person_may_try_again_a_few_times() {
    let mut jean = Setting::new().await;
    let token_id = jean.token_id();
    jean.web.start(&jean.page.clone(), &token_id).await;
    let session = jean.phone.only().await.session_id.to_string();
    jean.phone
        .reject(&session, DeclineReason::Declined)
        .await
        .expect(200);
    let status = jean.status().await;
    assert_eq!(
        (&status["state"], &status["reason"]),
        (&json!("rejected"), &json!("User rejected"))
    );
    assert_eq!(jean.proceed().await, jean.page);

    jean.web.start(&jean.page.clone(), &token_id).await;
    jean.server.clock.advance(61);
    assert_eq!(jean.status().await["state"], "expired");

    jean.web.start(&jean.page.clone(), &token_id).await;
    jean.phone.approve(&jean.phone.only().await).await.expect(200);
    assert!(parameters(&jean.proceed().await).contains_key("code"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_login_asks_ten_times_at_the_most() {
    let mut jean = Setting::new().await;
    for _ in 0..10 {
        jean.web.start(&jean.page.clone(), "nobody").await;
    }
    let body = json!({"tokenId": "nobody"});
    let refused = jean.web.post_json(&format!("{}/start", jean.page), &body).await;
    refused.expect_problem(429, "rate_limited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_7_a_qr_for_a_phone_that_is_at_hand() {
    let mut jean = Setting::new().await;
    let shown = jean
        .web
        .post_json(&format!("{}/qr", jean.page), &json!({}))
        .await
        .expect(200);
    assert!(shown["qrSvg"].as_str().unwrap().contains("<svg"));
    let status = jean.status().await;
    assert_eq!(status["state"], "waiting");
    assert!(status.get("code").is_none(), "nobody is asked yet");
    jean.phone.claim(shown["qr"].as_str().unwrap()).await.expect(200);
    assert_eq!(jean.status().await["code"].as_str().unwrap().len(), 6);
    jean.phone.approve(&jean.phone.only().await).await.expect(200);
    assert!(parameters(&jean.proceed().await).contains_key("code"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc6749_4_1_2_1_cancel_is_access_denied_and_ends_it() {
    let mut jean = Setting::new().await;
    let cancel = format!("{}/cancel", jean.page);
    let answered = parameters(&location(&jean.web.submit(&cancel).await));
    assert_eq!(answered["error"], "access_denied");
    assert_eq!(answered["state"], "af0ifjsldkj");
    assert_eq!(jean.web.submit(&cancel).await.status.as_u16(), 410);
    assert_eq!(jean.web.open(&jean.page.clone()).await.status.as_u16(), 410);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancel_takes_the_question_back_from_the_phone() {
    let mut jean = Setting::new().await;
    let token_id = jean.token_id();
    jean.web.start(&jean.page.clone(), &token_id).await;
    let asked = jean.phone.only().await;
    let approval = jean.phone.approval(&asked, CodeAnswer::Compared, &[]).unwrap();
    let answered = parameters(&location(
        &jean.web.submit(&format!("{}/cancel", jean.page)).await,
    ));
    assert_eq!(answered["error"], "access_denied");
    assert!(jean.phone.pending().await.is_empty());
    let late = jean.phone.verify(&approval).await;
    late.expect_problem(404, "session_not_found");

    let page = jean.web.begin(&jean.party.authorize(&[])).await;
    for _ in 0..2 {
        jean.web.start(&page, &token_id).await;
    }
    // Asked anew, the phone shows the last question alone.
    jean.phone.approve(&jean.phone.only().await).await.expect(200);
    let answered = parameters(&location(&jean.web.submit(&format!("{page}/cancel")).await));
    assert_eq!(
        answered["error"], "access_denied",
        "approved, and not wanted any more"
    );
    assert_eq!(
        jean.web.submit(&format!("{page}/continue")).await.status.as_u16(),
        410
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_8_a_login_answers_only_to_the_browser_that_began_it() {
    let mut jean = Setting::new().await;
    let token_id = jean.token_id();
    jean.web.start(&jean.page.clone(), &token_id).await;
    jean.phone.approve(&jean.phone.only().await).await.expect(200);
    let mut other = Web::new(&jean.server);
    other.begin(&jean.party.authorize(&[])).await;
    for mut stranger in [Web::new(&jean.server), other] {
        assert_eq!(stranger.open(&jean.page).await.status.as_u16(), 403);
        assert_eq!(
            stranger
                .open(&format!("{}/status", jean.page))
                .await
                .status
                .as_u16(),
            403
        );
        let body = json!({"tokenId": token_id});
        assert_eq!(
            stranger
                .post_json(&format!("{}/start", jean.page), &body)
                .await
                .status
                .as_u16(),
            403
        );
        let proceeded = stranger.submit(&format!("{}/continue", jean.page)).await;
        assert_eq!(
            (proceeded.status.as_u16(), location(&proceeded)),
            (403, String::new())
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_sites_form_changes_nothing() {
    let mut jean = Setting::new().await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        for path in ["continue", "cancel"] {
            let call = Call::new(http::Method::POST, format!("{}/{path}", jean.page)).header(name, value);
            assert_eq!(
                jean.web.send(call).await.status.as_u16(),
                403,
                "{name} {value} {path}"
            );
        }
        let start = Call::post(format!("{}/start", jean.page), &json!({"tokenId": "x"})).header(name, value);
        assert_eq!(jean.web.send(start).await.status.as_u16(), 403, "{name} {value}");
    }
    let own =
        Call::new(http::Method::POST, format!("{}/cancel", jean.page)).header("origin", &jean.server.issuer);
    assert_eq!(
        jean.web.send(own).await.status.as_u16(),
        303,
        "an older browser names the origin"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_id_is_remembered_if_the_person_wants_and_suggested_unless_they_choose() {
    let mut jean = Setting::new().await;
    let token_id = jean.token_id();
    let body = json!({"tokenId": token_id, "remember": true});
    jean.web
        .post_json(&format!("{}/start", jean.page), &body)
        .await
        .expect(200);
    jean.phone.approve(&jean.phone.only().await).await.expect(200);
    jean.proceed().await;
    assert_eq!(jean.web.cookie("idt_remembered"), Some(token_id.as_str()));
    jean.web.forget("idt_session");
    let page = jean.web.begin(&jean.party.authorize(&[])).await;
    assert!(jean.web.open(&page).await.text().contains(&token_id));
    let page = jean
        .web
        .begin(&jean.party.authorize(&[("prompt", "select_account")]))
        .await;
    assert!(!jean.web.open(&page).await.text().contains(&token_id));
    let page = jean
        .web
        .begin(&jean.party.authorize(&[("login_hint", "VDS-FR-0042")]))
        .await;
    assert!(jean.web.open(&page).await.text().contains("VDS-FR-0042"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_was_revoked_since_it_approved_begins_nothing() {
    let mut jean = Setting::new().await;
    let token_id = jean.token_id();
    jean.web.start(&jean.page.clone(), &token_id).await;
    jean.phone.approve(&jean.phone.only().await).await.expect(200);
    let body = json!({"tokenId": token_id, "reason": "lost_device"});
    jean.server
        .administer(Call::post("/revoke", &body))
        .await
        .expect(200);
    assert_eq!(parameters(&jean.proceed().await)["error"], "access_denied");
    assert_eq!(jean.web.cookie("idt_session"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_continues_at_once_are_one_answer() {
    let mut jean = Setting::new().await;
    let token_id = jean.token_id();
    jean.web.start(&jean.page.clone(), &token_id).await;
    jean.phone.approve(&jean.phone.only().await).await.expect(200);
    let path = format!("{}/continue", jean.page);
    let tasks = (0..64).map(|_| {
        let (mut web, path) = (jean.web.clone(), path.clone());
        tokio::spawn(async move { location(&web.submit(&path).await) })
    });
    let mut answers = std::collections::BTreeSet::new();
    for task in tasks.collect::<Vec<_>>() {
        answers.insert(task.await.unwrap());
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert!(answers.iter().all(|answer| answer.contains("code=")));
}
