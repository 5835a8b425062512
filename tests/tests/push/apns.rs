//! Apple Push Notification service: TLS, HTTP/2, a provider token.

use http::Version;
use idp_authenticator::push::PushChannel;
use idp_jose::PublicKey;
use idp_push::apns::PushType;
use idp_server::config::{ApnsConfig, Config};
use serde_json::json;
use tempfile::TempDir;
use tests::{Provider, Said};

use super::{APPLE_TOKEN, Scene, claims, p256_key, strings, verified};

/// Apple, with the key file that it gives.
struct Apple {
    provider: Provider,
    key: PublicKey,
    files: TempDir,
}

impl Apple {
    async fn start() -> Self {
        let files = TempDir::new().unwrap();
        let key = p256_key(&files.path().join("AuthKey.p8"));
        let provider = Provider::start_http2().await;
        std::fs::write(files.path().join("root.pem"), provider.root.as_ref().unwrap()).unwrap();
        Self { provider, key, files }
    }

    async fn scene(&self, push_type: PushType) -> Scene {
        let channel = PushChannel::Apns {
            token: APPLE_TOKEN.to_owned(),
        };
        Scene::new(channel, |config: &mut Config| {
            config.push.ca_file = Some(self.files.path().join("root.pem"));
            config.push.apns = Some(ApnsConfig {
                key_file: self.files.path().join("AuthKey.p8"),
                key_id: "ABC123DEFG".to_owned(),
                team_id: "DEF123GHIJ".to_owned(),
                topic: "com.example.wallet".to_owned(),
                endpoint: self.provider.origin.clone(),
                push_type,
            });
            config.limits.pushes_since_success = 100;
        })
        .await
    }

    /// The provider token of the next push.
    async fn token(&mut self) -> String {
        let received = self.provider.next().await;
        let token = received.header("authorization").strip_prefix("bearer ");
        token.expect("a provider token").to_owned()
    }
}

fn failure(status: u16, reason: &str) -> Said {
    Said::json(status, &json!({ "reason": reason }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_wakes_the_phone_and_the_phone_approves() {
    let mut apple = Apple::start().await;
    let scene = apple.scene(PushType::Alert).await;
    let before = scene.server.now().unix_seconds();
    let login = scene.initiate().await;
    let received = apple.provider.next().await;
    assert_eq!(received.version, Version::HTTP_2);
    assert_eq!(received.path, format!("/3/device/{APPLE_TOKEN}"));
    let token = received.header("authorization").strip_prefix("bearer ").unwrap();
    let token = verified(token, &apple.key);
    assert_eq!(token.header().alg.name(), "ES256");
    assert_eq!(token.header().kid.as_deref(), Some("ABC123DEFG"));
    let said = claims(&token);
    assert_eq!(said["iss"], "DEF123GHIJ");
    let issued = said["iat"].as_i64().unwrap();
    assert!((before..=scene.server.now().unix_seconds()).contains(&issued));
    for (name, value) in [
        ("apns-topic", "com.example.wallet"),
        ("apns-push-type", "alert"),
        ("apns-priority", "10"),
        ("apns-collapse-id", &login.session_id),
    ] {
        assert_eq!(received.header(name), value, "{name}");
    }
    let ends: i64 = received.header("apns-expiration").parse().unwrap();
    assert!((1..=60).contains(&(ends - scene.server.now().unix_seconds())));
    let mut payload = received.json();
    let aps = payload.as_object_mut().unwrap().remove("aps").unwrap();
    assert_eq!(
        aps["alert"],
        json!({"body": "A request is waiting for your approval."})
    );
    let data = strings(&payload);
    assert_eq!(data["sessionId"], login.session_id);
    scene.approve(&login).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_background_push_shows_nothing() {
    let mut apple = Apple::start().await;
    let scene = apple.scene(PushType::Background).await;
    scene.initiate().await;
    let received = apple.provider.next().await;
    assert_eq!(received.header("apns-push-type"), "background");
    assert_eq!(received.header("apns-priority"), "5");
    assert_eq!(received.json()["aps"], json!({"content-available": 1}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_token_serves_for_forty_minutes_and_is_renewed_when_apple_says_so() {
    let mut apple = Apple::start().await;
    let scene = apple.scene(PushType::Alert).await;
    let mut token = async |seconds| {
        scene.server.clock.advance(seconds);
        scene.initiate().await;
        apple.token().await
    };
    let first = token(0).await;
    assert_eq!(token(39 * 60).await, first);
    let second = token(2 * 60).await;
    assert_ne!(second, first);
    // Too young to be replaced: Apple takes another one every 20 minutes at the most.
    apple.provider.say([failure(403, "ExpiredProviderToken")]);
    scene.initiate().await;
    assert_eq!(apple.token().await, second);
    scene.server.clock.advance(21 * 60);
    apple.provider.say([failure(403, "ExpiredProviderToken")]);
    scene.initiate().await;
    assert_eq!(apple.token().await, second);
    let third = apple.token().await;
    assert_ne!(third, second, "renewed, and sent again");
    scene.initiate().await;
    assert_eq!(apple.token().await, third);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_apple_cannot_take_now_is_sent_again() {
    let mut apple = Apple::start().await;
    apple.provider.say([
        failure(503, "Shutdown"),
        failure(500, "InternalServerError"),
        failure(429, "TooManyRequests"),
    ]);
    let scene = apple.scene(PushType::Alert).await;
    let login = scene.initiate().await;
    for _ in 0..4 {
        let received = apple.provider.next().await;
        assert_eq!(received.header("apns-collapse-id"), login.session_id);
    }
    scene.approve(&login).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_apple_does_not_know_any_more_is_forgotten() {
    for (status, reason) in [(410, "Unregistered"), (400, "BadDeviceToken")] {
        let apple = Apple::start().await;
        apple.provider.say([failure(status, reason)]);
        let scene = apple.scene(PushType::Alert).await;
        scene.initiate().await;
        scene.forgotten().await;
    }
}
