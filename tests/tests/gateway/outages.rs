//! The identity provider is down at the start, later, slow, answers 503 or garbage: known keys go on, unknown ones never pass; keys rotate.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Call, ClientKey, Gateway, Receiver, Reply, Setup, TestServer};
use tokio::net::TcpListener;

use super::{AUDIENCE, ISSUER, Issuer, assert_refused, everything};

/// A policy whose keys come from the cluster `idp`, with a bootstrap key or without.
fn remote(issuer: &Issuer, bootstrap: bool, more: Value) -> Value {
    let mut jwks =
        json!({"cluster": "idp", "uri": "http://idp.example/jwks", "timeout_ms": 500, "refresh_seconds": 1});
    if let (Some(jwks), Value::Object(more)) = (jwks.as_object_mut(), more) {
        jwks.extend(more);
    }
    let keys = if bootstrap {
        issuer.key.jwks()
    } else {
        json!({"keys": []})
    };
    let described = json!({"issuer": ISSUER, "audiences": [AUDIENCE], "keys": keys, "jwks": jwks});
    issuer.policy(everything(), json!({"issuers": {"idp": described}}))
}

pub(super) fn reply(body: &Value) -> Reply {
    Reply {
        status: 200,
        location: None,
        // The receiver answers with texts of the program; a test's own live as long.
        body: Box::leak(body.to_string().into_boxed_str()),
    }
}

/// Asks until the answer has this status; the gateway fetches in its own time.
pub(super) async fn until(gateway: &Gateway, token: &str, status: u16) {
    let asking = async {
        while gateway.ask("/", token).await.status.as_u16() != status {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let asked = tokio::time::timeout(Duration::from_secs(20), asking).await;
    asked.unwrap_or_else(|_| panic!("never {status}: {}", gateway.log()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_waits_for_its_first_keys_and_takes_new_ones_when_a_token_names_them() {
    let (first, second) = (Issuer::new(), Issuer::new());
    let idp = Receiver::start().await;
    idp.answer_usually(reply(&first.key.jwks()));
    let more = json!({"refresh_seconds": 3600, "unknown_key_floor_seconds": 1});
    let gateway = Gateway::start(&remote(&first, false, more), &Setup::new(&idp.uri)).await;
    gateway.ask("/", &first.token(json!({}))).await.expect(200);

    let both = json!({"keys": [first.key.jwk().to_value(), second.key.jwk().to_value()]});
    idp.answer_usually(reply(&both));
    gateway.ask("/", &second.token(json!({}))).await.expect(200);
    gateway.ask("/", &first.token(json!({}))).await.expect(200);

    // A name that nobody has is asked for once, and not again before the floor.
    idp.answer([
        reply(&both),
        reply(&both),
        reply(&both),
        reply(&both),
        reply(&both),
    ]);
    let unknown = Issuer::new();
    for _ in 0..20 {
        assert_refused(
            &gateway.ask("/", &unknown.token(json!({}))).await,
            401,
            "token_key_unknown",
        );
    }
    assert!(
        gateway.statistic("fetch.succeeded").await <= 6,
        "a flood of names is no flood of fetches"
    );
    gateway.ask("/", &second.token(json!({}))).await.expect(200);
    gateway.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_works_from_its_configuration_while_the_provider_is_out_of_order() {
    let issuer = Issuer::new();
    let good = issuer.token(json!({}));
    // Nobody listens.
    let gateway = Gateway::start(
        &remote(&issuer, true, json!({})),
        &Setup::new("http://127.0.0.1:9"),
    )
    .await;
    gateway.ask("/", &good).await.expect(200);
    let stranger = Issuer::new();
    let answer = gateway.ask("/", &stranger.token(json!({}))).await;
    assert_refused(&answer, 401, "token_key_unknown");
    gateway.assert_alive().await;

    // Somebody listens and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let idp = format!("http://{}", silent.local_addr().unwrap());
    let gateway = Gateway::start(&remote(&issuer, false, json!({})), &Setup::new(&idp)).await;
    let answer = gateway.ask("/", &good).await;
    assert_refused(&answer, 503, "keys_unavailable");
    assert_eq!(answer.header("retry-after"), "2");
    gateway.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_keeps_the_last_good_keys_whatever_the_provider_answers() {
    let issuer = Issuer::new();
    let idp = Receiver::start().await;
    let garbage = |body: &'static str| Reply {
        status: 200,
        location: None,
        body,
    };
    let private = json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA"}]});
    idp.answer_usually(reply(&issuer.key.jwks()));
    let gateway = Gateway::start(&remote(&issuer, false, json!({})), &Setup::new(&idp.uri)).await;
    gateway.ask("/", &issuer.token(json!({}))).await.expect(200);
    idp.answer([Reply::from(503), garbage(""), garbage("<html>")]);
    idp.answer([
        Reply::from(404),
        garbage("{\"keys\":[]}"),
        garbage("{\"keys\":[],\"keys\":[]}"),
        reply(&private),
    ]);
    while gateway.statistic("fetch.failed").await < 4 {
        gateway.ask("/", &issuer.token(json!({}))).await.expect(200);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    gateway.ask("/", &issuer.token(json!({}))).await.expect(200);
    gateway.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_gives_up_keys_that_are_too_old() {
    let issuer = Issuer::new();
    let idp = Receiver::start().await;
    idp.answer([reply(&issuer.key.jwks())]);
    idp.answer([503; 200]);
    let gateway = Gateway::start(
        &remote(&issuer, false, json!({"max_stale_seconds": 1})),
        &Setup::new(&idp.uri),
    )
    .await;
    gateway.ask("/", &issuer.token(json!({}))).await.expect(200);
    until(&gateway, &issuer.token(json!({})), 503).await;
    gateway.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn gateway_has_no_wrong_answer_while_keys_rotate_under_load_and_one_worker_fetches() {
    let issuers: Vec<Issuer> = (0..4).map(|_| Issuer::new()).collect();
    let idp = Receiver::start().await;
    let set = |keys: &[&ClientKey]| {
        reply(&json!({"keys": keys.iter().map(|key| key.jwk().to_value()).collect::<Vec<_>>()}))
    };
    idp.answer_usually(set(&[&issuers[0].key]));
    let mut setup = Setup::new(&idp.uri);
    setup.concurrency = 4;
    let gateway = Arc::new(
        Gateway::start(
            &remote(
                &issuers[0],
                false,
                json!({"refresh_seconds": 3600, "unknown_key_floor_seconds": 1}),
            ),
            &setup,
        )
        .await,
    );
    for round in issuers.windows(2) {
        // The old key and the next one, which signs as soon as it is published.
        idp.answer_usually(set(&[&round[0].key, &round[1].key]));
        until(&gateway, &round[1].token(json!({})), 200).await;
        let tokens = (0..40).map(|index| round[index % 2].token(json!({})));
        let asking = tokens.map(|token| {
            let gateway = gateway.clone();
            tokio::spawn(async move { gateway.ask("/", &token).await.status.as_u16() })
        });
        for answer in asking.collect::<Vec<_>>() {
            assert_eq!(answer.await.unwrap(), 200, "{}", gateway.log());
        }
        tokio::time::sleep(Duration::from_millis(1100)).await;
    }
    // Six VMs at the start, and four workers at each rotation, would have fetched eighteen times.
    let fetched = gateway.statistic("fetch.succeeded").await;
    assert!(fetched <= 12, "{fetched} fetches");
    gateway.send(Call::get("/")).await.expect(401);
    gateway.assert_alive().await;
}

/// A real provider answers 304 where nothing changed (RFC 9110 15.4.5): the keys stay, and that is no failure.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_asks_a_real_provider_again_and_keeps_what_did_not_change() {
    let server = TestServer::start().await;
    let address = format!("{}/.well-known/jwks.json", server.issuer);
    let jwks = json!({"cluster": "idp", "uri": address, "refresh_seconds": 1});
    let described = json!({"issuer": server.issuer, "jwks": jwks});
    let policy = json!({"issuers": {"idp": described}, "rules": everything()});
    let gateway = Gateway::start(&policy, &Setup::new(&server.issuer)).await;
    while gateway.statistic("fetch.succeeded").await < 4 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(gateway.statistic("fetch.failed").await, 0, "{}", gateway.log());
    for status in ["2", "3"] {
        let name = format!("cluster.idp.upstream_rq_{status}xx");
        assert!(gateway.statistic(&name).await > 0, "{name}");
    }
    let stranger = Issuer::new().token(json!({"iss": server.issuer}));
    assert_refused(&gateway.ask("/", &stranger).await, 401, "token_key_unknown");
    gateway.assert_alive().await;
}
