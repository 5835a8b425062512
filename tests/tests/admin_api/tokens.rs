//! What the command line does beside resources: tokens, lists, verification.

use http::Method;
use idp_server::admin::{OperatorScope, Role};
use serde_json::json;
use tests::{Call, TestServer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_makes_none_that_may_do_more() {
    let server = TestServer::start().await;
    let scopes = [OperatorScope::Admin];
    let token = server.operator_with("ann", &scopes, Role::Operator).await;
    let ask =
        |body: serde_json::Value| server.send(Call::post("/admin/operator-tokens", &body).bearer(&token));
    let lesser = ask(json!({"role": "auditor", "ttl_seconds": 60}))
        .await
        .expect(201);
    let lesser = lesser["token"].as_str().expect("a token").to_owned();
    let enrolments = server.send(Call::get("/admin/enrollments").bearer(&lesser)).await;
    enrolments.expect(200);
    let revoke = Call::post("/revoke", &json!({"tokenId": "nobody", "reason": "user_request"}));
    server
        .send(revoke.bearer(&lesser))
        .await
        .expect_problem(403, "insufficient_scope");
    for more in [
        json!({"role": "super_admin"}),
        json!({"scopes": ["idtoken:audit"]}),
    ] {
        ask(more).await.expect_problem(403, "insufficient_scope");
    }
    for wrong in [
        json!({"ttl_seconds": 0}),
        json!({"scopes": []}),
        json!({"name": "bob"}),
    ] {
        ask(wrong).await.expect_problem(400, "invalid_request");
    }
    // It ends no later than the one that made it.
    server.clock.advance(3_000);
    let late = ask(json!({"ttl_seconds": 86_400})).await.expect(201);
    server.clock.advance(601);
    let late = late["token"].as_str().expect("a token");
    let over = server.send(Call::get("/admin/keys").bearer(late)).await;
    over.expect_problem(401, "invalid_token");
    let made = server
        .administer(Call::get("/admin/audit?event=ADMIN_TOKEN"))
        .await
        .expect(200);
    assert_eq!(made["total"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_read_at_once_and_the_log_is_verified() {
    let server = TestServer::start().await;
    let before = server.administer(Call::get("/admin/trust")).await.expect(200);
    server.clock.advance(60);
    server.scheme().sign(server.now()).expect("signed lists");
    let refreshed = server
        .administer(Call::new(Method::POST, "/admin/trust/refresh"))
        .await;
    assert_ne!(
        refreshed.expect(200)["lists"],
        before["lists"],
        "newer lists are in force"
    );
    let verified = server
        .administer(Call::new(Method::POST, "/admin/audit/verify"))
        .await;
    let verified = verified.expect(200);
    assert_eq!(
        (&verified["intact"], verified["chains"].as_array().map(Vec::len)),
        (&json!(true), Some(1))
    );
}
