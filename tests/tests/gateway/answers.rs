//! RFC 6750 3, RFC 9470 3, RFC 9728 5.1: what a caller learns of a refusal; gRPC callers get a gRPC status. Which rule decides.

use http::Method;
use serde_json::json;
use tests::{Call, Gateway, Setup};

use super::{AUDIENCE, Issuer, assert_refused, now};

const NOWHERE: &str = "http://127.0.0.1:9";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_rules_decide_by_method_path_and_scope() {
    let issuer = Issuer::new();
    let rules = json!([
        {"name": "health", "match": {"path": "/health"}, "access": "public"},
        {"name": "read", "match": {"methods": ["GET"], "path": "/orders/{id}"}, "scopes": {"all": ["orders:read"]}},
        {"name": "write", "match": {"methods": ["POST"], "path": "/orders/**"}, "scopes": {"any": ["orders:write", "admin"]}},
        {"name": "adults", "match": {"path": "/bar"}, "require": ["adult"]},
        {"name": "maybe", "match": {"path": "/news/**"}, "access": "optional"},
        {"name": "host", "match": {"hosts": ["*.inside.example"], "path": "/**"}, "access": "public"},
        {"name": "recent", "match": {"path": "/transfer"}, "claims": [{"claim": "auth_time", "younger_than_seconds": 60}]},
        {"name": "strong", "match": {"path": "/vault"}, "claims": [{"claim": "acr", "one_of": ["urn:a", "urn:b"]}]},
        {"name": "named", "match": {"routes": ["the-route"], "path": "/by-route"}, "access": "public"},
        {"name": "marked", "match": {"metadata": {"access": "open"}, "path": "/by-metadata"}, "access": "public"},
    ]);
    let policy = issuer.policy(rules, json!({
        "rule_sets": {"adult": {"claims": [{"claim": "age_over_18", "equals": true}, {"claim": "trust_level", "at_least": 2}]}},
        "answers": {"realm": "shop", "resource_metadata": "https://api.example/.well-known/oauth-protected-resource"},
    }));
    let mut setup = Setup::new(NOWHERE);
    setup.routes = json!([
        {"name": "the-route", "match": {"prefix": "/by-route"}, "route": {"cluster": "upstream"}},
        {"match": {"prefix": "/by-metadata"}, "route": {"cluster": "upstream"},
            "metadata": {"filter_metadata": {"idp.gateway": {"access": "open"}}}},
        {"match": {"prefix": "/"}, "route": {"cluster": "upstream"}},
    ]);
    let gateway = Gateway::start(&policy, &setup).await;
    let token = issuer.token(json!({}));

    gateway.send(Call::get("/health")).await.expect(200);
    gateway.ask("/orders/7?page=2", &token).await.expect(200);
    gateway.ask("/orders/7", &token).await.expect(200);
    assert_refused(&gateway.ask("/orders", &token).await, 403, "no_rule");
    let denied = gateway
        .send(Call::new(Method::POST, "/orders/7").bearer(&token))
        .await;
    assert_refused(&denied, 403, "insufficient_scope");
    assert_eq!(
        denied.header("www-authenticate"),
        "Bearer realm=\"shop\", error=\"insufficient_scope\", scope=\"orders:write admin\", \
         resource_metadata=\"https://api.example/.well-known/oauth-protected-resource\""
    );
    assert_refused(&gateway.ask("/bar", &token).await, 403, "insufficient_claims");
    let adult = issuer.token(json!({"age_over_18": true, "trust_level": 2}));
    gateway.ask("/bar", &adult).await.expect(200);
    gateway.send(Call::get("/news/today")).await.expect(200);
    assert_refused(&gateway.ask("/news/today", "bad").await, 401, "token_malformed");
    gateway.ask("/news/today", &token).await.expect(200);
    gateway.send(Call::get("/by-route")).await.expect(200);
    gateway.send(Call::get("/by-metadata")).await.expect(200);
    let inside = Call::get("/anything").header("host", "a.inside.example:8080");
    gateway.send(inside).await.expect(200);
    let outside = Call::get("/anything").header("host", "inside.example");
    assert_refused(&gateway.send(outside).await, 403, "no_rule");

    let recent = gateway
        .ask("/transfer", &issuer.token(json!({"auth_time": now() - 120})))
        .await;
    assert_refused(&recent, 401, "insufficient_login");
    let challenge = recent.header("www-authenticate");
    assert!(
        challenge.contains("error=\"insufficient_user_authentication\", max_age=\"60\""),
        "{challenge}"
    );
    gateway
        .ask("/transfer", &issuer.token(json!({"auth_time": now() - 5})))
        .await
        .expect(200);
    let strong = gateway
        .ask("/vault", &issuer.token(json!({"acr": "urn:c"})))
        .await;
    assert!(
        strong
            .header("www-authenticate")
            .contains("acr_values=\"urn:a urn:b\"")
    );
    gateway
        .ask("/vault", &issuer.token(json!({"acr": "urn:b"})))
        .await
        .expect(200);
    gateway.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_tells_who_brings_no_token_what_would_do_and_grpc_callers_in_their_language() {
    let issuer = Issuer::new();
    let rules = json!([{"match": {"path": "/**"}, "scopes": {"all": ["orders:read"]}}]);
    let gateway = Gateway::start(&issuer.policy(rules, json!({})), &Setup::new(NOWHERE)).await;
    let nothing = gateway.send(Call::get("/")).await;
    assert_refused(&nothing, 401, "token_missing");
    assert_eq!(nothing.header("www-authenticate"), "Bearer scope=\"orders:read\"");
    let basic = gateway
        .send(Call::get("/").header("authorization", "Basic YTpi"))
        .await;
    assert_refused(&basic, 401, "token_missing");

    let grpc = |token: &str| {
        Call::new(Method::POST, "/shop.Orders/Get")
            .header("content-type", "application/grpc")
            .bearer(token)
    };
    let answer = gateway.send(grpc("a.b.c")).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("grpc-status").as_str()),
        (200, "16"),
        "{answer:?}"
    );
    let other = issuer.token(json!({"scope": "other"}));
    assert_eq!(gateway.send(grpc(&other)).await.header("grpc-status"), "7");
    let wrong = issuer.token(json!({"aud": "elsewhere"}));
    let answer = gateway.ask("/", &wrong).await;
    assert_refused(&answer, 401, "token_audience");
    assert!(
        !answer.text().contains(AUDIENCE) && !answer.text().contains("elsewhere"),
        "nothing of the token is told"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_refuses_a_policy_that_it_does_not_understand() {
    let issuer = Issuer::new();
    let rule = json!([{"match": {"path": "/**"}}]);
    for policy in [
        json!({}),
        issuer.policy(json!([]), json!({})),
        issuer.policy(rule.clone(), json!({"surprise": 1})),
        issuer.policy(json!([{"match": {"pth": "/"}}]), json!({})),
        issuer.policy(
            json!([{"match": {"path": "/"}, "require": ["unknown"]}]),
            json!({}),
        ),
        issuer.policy(
            rule,
            json!({"identity": {"headers": [{"header": "x-other", "claim": "sub"}]}}),
        ),
    ] {
        assert!(
            Gateway::try_start(&policy, &Setup::new(NOWHERE)).await.is_none(),
            "{policy}"
        );
    }
}
