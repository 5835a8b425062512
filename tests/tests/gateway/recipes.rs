//! `deploy/envoy/envoy.yaml` as it stands, in a real Envoy: only addresses and the module's file are those of this test.

use std::process::Command;
use std::time::Duration;

use serde_json::json;
use tests::command::Running;
use tests::{Call, Receiver, Site, free_port};

use super::{Issuer, assert_refused};
use crate::proxies::adapted;

const RECIPE: &str = include_str!("../../../deploy/envoy/envoy.yaml");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "one story, read from top to bottom")]
async fn the_recipe_for_envoy_serves_and_without_its_provider_lets_nobody_pass() {
    let upstream = Receiver::start().await;
    let (_, behind) = upstream.uri.trim_end_matches("/called").rsplit_once(':').unwrap();
    let port = free_port();
    let changes = [
        (
            "address: 0.0.0.0, port_value: 8443",
            format!("address: 127.0.0.1, port_value: {port}"),
        ),
        (
            "/etc/envoy/envoy_filter.wasm",
            tests::gateway::module().display().to_string(),
        ),
        (
            "address: upstream, port_value: 8080",
            format!("address: 127.0.0.1, port_value: {behind}"),
        ),
        (
            "address: auth.example.com, port_value: 443",
            "address: 127.0.0.1, port_value: 9".to_owned(),
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("envoy.yaml");
    std::fs::write(&file, adapted(RECIPE, &changes)).unwrap();
    let mut command = Command::new(tests::gateway::envoy());
    command.args([
        "--concurrency",
        "1",
        "--disable-hot-restart",
        "--log-level",
        "off",
        "-c",
    ]);
    let _envoy = Running::spawn(command.arg(&file));
    let site = Site::at(&format!("http://127.0.0.1:{port}"));
    let serving = async {
        while site
            .http
            .try_send(Call::get("/health"))
            .await
            .is_none_or(|answer| answer.status != 200)
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), serving)
        .await
        .expect("Envoy takes the recipe");
    let token =
        Issuer::new().token(json!({"iss": "https://auth.example.com", "aud": "https://api.shop.example"}));
    let ask = |path: &str, token: &str| site.send(Call::get(path).bearer(token));
    assert_refused(&ask("/orders/7", &token).await, 503, "keys_unavailable");
    assert_refused(&ask("/orders/7", "a.b.c").await, 401, "token_malformed");
    assert_refused(&ask("/other", &token).await, 403, "no_rule");
}
