//! Profile 4.4: exactly one end, whatever the number of requests, retries and races; issue "Must hold", 100 concurrent approvals.

use std::collections::BTreeSet;

use http::Method;
use idp_authenticator::approval::Code;
use idp_authenticator::{CodeAnswer, DeclineReason};
use serde_json::{Value, json};
use tests::{Answer, Browser, Call, Holder, Invented, Phone, Registered, Registration, TestServer};

const CALLERS: usize = 100;

struct Scene {
    server: TestServer,
    service: Registered,
    holder: Holder,
    phone: Phone,
}

impl Scene {
    async fn set(registration: Registration) -> Self {
        let server = TestServer::start().await;
        let service = registration.register(&server).await;
        let holder = server.issue(Invented::jean());
        let phone = Phone::enrol(&server, &holder).await;
        Self {
            server,
            service,
            holder,
            phone,
        }
    }

    /// Sends all of them at once, each on a connection of its own.
    async fn send_all(&self, path: &str, bodies: Vec<String>) -> Vec<Answer> {
        let calls = bodies
            .into_iter()
            .map(|body| tokio::spawn(self.server.send(Call::new(Method::POST, path).text(body))));
        let calls: Vec<_> = calls.collect();
        let mut answers = Vec::new();
        for call in calls {
            answers.push(call.await.unwrap());
        }
        answers
    }

    /// How often an event stands in the audit log.
    async fn recorded(&self, event: &str, session_id: &str) -> u64 {
        let path = format!("/admin/audit?event={event}&session_id={session_id}");
        self.server.administer(Call::get(path)).await.expect(200)["total"]
            .as_u64()
            .unwrap()
    }

    /// How many tokens were ever given a place in a status list.
    async fn tokens(&self) -> usize {
        let now = self.server.now();
        let mut count = 0;
        for list in self.server.app.durable.token_lists(now).await.unwrap() {
            count += self
                .server
                .app
                .durable
                .token_statuses(list, now)
                .await
                .unwrap()
                .len();
        }
        count
    }
}

fn succeeded(answers: &[Answer]) -> Vec<&Answer> {
    answers
        .iter()
        .filter(|answer| answer.status.is_success())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_equal_approvals_are_one() {
    let scene = Scene::set(Registration::confidential()).await;
    let login = scene
        .service
        .initiate(&scene.server, scene.holder.token_id.as_str())
        .await;
    let body = scene
        .phone
        .approval(&scene.phone.only().await, CodeAnswer::Compared, &[])
        .unwrap();
    let answers = scene.send_all("/auth/verify", vec![body; CALLERS]).await;
    let replies: BTreeSet<String> = succeeded(&answers).iter().map(|answer| answer.text()).collect();
    assert_eq!(replies.len(), 1, "every reply is the same: {replies:?}");
    for refused in answers.iter().filter(|answer| !answer.status.is_success()) {
        refused.expect_problem(404, "session_not_found");
    }
    assert_eq!(scene.recorded("AUTH_APPROVE", &login.session_id).await, 1);
    assert_eq!(scene.tokens().await, 1, "one token");

    let path = format!("/auth/result/{}", login.session_id);
    let redeeming: Vec<_> = (0..CALLERS)
        .map(|_| {
            tokio::spawn(
                scene
                    .server
                    .send(Call::get(&path).bearer(scene.service.secret.as_ref().unwrap())),
            )
        })
        .collect();
    let mut redeemed = Vec::new();
    for call in redeeming {
        redeemed.push(call.await.unwrap());
    }
    assert_eq!(succeeded(&redeemed).len(), 1, "one redemption");
    for refused in redeemed.iter().filter(|answer| !answer.status.is_success()) {
        refused.expect_problem(409, "conflict");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_different_approvals_have_one_winner() {
    let scene = Scene::set(Registration::public()).await;
    let login = scene
        .service
        .initiate(&scene.server, scene.holder.token_id.as_str())
        .await;
    let bodies = scene
        .phone
        .different_approvals(&scene.phone.only().await, CALLERS);
    assert_eq!(bodies.iter().collect::<BTreeSet<_>>().len(), CALLERS);
    let answers = scene.send_all("/auth/verify", bodies).await;
    assert_eq!(succeeded(&answers).len(), 1);
    for refused in answers.iter().filter(|answer| !answer.status.is_success()) {
        refused.expect_problem(404, "session_not_found");
    }
    assert_eq!(scene.recorded("AUTH_APPROVE", &login.session_id).await, 1);
    assert_eq!(scene.tokens().await, 1, "one token");
    Browser::open(&scene.server, &login)
        .await
        .expect("approved")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_wrong_codes_end_the_session() {
    let scene = Scene::set(Registration::public().with("matchingMode", json!("transfer"))).await;
    let login = scene
        .service
        .initiate(&scene.server, scene.holder.token_id.as_str())
        .await;
    let mut browser = Browser::open(&scene.server, &login).await;
    browser.expect("otp_ready").await;
    let request = scene.phone.only().await;
    let wrong = wrong_code(&login.code);
    for left in [2, 1, 0] {
        let refused = scene
            .phone
            .approve_with(&request, &wrong)
            .await
            .expect_problem(401, "invalid_otp");
        assert_eq!(refused["attemptsLeft"], left);
    }
    scene
        .phone
        .approve_with(&request, &login.code)
        .await
        .expect_problem(429, "too_many_attempts");
    assert_eq!(browser.expect("rejected").await["reason"], "Too many attempts");
    browser.expect_close(1000).await;
}

fn wrong_code(right: &str) -> String {
    if right == "000000" {
        "000001".into()
    } else {
        "000000".into()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_wrong_codes_are_three_however_many_come_at_once() {
    let scene = Scene::set(Registration::public().with("matchingMode", json!("transfer"))).await;
    let login = scene
        .service
        .initiate(&scene.server, scene.holder.token_id.as_str())
        .await;
    let request = scene.phone.only().await;
    let code = Code::parse(&wrong_code(&login.code)).unwrap();
    let body = scene
        .phone
        .approval(&request, CodeAnswer::Entered(code), &[])
        .unwrap();
    let answers = scene.send_all("/auth/verify", vec![body; 40]).await;
    let count = |code: &str| answers.iter().filter(|answer| answer.code() == code).count();
    assert_eq!((count("invalid_otp"), count("too_many_attempts")), (3, 37));
    let left: BTreeSet<u64> = answers
        .iter()
        .filter_map(|answer| answer.json()["attemptsLeft"].as_u64())
        .collect();
    assert_eq!(left, BTreeSet::from([0, 1, 2]));
    scene
        .phone
        .approve_with(&request, &login.code)
        .await
        .expect_problem(429, "too_many_attempts");
    let path = format!("/admin/enrollments/{}", scene.holder.token_id);
    let shown = scene.server.administer(Call::get(path)).await.expect(200);
    assert_eq!(
        shown.pointer("/enrollment/devices/0/failures"),
        Some(&json!(3)),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn approval_against_refusal_has_one_end() {
    let scene = Scene::set(Registration::public()).await;
    for round in 0..20 {
        let login = scene
            .service
            .initiate(&scene.server, scene.holder.token_id.as_str())
            .await;
        let request = scene.phone.only().await;
        let approving = async {
            if round % 2 == 1 {
                tokio::task::yield_now().await;
            }
            scene.phone.approve(&request).await
        };
        let declining = scene.phone.reject(&login.session_id, DeclineReason::Declined);
        let (approved, declined) = tokio::join!(approving, declining);
        let ends = [approved.status.is_success(), declined.status.is_success()];
        assert!(
            ends[0] != ends[1],
            "round {round}: {} and {}",
            approved.text(),
            declined.text()
        );
        let told = if ends[0] { "approved" } else { "rejected" };
        Browser::open(&scene.server, &login).await.expect(told).await;
        let ended = scene.recorded("AUTH_APPROVE", &login.session_id).await
            + scene.recorded("AUTH_REJECT", &login.session_id).await;
        assert_eq!(ended, 1, "round {round}");
    }
}

/// One enrolment code admits one device, and one challenge proves one key (profile 2).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_and_a_challenge_are_used_once_however_many_try() {
    let scene = Scene::set(Registration::public()).await;
    let code = scene
        .server
        .administer(Call::post("/admin/enrollment-codes", &json!({})))
        .await
        .expect(201);
    let code = idp_authenticator::Admission::Code(code["code"].as_str().unwrap().to_owned());
    let mut bodies = Vec::new();
    for _ in 0..10 {
        let other = scene.server.issue(Invented::jean());
        let enrolling = tests::Enrolling::new("phone").admitted(code.clone());
        bodies.push(
            Phone::enrolment_body(&scene.server, &other, &enrolling)
                .await
                .to_string(),
        );
    }
    let answers = scene.send_all("/enroll", bodies).await;
    assert_eq!(succeeded(&answers).len(), 1);
    let other = scene.server.issue(Invented::jean());
    let body: Value = Phone::enrolment_body(&scene.server, &other, &tests::Enrolling::new("phone")).await;
    let answers = scene.send_all("/enroll", vec![body.to_string(); 10]).await;
    assert_eq!(succeeded(&answers).len(), 1);
    for refused in answers.iter().filter(|answer| !answer.status.is_success()) {
        refused.expect_problem(400, "invalid_proof");
    }
}
