//! Sessions that end by other means: their time, an operator, "this was not me", somebody else in the same browser.

use idp_authenticator::DeclineReason;
use serde_json::json;
use tests::web::payload;
use tests::{Call, Invented, Phone, Web};

use super::{Scene, register, sign_in, sign_in_for, token_request};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn back_channel_2_7_a_session_that_expires_is_told_and_offline_access_stays() {
    let mut jean = Scene::open().await;
    let scope = "openid offline_access";
    let tokens = sign_in_for(&jean.server, &jean.party, (&mut jean.web, &jean.phone), scope).await;
    jean.server
        .clock
        .advance(jean.server.app.config.oidc.session_seconds + 1);
    let logout = payload(&jean.receiver.next().await);
    assert_eq!(logout["sid"], payload(&jean.id_token)["sid"]);
    assert!(!jean.is_signed_in().await);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    token_request(&jean.server, &jean.party, &pairs).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_11_an_operators_revocation_ends_sessions_and_tells_their_clients() {
    let mut jean = Scene::open().await;
    let body = json!({"tokenId": jean.token_id(), "reason": "compromised"});
    jean.server
        .administer(Call::post("/revoke", &body))
        .await
        .expect(200);
    let logout = payload(&jean.receiver.next().await);
    assert_eq!(logout["sub"], payload(&jean.id_token)["sub"]);
    assert!(!jean.is_signed_in().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_11_revoking_a_device_ends_the_sessions_that_it_approved_and_no_others() {
    let mut jean = Scene::open().await;
    jean.phone
        .enrol_further(&jean.server, &jean.holder, "tablet")
        .await;
    let body = json!({"tokenId": jean.token_id(), "deviceId": "tablet", "reason": "lost_device"});
    jean.server
        .administer(Call::post("/revoke", &body))
        .await
        .expect(200);
    assert!(
        jean.is_signed_in().await,
        "the phone approved, the tablet is lost"
    );
    let body = json!({"tokenId": jean.token_id(), "deviceId": "phone", "reason": "lost_device"});
    jean.server
        .administer(Call::post("/revoke", &body))
        .await
        .expect(200);
    jean.receiver.next().await;
    assert!(jean.receiver.is_quiet());
    assert!(!jean.is_signed_in().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn this_was_not_me_ends_the_sessions_and_grants_of_the_service_that_asked() {
    let mut jean = Scene::open().await;
    let scope = "openid offline_access";
    let tokens = sign_in_for(&jean.server, &jean.party, (&mut jean.web, &jean.phone), scope).await;
    let elsewhere = register(
        &jean.server,
        &jean.receiver,
        json!({"backchannel_logout_uri": null}),
    )
    .await;
    let mut other_browser = Web::new(&jean.server);
    sign_in(&jean.server, &elsewhere, (&mut other_browser, &jean.phone)).await;

    let mut stranger = Web::new(&jean.server);
    let page = stranger.begin(&jean.party.authorize(&[])).await;
    stranger.start(&page, &jean.token_id()).await;
    let asked = jean.phone.only().await.session_id.to_string();
    jean.phone.reject(&asked, DeclineReason::NotMe).await.expect(200);

    assert_eq!(
        payload(&jean.receiver.next().await)["sid"],
        payload(&jean.id_token)["sid"]
    );
    assert!(!jean.is_signed_in().await);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let refused = token_request(&jean.server, &jean.party, &pairs).await;
    assert_eq!(refused.expect(400)["error"], "invalid_grant");
    let path = elsewhere.authorize(&[("scope", "openid"), ("prompt", "none")]);
    assert!(
        tests::web::location(&other_browser.open(&path).await).contains("code="),
        "another service"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn declining_as_such_ends_nothing() {
    let mut jean = Scene::open().await;
    let mut stranger = Web::new(&jean.server);
    let page = stranger.begin(&jean.party.authorize(&[])).await;
    stranger.start(&page, &jean.token_id()).await;
    let asked = jean.phone.only().await.session_id.to_string();
    jean.phone
        .reject(&asked, DeclineReason::Declined)
        .await
        .expect(200);
    assert!(jean.is_signed_in().await);
    assert!(jean.receiver.is_quiet());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_else_in_the_same_browser_ends_the_first_session() {
    let mut jean = Scene::open().await;
    let amelie = Phone::enrol(&jean.server, &jean.server.issue(Invented::amelie())).await;
    sign_in(&jean.server, &jean.party, (&mut jean.web, &amelie)).await;
    let logout = payload(&jean.receiver.next().await);
    let known = payload(&jean.id_token);
    assert_eq!((&logout["sub"], &logout["sid"]), (&known["sub"], &known["sid"]));
    assert!(jean.receiver.is_quiet(), "the second session goes on");
}
