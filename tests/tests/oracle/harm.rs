//! Issue "Must hold": nobody without the device key can lock, block or fill up a tokenId.

use std::collections::BTreeSet;

use http::Method;
use idp_types::encoding::base64url;
use serde_json::{Value, json};
use tests::{Browser, Call, Invented, Login, Phone, Registration, TestServer};

/// A refused approval of a session that a stranger began himself.
fn forged(server: &TestServer, token_id: &str, login: &Login) -> Value {
    json!({
        "sessionId": login.session_id, "tokenId": token_id, "otp": "000000", "timestamp": server.now().unix_seconds(),
        "grantedScopes": [], "signature": base64url(&[1; 64]), "reason": "not_me",
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_forged_signatures_lock_nobody() {
    let server = TestServer::start().await;
    let (attacked, own) = (
        Registration::public().register(&server).await,
        Registration::confidential().register(&server).await,
    );
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    for _ in 0..50 {
        let login = attacked.initiate(&server, jean.token_id.as_str()).await;
        for path in ["/auth/verify", "/auth/reject", "/auth/verify", "/auth/reject"] {
            let refused = server
                .send(Call::post(path, &forged(&server, jean.token_id.as_str(), &login)))
                .await;
            assert!(refused.status.is_client_error(), "{}", refused.text());
        }
    }
    let shown = server
        .administer(Call::get(format!("/admin/enrollments/{}", jean.token_id)))
        .await
        .expect(200);
    assert_eq!(
        shown.pointer("/enrollment/devices/0/standing"),
        Some(&json!("active")),
        "{shown}"
    );
    assert_eq!(
        shown.pointer("/enrollment/devices/0/failures"),
        Some(&json!(0)),
        "{shown}"
    );
    let login = own.initiate(&server, jean.token_id.as_str()).await;
    let waiting = phone.wait().await;
    let request = waiting
        .iter()
        .find(|request| request.session_id.as_str() == login.session_id)
        .unwrap();
    phone.approve(request).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_signatures_are_counted_against_their_network_alone() {
    let server = TestServer::start_with(|config| config.limits.verify_failures_per_minute = 5).await;
    let service = Registration::public().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let mut codes = Vec::new();
    for _ in 0..4 {
        let login = service.initiate(&server, jean.token_id.as_str()).await;
        for _ in 0..2 {
            let refused = server
                .send(Call::post(
                    "/auth/verify",
                    &forged(&server, jean.token_id.as_str(), &login),
                ))
                .await;
            codes.push(refused.code());
        }
    }
    assert_eq!(
        codes.iter().filter(|code| *code == "rate_limited").count(),
        3,
        "{codes:?}"
    );
    // The phone is in the same network as the forger here, and is not counted: its signature is right.
    let request = phone.wait().await.pop().unwrap();
    phone.approve(&request).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attackers_limit_is_not_his_victims() {
    let server = TestServer::start_with(|config| config.limits.initiate_per_minute = 10).await;
    let (public, own) = (
        Registration::public().register(&server).await,
        Registration::confidential().register(&server).await,
    );
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let mut refused = 0;
    for _ in 0..30 {
        let answer = public
            .try_initiate(&server, jean.token_id.as_str(), json!({}))
            .await;
        refused += usize::from(answer.code() == "rate_limited");
    }
    assert_eq!(refused, 20);
    let login = own.initiate(&server, jean.token_id.as_str()).await;
    let waiting = phone.wait().await;
    let request = waiting
        .iter()
        .find(|request| request.session_id.as_str() == login.session_id)
        .unwrap();
    phone.approve(request).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_yields_the_attackers_own_sessions() {
    let server = TestServer::start().await;
    let own = Registration::confidential().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let login = own.initiate(&server, jean.token_id.as_str()).await;
    let mut browser = Browser::open(&server, &login).await;
    browser.expect("otp_ready").await;
    let mut last = None;
    for _ in 0..36 {
        let public = Registration::public().register(&server).await;
        for _ in 0..4 {
            last = Some(public.initiate(&server, jean.token_id.as_str()).await);
        }
    }
    let waiting = phone.pending().await;
    let sessions: BTreeSet<&str> = waiting
        .iter()
        .map(|request| request.session_id.as_str())
        .collect();
    assert!(
        sessions.contains(login.session_id.as_str()),
        "the victim's own login still waits"
    );
    assert!(
        sessions.contains(last.unwrap().session_id.as_str()),
        "the queue still takes new ones"
    );
    assert!(sessions.len() <= 101, "{}", sessions.len());
    let request = waiting
        .iter()
        .find(|request| request.session_id.as_str() == login.session_id)
        .unwrap();
    phone.approve(request).await.expect(200);
    browser.expect("approved").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pushes_are_capped_until_a_login_succeeds() {
    let server = TestServer::start_with(|config| config.limits.pushes_since_success = 5).await;
    let service = Registration::public().register(&server).await;
    let jean = server.issue(Invented::jean());
    let channel = idp_authenticator::push::PushChannel::Fcm {
        token: "device-token".into(),
    };
    let push = idp_authenticator::PushRegistration {
        channel,
        encryption_key: None,
    };
    let enrolling = tests::Enrolling {
        push: Some(push),
        ..tests::Enrolling::new("phone")
    };
    let phone = Phone::enrol_as(&server, &jean, enrolling).await.unwrap();
    for _ in 0..12 {
        service.initiate(&server, jean.token_id.as_str()).await;
    }
    let request = phone.wait().await.pop().unwrap();
    assert!(
        request.pushes_since_last_success >= 12,
        "the person sees how often he was asked"
    );
    phone.approve(&request).await.expect(200);
    assert_eq!(server.pushes.sent().len(), 5);
    for request in phone.pending().await {
        phone
            .reject(
                request.session_id.as_str(),
                idp_authenticator::DeclineReason::Declined,
            )
            .await
            .expect(200);
    }
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    let request = phone.only().await;
    assert_eq!(
        (request.session_id.as_str(), request.pushes_since_last_success),
        (login.session_id.as_str(), 1)
    );
}

/// Strangers end each other's sessions at most: an enrolment by photograph asks, and asks nothing more (profile 2).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photographed_seal_enrols_nothing_and_locks_nothing() {
    let server = TestServer::start().await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    for round in 0..6 {
        let name = format!("thief-{round}");
        let refused = Phone::enrol_as(&server, &jean, tests::Enrolling::new(&name))
            .await
            .unwrap_err();
        refused.expect_problem(403, "admission_required");
    }
    let same_name = Phone::enrol_as(&server, &jean, tests::Enrolling::new("phone"))
        .await
        .unwrap_err();
    same_name.expect_problem(403, "admission_required");
    let devices = phone.send(Method::GET, "/enroll/devices", "").await.expect(200);
    assert_eq!(devices["devices"].as_array().unwrap().len(), 1);
    let service = Registration::confidential().register(&server).await;
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    let waiting = phone.pending().await;
    let request = waiting
        .iter()
        .find(|request| request.session_id.as_str() == login.session_id)
        .unwrap();
    phone.approve(request).await.expect(200);
}
