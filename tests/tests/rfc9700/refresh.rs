//! Refresh tokens: 2.2.2, 4.14.2.

use serde_json::json;
use tests::Call;

use super::{Scene, error, text};

const OFFLINE: &str = "openid offline_access identity:name";
const DAY: i64 = 86_400;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_2_2_2_refresh_tokens_of_public_clients_rotate_and_an_old_one_ends_the_family() {
    let mut scene = Scene::public().await;
    let first = scene.tokens(OFFLINE).await;
    let old = text(&first, "refresh_token");
    let second = scene.refresh(&scene.party, &old, &[]).await.expect(200);
    let new = text(&second, "refresh_token");
    assert_ne!(new, old);
    // An answer that was lost is given again for half a minute; nothing new comes of it.
    let again = scene.refresh(&scene.party, &old, &[]).await.expect(200);
    assert_eq!(again, second);
    scene.server.clock.advance(31);
    assert_eq!(
        error(&scene.refresh(&scene.party, &old, &[]).await),
        "invalid_grant"
    );
    assert_eq!(
        error(&scene.refresh(&scene.party, &new, &[]).await),
        "invalid_grant"
    );
    for tokens in [&first, &second] {
        scene.userinfo(&text(tokens, "access_token")).await.expect(401);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_14_2_a_refresh_token_is_bound_to_its_client() {
    for mut scene in [Scene::public().await, Scene::confidential().await] {
        let other = scene.other().await;
        let token = text(&scene.tokens(OFFLINE).await, "refresh_token");
        let stolen = scene.refresh(&other, &token, &[]).await;
        assert_eq!(error(&stolen), "invalid_grant");
        scene.refresh(&scene.party, &token, &[]).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_14_2_a_refresh_token_is_bound_to_the_scope_and_resources_of_the_consent() {
    let resources = ["https://api.example/", "https://other.example/"];
    let mut scene = Scene::with(json!({"resources": resources})).await;
    let code = scene
        .code(&[("scope", OFFLINE), ("resource", resources[0])])
        .await;
    let tokens = scene.redeem(&scene.party, &code, &[]).await.expect(200);
    let token = text(&tokens, "refresh_token");
    for (more, refused) in [
        (
            [("scope", "openid identity:name identity:age_over_18")],
            "invalid_scope",
        ),
        ([("scope", "openid identity:full")], "invalid_scope"),
        ([("resource", resources[1])], "invalid_target"),
    ] {
        let answer = scene.refresh(&scene.party, &token, &more).await;
        assert_eq!(error(&answer), refused, "{more:?}");
    }
    let narrower = scene.refresh(&scene.party, &token, &[("scope", "openid")]).await;
    assert_eq!(narrower.expect(200)["scope"], "openid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_14_2_an_unused_refresh_token_expires() {
    let mut scene = Scene::public().await;
    let first = scene.tokens(OFFLINE).await;
    scene.server.clock.advance(29 * DAY);
    let second = scene
        .refresh(&scene.party, &text(&first, "refresh_token"), &[])
        .await;
    let second = second.expect(200);
    scene.server.clock.advance(31 * DAY);
    let late = scene
        .refresh(&scene.party, &text(&second, "refresh_token"), &[])
        .await;
    assert_eq!(error(&late), "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_14_2_a_lost_device_ends_its_refresh_tokens() {
    let mut scene = Scene::public().await;
    let token = text(&scene.tokens(OFFLINE).await, "refresh_token");
    let body = json!({
        "tokenId": scene.phone.wallet.identity().token_id.as_str(), "reason": "lost_device",
    });
    scene
        .server
        .administer(Call::post("/revoke", &body))
        .await
        .expect(200);
    assert_eq!(
        error(&scene.refresh(&scene.party, &token, &[]).await),
        "invalid_grant"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_14_2_refresh_tokens_are_issued_when_asked_for_and_cannot_be_made_up() {
    let mut scene = Scene::public().await;
    assert!(scene.tokens("openid").await.get("refresh_token").is_none());
    let token = text(&scene.tokens(OFFLINE).await, "refresh_token");
    for place in 0..token.len() {
        let mut changed: Vec<char> = token.chars().collect();
        changed[place] = if changed[place] == 'A' { 'B' } else { 'A' };
        let changed: String = changed.into_iter().collect();
        if place % 8 == 0 {
            let refused = scene.refresh(&scene.party, &changed, &[]).await;
            assert_eq!(error(&refused), "invalid_grant", "{place}");
        }
    }
    scene.refresh(&scene.party, &token, &[]).await.expect(200);
}
