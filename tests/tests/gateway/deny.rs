//! Deny lists that are fetched: whom they name is refused, remembered or not, and without them nobody passes by a token.

use serde_json::json;
use tests::{Gateway, Receiver, Setup};

use super::outages::{reply, until};
use super::{Issuer, assert_refused, everything, now};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_refuses_whom_the_fetched_deny_lists_name_and_everybody_when_they_are_too_old() {
    let issuer = Issuer::new();
    let idp = Receiver::start().await;
    idp.answer_usually(reply(&json!({"jti": ["other"]})));
    let remote = json!({"cluster": "idp", "uri": "http://idp.example/deny", "timeout_ms": 500, "refresh_seconds": 1,
        "max_stale_seconds": 2});
    let deny = json!({"sid": ["given"], "remote": remote});
    let gateway = Gateway::start(
        &issuer.policy(everything(), json!({"deny": deny})),
        &Setup::new(&idp.uri),
    )
    .await;
    let (one, session) = (
        issuer.token(json!({"jti": "one"})),
        issuer.token(json!({"sid": "s"})),
    );
    let fresh = issuer.token(json!({"sub": "somebody else"}));
    for token in [&one, &session, &fresh, &one] {
        gateway.ask("/", token).await.expect(200);
    }
    let given = issuer.token(json!({"sid": "given"}));
    assert_refused(&gateway.ask("/", &given).await, 401, "token_denied");

    let lists = json!({"jti": ["one"], "sid": ["s"], "sub": {"somebody else": now() + 60}});
    idp.answer_usually(reply(&lists));
    until(&gateway, &one, 401).await;
    for token in [&one, &session, &fresh, &given] {
        assert_refused(&gateway.ask("/", token).await, 401, "token_denied");
    }
    let good = issuer.token(json!({}));
    gateway.ask("/", &good).await.expect(200);

    // Nothing else than lists takes their place, and in time nobody knows who is not denied.
    idp.answer_usually(reply(&json!({"jti": "one"})));
    until(&gateway, &good, 503).await;
    let answer = gateway.ask("/", &good).await;
    assert_refused(&answer, 503, "deny_list_unavailable");
    assert_eq!(answer.header("retry-after"), "2");
    assert_refused(&gateway.ask("/", &one).await, 401, "token_denied");
    idp.answer_usually(reply(&json!({})));
    until(&gateway, &good, 200).await;
    gateway.ask("/", &one).await.expect(200);
    gateway.assert_alive().await;
}
