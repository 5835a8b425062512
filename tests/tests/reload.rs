//! Issue "Production" 5: SIGHUP puts in force what can change while the server runs, and names what cannot.

use std::time::Duration;

use http::Method;
use serde_json::json;
use tests::{Call, Installation, Site};

/// Waits until the server says it.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    waited.unwrap_or_else(|_| panic!("never: {what}"));
}

async fn ready(site: &Site) -> serde_json::Value {
    site.send(Call::get("/health/ready")).await.json()
}

/// How many challenges one address gets within a minute.
async fn challenges(site: &Site) -> usize {
    let mut given = 0;
    for _ in 0..6 {
        let answer = site.send(Call::new(Method::POST, "/enroll/challenge")).await;
        given += usize::from(answer.status.is_success());
    }
    given
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_and_the_log_change_while_the_server_runs() {
    let mut installation = Installation::embedded();
    installation.set("log", "filter", "\"info\"");
    let instance = installation.start().await;
    let site = instance.site.clone();
    assert_eq!(challenges(&site).await, 6);
    assert!(instance.log().contains("/enroll/challenge"), "one line a request");
    instance.edit("challenge_per_minute = 100000", "challenge_per_minute = 1");
    instance.edit("filter = \"info\"", "filter = \"info,access=off\"");
    instance.signal("HUP");
    until("the new configuration is in force", async || {
        instance.log().contains("is in force")
    })
    .await;
    assert_eq!(
        challenges(&site).await,
        0,
        "the new limit counts what came before"
    );
    site.send(Call::get("/services/nobody")).await;
    assert!(
        !instance.log().contains("/services/{service_id}"),
        "{}",
        instance.log()
    );
    assert_eq!(ready(&site).await.get("restart"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_a_restart_is_named_and_stays() {
    let installation = Installation::embedded();
    let instance = installation.start().await;
    let site = instance.site.clone();
    let issuer = format!("issuer = \"{}\"", site.issuer);
    instance.edit(&issuer, "issuer = \"https://elsewhere.example\"");
    instance.edit("checkpoint_seconds = 5", "checkpoint_seconds = 6");
    instance.signal("HUP");
    until("it is named", async || {
        ready(&site).await["restart"] == json!(["issuer", "audit.checkpoint_seconds"])
    })
    .await;
    let discovery = site.send(Call::get("/.well-known/openid-configuration")).await;
    assert_eq!(discovery.expect(200)["issuer"], site.issuer);
    assert!(
        instance.log().contains("a restart is needed"),
        "{}",
        instance.log()
    );
    instance.edit("issuer = \"https://elsewhere.example\"", &issuer);
    instance.edit("checkpoint_seconds = 6", "checkpoint_seconds = 5");
    instance.signal("HUP");
    until("nothing waits any more", async || {
        ready(&site).await.get("restart").is_none()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_not_valid_changes_nothing_and_says_why() {
    let installation = Installation::embedded();
    let instance = installation.start().await;
    let site = instance.site.clone();
    instance.edit("challenge_per_minute = 100000", "challenge_per_minute = 0");
    instance.signal("HUP");
    until("the trouble is told", async || {
        let health = ready(&site).await;
        health["status"] == "degraded" && health["parts"]["config"].is_string()
    })
    .await;
    assert!(
        instance.log().contains("limits.challenge_per_minute"),
        "the log names the key: {}",
        instance.log()
    );
    assert_eq!(challenges(&site).await, 6, "what was in force stays");
    instance.edit("challenge_per_minute = 0", "challenge_per_minute = 2");
    instance.signal("HUP");
    until("the next file is taken", async || {
        ready(&site).await["status"] == "ok"
    })
    .await;
}
