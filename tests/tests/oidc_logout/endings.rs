//! Sessions that end by other means: their time, an operator, "this was not me", somebody else in the same browser.

use idp_authenticator::DeclineReason;
use serde_json::{Value, json};
use tests::web::{encode, payload};
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
    let logout = payload(&jean.receiver.logout_token().await);
    assert_eq!(logout["sid"], payload(&jean.id_token)["sid"]);
    assert!(!jean.is_signed_in().await);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    token_request(&jean.server, &jean.party, &pairs).await.expect(200);
}

/// What userinfo says to an access token, and introspection to its client.
async fn is_alive(jean: &Scene, tokens: &Value) -> (u16, bool) {
    let access_token = tokens["access_token"].as_str().unwrap();
    let said = jean.server.send(Call::get("/oidc/userinfo").bearer(access_token));
    let call = Call::new(http::Method::POST, "/oidc/introspect")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", &jean.party.basic());
    let described = jean
        .server
        .send(call.raw(encode(&[("token", access_token)])))
        .await;
    let active = described.expect(200)["active"].as_bool().unwrap();
    (said.await.status.as_u16(), active)
}

/// No refresh token is behind them, and yet they end: as Keycloak's do, at userinfo, introspection and in the status list.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_takes_its_access_tokens_along_and_leaves_those_with_offline_access() {
    let mut jean = Scene::open().await;
    let mut tokens = Vec::new();
    for scope in ["openid", "openid offline_access"] {
        let who = (&mut jean.web, &jean.phone);
        tokens.push(sign_in_for(&jean.server, &jean.party, who, scope).await);
    }
    let mut elsewhere = Web::new(&jean.server);
    let who = (&mut elsewhere, &jean.phone);
    tokens.push(sign_in_for(&jean.server, &jean.party, who, "openid").await);
    for tokens in &tokens {
        assert_eq!(is_alive(&jean, tokens).await, (200, true));
    }
    let hint = jean.id_token.clone();
    jean.leave(&[("id_token_hint", &hint)]).await.expect(200);
    assert_eq!(is_alive(&jean, &tokens[0]).await, (401, false));
    assert_eq!(is_alive(&jean, &tokens[1]).await, (200, true), "offline_access");
    assert_eq!(is_alive(&jean, &tokens[2]).await, (200, true), "another browser");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_11_an_operators_revocation_ends_sessions_and_tells_their_clients() {
    let mut jean = Scene::open().await;
    let body = json!({"tokenId": jean.token_id(), "reason": "compromised"});
    jean.server
        .administer(Call::post("/revoke", &body))
        .await
        .expect(200);
    let logout = payload(&jean.receiver.logout_token().await);
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
    jean.receiver.logout_token().await;
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
        payload(&jean.receiver.logout_token().await)["sid"],
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
    let logout = payload(&jean.receiver.logout_token().await);
    let known = payload(&jean.id_token);
    assert_eq!((&logout["sub"], &logout["sid"]), (&known["sub"], &known["sid"]));
    assert!(jean.receiver.is_quiet(), "the second session goes on");
}
