//! Firebase Cloud Messaging, HTTP v1.

use futures_util::StreamExt as _;
use futures_util::stream;
use serde_json::json;
use tests::Said;

use super::{Google, Scene, claims, strings, verified};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_wakes_the_phone_and_the_phone_approves() {
    let mut google = Google::start().await;
    let scene = Scene::of_google(&google, |_| ()).await;
    let login = scene.initiate().await;

    let token_request = google.provider.next().await;
    assert_eq!(token_request.path, "/token");
    let form = token_request.form();
    assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let assertion = verified(&form["assertion"], &google.key);
    assert_eq!(assertion.header().alg.name(), "RS256");
    assert_eq!(assertion.header().kid.as_deref(), Some("key-1"));
    let said = claims(&assertion);
    assert_eq!(said["iss"], "push@seal-1.iam.gserviceaccount.com");
    assert_eq!(said["aud"], format!("{}/token", google.provider.origin));
    assert_eq!(
        said["scope"],
        "https://www.googleapis.com/auth/firebase.messaging"
    );
    assert_eq!(said["exp"].as_i64(), said["iat"].as_i64().map(|iat| iat + 3600));

    let (message, access) = google.message().await;
    assert_eq!(access, "Bearer access-1");
    assert_eq!(message["token"], "device-token");
    assert_eq!(message.get("notification"), None, "data alone");
    assert_eq!(message["android"]["priority"], "HIGH");
    let ttl = message["android"]["ttl"]
        .as_str()
        .unwrap()
        .strip_suffix('s')
        .unwrap();
    assert!(
        (1..=60).contains(&ttl.parse::<i64>().unwrap()),
        "no longer than the session"
    );
    let data = strings(&message["data"]);
    assert_eq!(data["type"], "auth_request");
    assert_eq!(data["sessionId"], login.session_id);
    assert_eq!(data["otp"], login.code);
    let text = message.to_string();
    for personal in ["Dupont", "Jean", "1985", scene.holder.token_id.as_str()] {
        assert!(!text.contains(personal), "{personal} in {text}");
    }
    assert_eq!(
        message["apns"]["payload"]["aps"]["alert"]["body"],
        "A request is waiting for your approval."
    );
    scene.approve(&login).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_is_asked_for_once_and_renewed_before_it_ends() {
    let mut google = Google::start().await;
    let scene = Scene::of_google(&google, |config| config.limits.pushes_since_success = 1000).await;
    // All at once: one of them asks Google, the others wait for it.
    let logins = stream::iter(0..8).map(|_| scene.initiate()).buffer_unordered(8);
    assert_eq!(logins.count().await, 8);
    for _ in 0..8 {
        assert_eq!(google.message().await.1, "Bearer access-1");
    }
    scene.server.clock.advance(3599 - 299);
    scene.initiate().await;
    assert_eq!(google.message().await.1, "Bearer access-2");
    scene.initiate().await;
    assert_eq!(google.message().await.1, "Bearer access-2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_that_google_refuses_is_renewed_once() {
    let mut google = Google::start().await;
    let unauthenticated = || Said::json(401, &json!({"error": {"code": 401, "status": "UNAUTHENTICATED"}}));
    google.provider.say([unauthenticated()]);
    let scene = Scene::of_google(&google, |_| ()).await;
    let login = scene.initiate().await;
    assert_eq!(google.message().await.1, "Bearer access-1");
    assert_eq!(google.message().await.1, "Bearer access-2");
    google.provider.say([unauthenticated(), unauthenticated()]);
    scene.approve(&login).await;
    scene.initiate().await;
    assert_eq!(google.message().await.1, "Bearer access-2");
    assert_eq!(google.message().await.1, "Bearer access-3");
    scene.initiate().await;
    assert_eq!(google.message().await.1, "Bearer access-3", "no third time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_google_cannot_take_now_is_sent_again() {
    let mut google = Google::start().await;
    google.provider.say([
        Said::fcm(503, "UNAVAILABLE", "UNAVAILABLE"),
        Said::fcm(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED").with("retry-after", "1"),
        Said::fcm(500, "INTERNAL", "INTERNAL"),
    ]);
    let scene = Scene::of_google(&google, |_| ()).await;
    let login = scene.initiate().await;
    for _ in 0..4 {
        let (message, _) = google.message().await;
        assert_eq!(message["data"]["sessionId"], login.session_id);
    }
    scene.approve(&login).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_google_will_not_take_before_the_session_ends_is_given_up() {
    let mut google = Google::start().await;
    let later = Said::fcm(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED").with("retry-after", "61");
    google.provider.say([later]);
    let scene = Scene::of_google(&google, |_| ()).await;
    let login = scene.initiate().await;
    assert_eq!(google.message().await.0["data"]["sessionId"], login.session_id);
    scene.approve(&login).await;
    let next = scene.initiate().await;
    assert_eq!(google.message().await.0["data"]["sessionId"], next.session_id);
}
