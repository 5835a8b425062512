//! What the upstream learns, and that nobody else can tell it: the reserved names are stripped from every request first.

use serde_json::json;
use tests::{Call, Gateway, Setup};

use super::{Issuer, assert_refused};

const NOWHERE: &str = "http://127.0.0.1:9";

fn told() -> serde_json::Value {
    json!({
        "headers": [
            {"header": "x-idp-sub", "claim": "sub"},
            {"header": "x-idp-roles", "claim": "roles", "join": " "},
            {"header": "x-idp-name", "claim": "address.city"},
        ],
        "filter_state": [{"key": "sub", "claim": "sub"}],
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
async fn gateway_tells_the_upstream_the_claims_and_strips_what_clients_make_up() {
    let issuer = Issuer::new();
    let rules = json!([
        {"match": {"path": "/public"}, "access": "public"},
        {"match": {"path": "/optional"}, "access": "optional"},
        {"match": {"path": "/required"}},
    ]);
    let policy = issuer.policy(rules, json!({"identity": told(), "cors_preflight": true}));
    let mut gateway = Gateway::start(&policy, &Setup::new(NOWHERE)).await;
    let token = issuer.token(json!({"roles": ["a", "b"], "address": {"city": "K\u{f6}ln"}}));
    let spoofs = [
        "x-idp-sub",
        "X-IDP-SUB",
        "X-Idp-Sub",
        "x-IDP-sub",
        "x_idp_sub",
        "X_Idp_Admin",
        "x-idp-anything",
        "X-iDp-Roles",
    ];
    let preflight =
        "OPTIONS /required HTTP/1.1\r\norigin: https://a.example\r\naccess-control-request-method: GET\r\n"
            .to_owned();
    let bearer = format!("GET /required HTTP/1.1\r\nauthorization: Bearer {token}\r\n");
    let routes = [
        ("GET /public HTTP/1.1\r\n".to_owned(), false),
        ("GET /optional HTTP/1.1\r\n".to_owned(), false),
        (preflight, false),
        (bearer.clone(), true),
        // The second time the token is remembered.
        (bearer, true),
    ];
    for (beginning, identified) in &routes {
        for spoof in spoofs {
            let request = format!("{beginning}host: a\r\n{spoof}: admin\r\n{spoof}: other\r\n\r\n");
            assert_eq!(gateway.raw(request.as_bytes()).await, 200, "{beginning}");
            let received = gateway.forwarded().await;
            let reserved: Vec<(&str, &str)> = received
                .headers
                .iter()
                .filter(|(name, _)| name.as_str().replace('_', "-").starts_with("x-idp"))
                .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
                .collect();
            let mut expected = vec![
                ("x-idp-sub", "somebody"),
                ("x-idp-roles", "a b"),
                ("x-idp-name", "=?UTF-8?B?S8O2bG4=?="),
            ];
            expected.retain(|_| *identified);
            assert_eq!(reserved, expected, "{beginning}{spoof}");
        }
    }
    for counted in ["cache.hits", "decision.accepted"] {
        gateway.until_counted(counted).await;
    }
    gateway.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_finds_tokens_where_the_policy_says_and_takes_them_out() {
    let issuer = Issuer::new();
    let rules = json!([{"match": {"path": "/**"}, "access": "optional"}]);
    let token = json!({
        "sources": [{"header": "authorization"}, {"header": "x-token"}, {"cookie": "session"}, {"query": "access_token"}],
        "forward": "move", "forward_header": "x-idp-token",
    });
    let mut gateway = Gateway::start(
        &issuer.policy(rules, json!({"token": token})),
        &Setup::new(NOWHERE),
    )
    .await;
    let token = issuer.token(json!({}));
    let calls = [
        Call::get("/a?b=1").bearer(&token),
        Call::get("/a?b=1").header("x-token", &token),
        Call::get("/a?b=1").header("cookie", &format!("one=1; session={token}; two=2")),
        Call::get(format!("/a?access_token={token}&b=1")),
    ];
    for (index, call) in calls.into_iter().enumerate() {
        gateway.send(call).await.expect(200);
        let received = gateway.forwarded().await;
        assert_eq!(received.header("x-idp-token"), token, "{index}");
        assert_eq!(received.path, "/a?b=1", "{index}");
        assert_eq!(received.header("authorization"), "");
        assert_eq!(received.header("x-token"), "");
        let cookie = if index == 2 { "one=1; two=2" } else { "" };
        assert_eq!(received.header("cookie"), cookie);
    }
    let twice = Call::get(format!("/a?access_token={token}")).bearer(&token);
    assert_refused(&gateway.send(twice).await, 400, "token_unclear");
    let double = Call::get("/").header("cookie", &format!("session={token}; session={token}"));
    assert_refused(&gateway.send(double).await, 400, "token_unclear");
    gateway.assert_alive().await;
}
