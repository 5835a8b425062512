//! Architecture, "Two stores": what is told of an end that was committed by a process that died before it could say so.

use idp_authenticator::{CodeAnswer, DeclineReason};
use idp_store::durable::SessionOutcome;
use idp_store::{Change, Commit};
use tests::{Browser, Call, Invented, Login, Phone, Registered, Registration, TestServer};

struct Scene {
    server: TestServer,
    service: Registered,
    phone: Phone,
}

impl Scene {
    async fn set() -> Self {
        let server = TestServer::start().await;
        let service = Registration::confidential().register(&server).await;
        let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
        Self {
            server,
            service,
            phone,
        }
    }

    async fn begin(&self) -> Login {
        let token_id = &self.phone.wallet.identity().token_id;
        self.service.initiate(&self.server, token_id.as_str()).await
    }

    /// What a process does last that dies between its commit and everything after it.
    async fn commit_and_die(&self, login: &Login, status: &str) {
        let outcome = SessionOutcome {
            session_id: login.session_id.parse().unwrap(),
            token_id: Some(self.phone.wallet.identity().token_id.clone()),
            service_id: self.service.id.parse().unwrap(),
            status: serde_json::from_value(status.into()).unwrap(),
            initiated_at: self.server.now(),
            resolved_at: self.server.now(),
        };
        let commit = Commit {
            changes: vec![Change::ResolveSession(outcome)],
            audit: Vec::new(),
        };
        self.server.app.durable.commit(commit).await.unwrap();
    }

    async fn told(&self, login: &Login) -> String {
        let call = Call::get(format!("/auth/result/{}", login.session_id));
        let call = self.service.authenticate(call, self.server.now().unix_seconds());
        let told = self.server.send(call).await.expect(200);
        assert!(told.get("jwt").is_none(), "{told}");
        told["status"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_an_approval_that_was_recorded_and_lost_begins_again() {
    let scene = Scene::set().await;
    let login = scene.begin().await;
    let mut browser = Browser::open(&scene.server, &login).await;
    browser.expect("otp_ready").await;
    let request = scene.phone.only().await;
    let body = scene.phone.approval(&request, CodeAnswer::Compared, &[]).unwrap();
    scene.commit_and_die(&login, "approved").await;
    let again = scene.phone.verify(&body).await;
    again.expect_problem(404, "session_not_found");
    browser.expect("interrupted").await;
    browser.expect_close(1000).await;
    assert_eq!(scene.told(&login).await, "interrupted");
    assert!(
        scene.phone.pending().await.is_empty(),
        "nothing is asked any more"
    );

    let next = scene.begin().await;
    let request = scene.phone.only().await;
    scene.phone.approve(&request).await.expect(200);
    Browser::open(&scene.server, &next).await.expect("approved").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_that_was_recorded_is_told_though_its_process_died() {
    let scene = Scene::set().await;
    let login = scene.begin().await;
    let request = scene.phone.only().await;
    scene.commit_and_die(&login, "rejected").await;
    scene.server.clock.advance(2);
    let approval = scene.phone.approve(&request).await;
    approval.expect_problem(404, "session_not_found");
    assert_eq!(scene.told(&login).await, "rejected");
    let refusal = scene
        .phone
        .reject(&login.session_id, DeclineReason::Declined)
        .await;
    refusal.expect_problem(404, "session_not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_that_was_lost_never_expires() {
    let scene = Scene::set().await;
    let login = scene.begin().await;
    scene.commit_and_die(&login, "approved").await;
    scene.server.clock.advance(61);
    assert_eq!(scene.told(&login).await, "interrupted");
    let mut browser = Browser::open(&scene.server, &login).await;
    browser.expect("interrupted").await;
}
