//! Profile 4.3, 4.4: declining, and "this was not me" (profile 4).

use idp_authenticator::DeclineReason;
use serde_json::json;
use tests::{Browser, Invented, Phone, Registration, TestServer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_browser_is_told_that_the_person_declined() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    for reason in [DeclineReason::Declined, DeclineReason::Mismatch] {
        let login = service.initiate(&server, jean.token_id.as_str()).await;
        let mut browser = Browser::open(&server, &login).await;
        browser.expect("otp_ready").await;
        let request = phone.only().await;
        assert_eq!(
            phone.reject(&login.session_id, reason).await.expect(200),
            json!({"rejected": true})
        );
        assert_eq!(browser.expect("rejected").await["reason"], "User rejected");
        browser.expect_close(1000).await;
        phone
            .approve(&request)
            .await
            .expect_problem(404, "session_not_found");
        assert!(phone.pending().await.is_empty());
    }
    // Neither of the two blocks anybody.
    service.initiate(&server, jean.token_id.as_str()).await;
    phone.only().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn not_me_blocks_that_caller_for_ten_minutes_and_nobody_else() {
    let server = TestServer::start().await;
    let blocked = Registration::confidential().register(&server).await;
    let other = Registration::confidential().register(&server).await;
    let (jean, amelie) = (server.issue(Invented::jean()), server.issue(Invented::amelie()));
    let (phone, hers) = (
        Phone::enrol(&server, &jean).await,
        Phone::enrol(&server, &amelie).await,
    );
    let login = blocked.initiate(&server, jean.token_id.as_str()).await;
    phone.only().await;
    phone
        .reject(&login.session_id, DeclineReason::NotMe)
        .await
        .expect(200);

    let silent = blocked.initiate(&server, jean.token_id.as_str()).await;
    assert!(phone.pending().await.is_empty(), "the phone is left alone");
    Browser::open(&server, &silent).await.expect("otp_ready").await;
    blocked.initiate(&server, amelie.token_id.as_str()).await;
    hers.only().await;
    let welcome = other.initiate(&server, jean.token_id.as_str()).await;
    assert_eq!(phone.only().await.session_id.as_str(), welcome.session_id);
    phone
        .reject(&welcome.session_id, DeclineReason::Declined)
        .await
        .expect(200);

    server.clock.advance(601);
    let again = blocked.initiate(&server, jean.token_id.as_str()).await;
    assert_eq!(phone.only().await.session_id.as_str(), again.session_id);
}
