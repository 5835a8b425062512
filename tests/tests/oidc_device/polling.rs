//! What the token endpoint answers (RFC 8628 3.4, 3.5).

use futures_util::future::join_all;
use idp_authenticator::DeclineReason;
use serde_json::json;

use super::{Scene, TYPES, register, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_3_5_who_asks_too_often_slows_down_and_gets_the_answer_all_the_same() {
    let mut scene = Scene::open().await;
    let codes = scene.ask("openid", &[]).await;
    assert_eq!(scene.fetch(&codes).await.refused(), "authorization_pending");
    assert_eq!(scene.fetch(&codes).await.refused(), "slow_down");
    scene.server.clock.advance(6);
    assert_eq!(
        scene.fetch(&codes).await.refused(),
        "slow_down",
        "five seconds more"
    );
    scene.server.clock.advance(16);
    assert_eq!(scene.fetch(&codes).await.refused(), "authorization_pending");
    scene.approve(&codes).await;
    scene.fetch(&codes).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_3_5_who_declines_on_the_phone_is_not_asked_again() {
    let mut scene = Scene::open().await;
    let codes = scene.ask("openid", &[]).await;
    let page = scene.enter(&codes).await;
    scene.start(&page).await;
    let session = scene.phone.only().await.session_id;
    let declined = scene
        .phone
        .reject(session.as_str(), DeclineReason::Declined)
        .await;
    declined.expect(200);
    let body = json!({"tokenId": scene.token_id(), "remember": false});
    let again = scene.web.post_json(&format!("{page}/start"), &body).await;
    again.expect_problem(404, "session_not_found");
    for _ in 0..2 {
        assert_eq!(scene.fetch(&codes).await.refused(), "access_denied");
    }
    let late = scene.type_in(&codes.user).await;
    assert_eq!(late.status, 400, "the code is worth nothing any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_3_5_who_cancels_in_the_browser_has_declined() {
    let mut scene = Scene::open().await;
    let codes = scene.ask("openid", &[]).await;
    let page = scene.enter(&codes).await;
    let done = scene.web.submit(&format!("{page}/cancel")).await;
    assert_eq!(done.status, 200);
    assert!(
        done.text().contains("Your device was not connected"),
        "{}",
        done.text()
    );
    assert_eq!(scene.fetch(&codes).await.refused(), "access_denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_3_5_both_codes_expire() {
    let mut scene = Scene::open().await;
    let codes = scene.ask("openid", &[]).await;
    scene.server.clock.advance(300);
    let page = scene.enter(&codes).await;
    scene.server.clock.advance(290);
    scene.start(&page).await;
    scene.phone.approve(&scene.phone.only().await).await.expect(200);
    scene.server.clock.advance(11);
    assert_eq!(scene.fetch(&codes).await.refused(), "expired_token");
    let done = scene.web.submit(&format!("{page}/continue")).await;
    assert!(done.text().contains("Too late"), "{}", done.text());
    assert_eq!(scene.type_in(&codes.user).await.status, 400);
    scene.server.clock.advance(3600);
    assert_eq!(scene.fetch(&codes).await.refused(), "invalid_grant", "forgotten");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_3_3_the_phone_answers_for_the_device_although_the_browser_is_gone() {
    let mut scene = Scene::open().await;
    let codes = scene.ask("openid", &[]).await;
    scene.approve(&codes).await;
    scene.fetch(&codes).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_3_4_a_device_code_is_its_clients_alone() {
    let mut scene = Scene::open().await;
    let other = register(&scene.server, json!({"token_endpoint_auth_method": "none"})).await;
    let codes = scene.ask("openid", &[]).await;
    scene.approve(&codes).await;
    for device_code in [codes.device.as_str(), "nothing", &"x".repeat(1000)] {
        assert_eq!(
            scene.fetch_as(&other, device_code).await.refused(),
            "invalid_grant"
        );
    }
    assert_eq!(
        scene.fetch_as(&scene.party, "").await.refused(),
        "invalid_request"
    );
    assert_eq!(
        scene.fetch_as(&scene.party, &codes.user).await.refused(),
        "invalid_grant"
    );
    scene.fetch(&codes).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_3_5_of_sixteen_who_fetch_at_once_one_gets_the_tokens() {
    let mut scene = Scene::open().await;
    let codes = scene.ask("openid", &[]).await;
    scene.approve(&codes).await;
    let all = join_all((0..16).map(|_| scene.fetch(&codes))).await;
    let (won, lost): (Vec<_>, Vec<_>) = all.iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1);
    assert!(lost.iter().all(|answer| answer.refused() == "invalid_grant"));
}

/// Polls, the browser and the phone meet in one record: nothing of it is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_3_5_an_approval_is_not_lost_between_polls() {
    let mut scene = Scene::open().await;
    let codes = scene.ask("openid", &[]).await;
    let page = scene.approve(&codes).await;
    let place = format!("{page}/continue");
    let mut web = scene.web.clone();
    let (done, polls) = tokio::join!(web.submit(&place), join_all((0..8).map(|_| scene.fetch(&codes))));
    assert!(
        done.text().contains("Your device is connected"),
        "{}",
        done.text()
    );
    assert_eq!(polls.iter().filter(|answer| answer.status == 200).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_4_1_a_demanded_assurance_holds_for_devices() {
    let mut scene = Scene::open().await;
    let demand = [("acr_values", "urn:idtokenseal:aal:2")];
    let codes = scene.ask("openid", &demand).await;
    let page = scene.enter(&codes).await;
    let token_id = scene.token_id();
    let shown = scene.web.start(&page, &token_id).await;
    assert_eq!(shown["mode"], "transfer", "the service alone would compare");
    let request = scene.phone.only().await;
    scene
        .phone
        .approve_with(&request, &text(&shown, "code"))
        .await
        .expect(200);
    let tokens = scene.fetch(&codes).await.expect(200);
    let claims = tests::web::payload(&text(&tokens, "id_token"));
    assert_eq!(claims["acr"], "urn:idtokenseal:aal:2");
    assert_eq!(scene.web.open(TYPES).await.status, 200);
}
