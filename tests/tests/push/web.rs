//! Web Push: what a receiver of other people (npm `http_ece`) decrypts, under a VAPID key that phones can read.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use data_encoding::BASE64URL_NOPAD;
use idp_authenticator::push::PushChannel;
use idp_jose::PublicKey;
use idp_jose::jwe::EcdhSecretKey;
use idp_server::config::{Config, WebPushConfig};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{Call, Provider, Said, random};

use super::{Scene, claims, p256_key, strings, verified};

/// A browser's subscription with a push service of this machine.
pub(super) struct Subscribed {
    pub(super) service: Provider,
    secret: [u8; 32],
    auth: [u8; 16],
    pub(super) key: PublicKey,
    files: TempDir,
}

impl Subscribed {
    pub(super) async fn new() -> Self {
        let files = TempDir::new().unwrap();
        let key = p256_key(&files.path().join("vapid.pem"));
        let service = Provider::start().await;
        service.always_say(Said::status(201));
        Self {
            service,
            secret: random(),
            auth: random(),
            key,
            files,
        }
    }

    pub(super) fn channel(&self) -> PushChannel {
        let secret = EcdhSecretKey::from_scalar(&self.secret).unwrap();
        PushChannel::WebPush {
            endpoint: format!("{}/push/abc", self.service.origin),
            p256dh: BASE64URL_NOPAD.encode(secret.public_key().to_sec1()),
            auth: BASE64URL_NOPAD.encode(&self.auth),
        }
    }

    pub(super) fn config(&self) -> WebPushConfig {
        WebPushConfig {
            vapid_key_file: Some(self.files.path().join("vapid.pem")),
            subject: Some("mailto:ops@example.com".to_owned()),
            hosts: Vec::new(),
            loopback: true,
        }
    }

    pub(super) async fn scene(&self) -> Scene {
        Scene::new(self.channel(), |config: &mut Config| {
            config.push.web = self.config();
        })
        .await
    }

    /// As a browser reads it.
    fn decrypt(&self, body: &[u8]) -> Value {
        let peer = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/web-push");
        assert!(
            peer.join("node_modules").is_dir(),
            "install it, as tests/run does: npm ci --prefix tests/peers/web-push"
        );
        let mut child = Command::new("node")
            .arg("decrypt.mjs")
            .current_dir(peer)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Node.js is there; tests/run installs it");
        let encode = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let input =
            json!({"privateKey": encode(&self.secret), "auth": encode(&self.auth), "body": encode(body)});
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.to_string().as_bytes()).unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "a body that a browser can read");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_wakes_the_browser_and_the_browser_approves() {
    let mut browser = Subscribed::new().await;
    let scene = browser.scene().await;
    let login = scene.initiate().await;
    let received = browser.service.next().await;
    assert_eq!(received.path, "/push/abc");
    assert_eq!(received.header("content-encoding"), "aes128gcm");
    assert_eq!(received.header("urgency"), "high");
    assert!((1..=60).contains(&received.header("ttl").parse::<i64>().unwrap()));
    let topic = received.header("topic");
    assert!(
        topic.len() <= 32 && BASE64URL_NOPAD.decode(topic.as_bytes()).is_ok(),
        "RFC 8030 5.4"
    );
    assert!(received.body.len() <= 4096 && !contains(&received.body, &login.session_id));

    let plain = browser.decrypt(&received.body);
    let data = strings(&plain);
    assert_eq!(
        (&data["type"], &data["sessionId"]),
        (&json!("auth_request"), &json!(login.session_id))
    );

    let (token, key) = received
        .header("authorization")
        .strip_prefix("vapid t=")
        .and_then(|rest| rest.split_once(", k="))
        .expect("RFC 8292 3");
    let PublicKey::P256(point) = &browser.key else {
        panic!("a P-256 key")
    };
    assert_eq!(BASE64URL_NOPAD.decode(key.as_bytes()).unwrap(), point.to_sec1());
    let said = claims(&verified(token, &browser.key));
    assert_eq!(said["aud"], browser.service.origin);
    assert_eq!(said["sub"], "mailto:ops@example.com");
    let seconds = said["exp"].as_i64().unwrap() - scene.server.now().unix_seconds();
    assert!((1..=86_400).contains(&seconds), "RFC 8292 2");
    let options = scene.server.send(Call::get("/enroll/push")).await.expect(200);
    assert_eq!(
        options,
        json!({"channels": ["webpush"], "applicationServerKey": key})
    );
    scene.approve(&login).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_push_service_cannot_take_now_is_sent_again() {
    let mut browser = Subscribed::new().await;
    browser
        .service
        .say([Said::status(429).with("retry-after", "1"), Said::status(502)]);
    let scene = browser.scene().await;
    scene.initiate().await;
    let mut topics = Vec::new();
    for _ in 0..3 {
        topics.push(browser.service.next().await.header("topic").to_owned());
    }
    topics.dedup();
    assert_eq!(topics.len(), 1, "each replaces the one before");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_service_that_leads_elsewhere_is_not_followed() {
    let mut browser = Subscribed::new().await;
    let scene = browser.scene().await;
    browser
        .service
        .say([Said::status(307).with("location", "/elsewhere")]);
    scene.initiate().await;
    assert_eq!(browser.service.next().await.path, "/push/abc");
    scene.initiate().await;
    assert_eq!(browser.service.next().await.path, "/push/abc");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_that_ended_is_forgotten() {
    for status in [404, 410] {
        let browser = Subscribed::new().await;
        browser.service.say([Said::status(status)]);
        let scene = browser.scene().await;
        scene.initiate().await;
        scene.forgotten().await;
    }
}

fn contains(body: &[u8], text: &str) -> bool {
    body.windows(text.len()).any(|part| part == text.as_bytes())
}
