//! `idp gateway check` decides as the gateway does, and says why.

use serde_json::{Value, json};
use tests::{Gateway, Setup};

use super::Issuer;
use crate::idp::run;

/// What the command answers, and whether it ended with 0.
fn check(arguments: &[&str]) -> (Value, bool) {
    let all: Vec<&str> = ["gateway", "check", "--json"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    let done = run(&all);
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("one JSON value, not {said:?}"));
    (value, done.status.success())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_and_command_agree() {
    let issuer = Issuer::new();
    let rules = json!([
        {"name": "public", "match": {"path": "/public"}, "access": "public"},
        {"name": "read", "match": {"path": "/orders/**"}, "scopes": {"all": ["orders:read"]}},
        {"name": "write", "match": {"path": "/admin/**"}, "scopes": {"all": ["admin"]}},
    ]);
    let policy = issuer.policy(
        rules,
        json!({"identity": {"headers": [{"header": "x-idp-sub", "claim": "sub"}]}}),
    );
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("policy.json").display().to_string();
    std::fs::write(&file, policy.to_string()).unwrap();
    assert_eq!(
        check(&["--policy", &file]),
        (json!({"valid": true, "rules": 3}), true)
    );

    let gateway = Gateway::start(&policy, &Setup::new("http://127.0.0.1:9")).await;
    let (good, bad) = (issuer.token(json!({})), Issuer::new().token(json!({})));
    for (path, token) in [
        ("/public", &good),
        ("/orders/7", &good),
        ("/orders/7", &bad),
        ("/admin/x", &good),
        ("/other", &good),
        ("//public", &good),
    ] {
        let answer = gateway.ask(path, token).await;
        let (said, passes) = check(&[
            "--policy",
            &file,
            "--request",
            &format!("GET {path}"),
            "--token",
            token,
        ]);
        assert_eq!(passes, answer.status.is_success(), "{path}: {said}");
        if passes {
            assert_eq!(said["verdict"], "pass");
        } else {
            assert_eq!(said["code"], answer.code().as_str(), "{path}");
            assert_eq!(said["status"], answer.status.as_u16(), "{path}");
        }
    }
    let (said, _) = check(&["--policy", &file, "--request", "GET /orders/7", "--token", &good]);
    assert_eq!(said["headers"], json!({"x-idp-sub": "somebody"}));
}
