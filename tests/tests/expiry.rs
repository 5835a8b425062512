//! Profile 4.3 and 4.4: sixty seconds, and what a signed time may be.

use std::time::Duration;

use http::Method;
use idp_authenticator::{CodeAnswer, Decision, PendingRequest, approve};
use idp_types::{ScopeSet, Timestamp};
use tests::{Answer, Browser, Call, Frame, Invented, Login, Phone, Registered, Registration, TestServer};

struct Scene {
    server: TestServer,
    service: Registered,
    phone: Phone,
}

impl Scene {
    async fn set() -> Self {
        let server = TestServer::start().await;
        let service = Registration::public().register(&server).await;
        let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
        Self {
            server,
            service,
            phone,
        }
    }

    async fn begin(&self) -> (Login, PendingRequest) {
        let login = self
            .service
            .initiate(&self.server, self.phone.wallet.identity().token_id.as_str())
            .await;
        (login, self.phone.only().await)
    }

    /// An approval that the phone signs at this moment.
    fn signed_at(&self, request: &PendingRequest, at: Timestamp) -> String {
        // The phone of this test does not look at its clock; the server does.
        let request = &PendingRequest {
            expires_at: at.plus_seconds(1),
            ..request.clone()
        };
        let decision = Decision::new(request, CodeAnswer::Compared, ScopeSet::EMPTY, at).unwrap();
        approve(&self.phone.approver(), &decision, at).unwrap()
    }

    async fn verify(&self, body: String) -> Answer {
        self.server
            .send(Call::new(Method::POST, "/auth/verify").text(body))
            .await
    }
}

/// The one test that waits as long as a person may: nothing but real time passes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_is_told_after_sixty_seconds() {
    let scene = Scene::set().await;
    let (login, _) = scene.begin().await;
    let mut browser = Browser::open(&scene.server, &login).await;
    browser.expect("otp_ready").await;
    let told = browser.next_within(Duration::from_secs(75)).await;
    assert_eq!(told, Frame::Message(serde_json::json!({"type": "expired"})));
    browser.expect_close(4008).await;
    let since = scene.server.now();
    let outcome = scene
        .server
        .app
        .durable
        .outcome(&login.session_id.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    let lived = outcome.resolved_at.millis_since(outcome.initiated_at);
    assert!(
        (60_000..70_000).contains(&lived),
        "{lived} ms, now {}",
        since.to_rfc3339()
    );
    Browser::open(&scene.server, &login).await.expect("expired").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_time_there_is_no_session_to_answer() {
    let scene = Scene::set().await;
    let (login, request) = scene.begin().await;
    let body = scene.phone.approval(&request, CodeAnswer::Compared, &[]).unwrap();
    let refusal = scene
        .phone
        .rejection(&login.session_id, idp_authenticator::DeclineReason::Declined);
    scene.server.clock.advance(61);
    scene.verify(body).await.expect_problem(404, "session_not_found");
    let refused = scene
        .server
        .send(Call::new(Method::POST, "/auth/reject").text(refusal))
        .await;
    refused.expect_problem(404, "session_not_found");
    assert!(scene.phone.pending().await.is_empty());
    let mut browser = Browser::open(&scene.server, &login).await;
    browser.expect("expired").await;
    browser.expect_close(4008).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_signed_offline_delivers_within_the_session() {
    let scene = Scene::set().await;
    let (login, request) = scene.begin().await;
    let body = scene.phone.approval(&request, CodeAnswer::Compared, &[]).unwrap();
    scene.server.clock.advance(50);
    scene.verify(body).await.expect(200);
    Browser::open(&scene.server, &login)
        .await
        .expect("approved")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signed_times_outside_the_session_are_refused_and_cost_nothing() {
    let scene = Scene::set().await;
    let (_, request) = scene.begin().await;
    let begun = request.created_at;
    for wrong in [
        begun.minus_seconds(31),
        begun.minus_seconds(86_400),
        scene.server.now().plus_seconds(40),
    ] {
        scene
            .verify(scene.signed_at(&request, wrong))
            .await
            .expect_problem(400, "invalid_timestamp");
    }
    scene
        .verify(scene.signed_at(&request, begun.minus_seconds(29)))
        .await
        .expect(200);
    let (_, request) = scene.begin().await;
    scene
        .verify(scene.signed_at(&request, scene.server.now().plus_seconds(25)))
        .await
        .expect(200);
}

/// Sessions that nobody watches end as well: each has its outcome (profile 4.4).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_nobody_watches_ends_too() {
    let scene = Scene::set().await;
    let (login, _) = scene.begin().await;
    scene.server.clock.advance(61);
    let id = login.session_id.parse().unwrap();
    let ended = async {
        while scene.server.app.durable.outcome(&id).await.unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ended)
        .await
        .expect("the sweep ends it");
}
