//! What operators see: decisions by reason, the cache, ages and fetches in Envoy's statistics; refusals in the log, one in so many and without
//! tokens; claims in the access log.

use std::time::Duration;

use serde_json::json;
use tests::{Call, Gateway, Receiver, Setup};

use super::outages::reply;
use super::{Issuer, now};

/// A policy whose keys are fetched, which logs every second refusal.
fn policy(issuer: &Issuer) -> serde_json::Value {
    let rules = json!([
        {"name": "public", "match": {"path": "/public"}, "access": "public"},
        {"name": "all", "match": {"path": "/**"}, "scopes": {"all": ["orders:read"]}},
    ]);
    let mut policy = issuer.policy(
        rules,
        json!({"log_every": 2, "identity": {"filter_state": [{"key": "sub", "claim": "sub"}]}}),
    );
    policy["issuers"]["idp"]["keys"] = json!({"keys": []});
    policy["issuers"]["idp"]["jwks"] = json!({"cluster": "idp", "uri": "http://idp.example/jwks"});
    policy
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "one story, read from top to bottom")]
async fn gateway_counts_decisions_by_reason_and_logs_refusals_without_tokens() {
    let issuer = Issuer::new();
    let idp = Receiver::start().await;
    idp.answer_usually(reply(&issuer.key.jwks()));
    let mut setup = Setup::new(&idp.uri);
    setup.access_log = Some("%PATH(NQ)% %FILTER_STATE(wasm.sub:PLAIN)%");
    let gateway = Gateway::start(&policy(&issuer), &setup).await;
    let token = issuer.token(json!({}));
    let expired = issuer.token(json!({"exp": now() - 60}));
    let other = issuer.token(json!({"scope": "other"}));
    gateway.send(Call::get("/public")).await.expect(200);
    for _ in 0..3 {
        gateway.ask("/in", &token).await.expect(200);
    }
    for _ in 0..4 {
        gateway.ask("/expired", &expired).await.expect(401);
    }
    gateway.ask("/other", &other).await.expect(403);
    gateway.send(Call::get("/nobody")).await.expect(401);

    // Told a few times a second, all at once.
    gateway.until_counted("decision.token_missing").await;
    for (name, count) in [
        ("decision.public", 1),
        ("decision.accepted", 3),
        ("decision.token_expired", 4),
        ("decision.insufficient_scope", 1),
        ("decision.token_missing", 1),
        ("decision.token_signature", 0),
        ("idp_gateway.cache.hits", 2),
        ("fetch.succeeded", 1),
        ("fetch.failed", 0),
    ] {
        assert_eq!(gateway.statistic(name).await, count, "{name}");
    }
    gateway.until_counted("cache.bytes").await;
    gateway.until_counted("keys.age_seconds").await;

    let log = gateway.log();
    assert_eq!(log.matches("refused: ").count(), 3, "every second of six: {log}");
    assert!(log.contains("refused: token_expired, rule: all"), "{log}");
    for token in [&token, &expired, &other] {
        for part in token.split('.') {
            assert!(!log.contains(part), "no part of a token is logged");
        }
    }
    let written = async {
        while gateway.access_log().len() < 10 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), written)
        .await
        .expect("Envoy writes its access log");
    let lines = gateway.access_log();
    assert_eq!(
        lines.iter().filter(|line| *line == "/in somebody").count(),
        3,
        "{lines:?}"
    );
    assert!(lines.contains(&"/public -".to_owned()), "{lines:?}");
    gateway.assert_alive().await;
}
