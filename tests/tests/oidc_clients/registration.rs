//! RFC 7591 and RFC 7592: clients that register and manage themselves.

use http::Method;
use serde_json::{Value, json};
use tests::{Call, TestServer};

use super::{client_credentials, text};

/// A server with registration, and a token for its service `shop`.
async fn open() -> (TestServer, String) {
    let server = TestServer::start_with(|config| config.oidc.dynamic_registration = true).await;
    let service = json!({
        "serviceId": "shop", "name": "Shop", "url": "https://shop.example",
        "allowedScopes": ["identity:name", "identity:age_over_18"],
    });
    server
        .administer(Call::post("/admin/services", &service))
        .await
        .expect(201);
    let input = json!({"serviceId": "shop", "seconds": 600});
    let made = server
        .administer(Call::post("/admin/client-registration-tokens", &input))
        .await;
    let token = text(&made.expect(201), "token").to_owned();
    (server, token)
}

fn description() -> Value {
    json!({
        "client_name": "Till", "redirect_uris": ["https://till.example/cb"],
        "grant_types": ["authorization_code", "client_credentials"], "shoe_size": 42,
    })
}

/// The path of the client's own resource.
fn own_path(server: &TestServer, made: &Value) -> String {
    let uri = text(made, "registration_client_uri");
    uri.strip_prefix(&server.issuer).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_off_by_default() {
    let server = TestServer::start().await;
    for call in [
        Call::post("/oidc/register", &description()),
        Call::get("/oidc/register/x"),
        Call::new(Method::DELETE, "/oidc/register/x"),
    ] {
        server.send(call).await.expect_problem(404, "not_found");
    }
}

/// `[limits]` says how often a network may try, and how often with a wrong token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_are_counted() {
    let attempt = || Call::post("/oidc/register", &description()).bearer("wrong");
    for (attempts, failures) in [(2, 100), (100, 2)] {
        let server = TestServer::start_with(|config| {
            config.oidc.dynamic_registration = true;
            config.limits.register_per_minute = attempts;
            config.limits.register_failures_per_minute = failures;
        })
        .await;
        for _ in 0..2 {
            assert_eq!(server.send(attempt()).await.status, 401);
        }
        assert_eq!(server.send(attempt()).await.status, 429);
    }
}

/// RFC 7591 3, RFC 7592 2.1 to 2.3.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_registers_reads_replaces_and_removes_itself() {
    let (server, token) = open().await;
    let answer = server
        .send(Call::post("/oidc/register", &description()).bearer(&token))
        .await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let made = answer.expect(201);
    let (id, secret) = (text(&made, "client_id"), text(&made, "client_secret"));
    assert_eq!(made["client_secret_expires_at"], json!(0));
    assert_eq!(made["token_endpoint_auth_method"], json!("client_secret_basic"));
    assert!(made.get("shoe_size").is_none() && made["client_id_issued_at"].is_i64());
    assert_eq!(
        text(&made, "scope"),
        "openid email profile identity:name identity:age_over_18"
    );
    assert_eq!(client_credentials(&server, "", (id, secret)).await.status, 200);

    let own = text(&made, "registration_access_token");
    let path = own_path(&server, &made);
    let read = server.send(Call::get(&path).bearer(own)).await.expect(200);
    assert_eq!(
        (
            text(&read, "client_name"),
            text(&read, "registration_access_token")
        ),
        ("Till", own)
    );
    assert!(read.get("client_secret").is_none());

    let replaced = json!({
        "client_id": id, "client_secret": secret, "client_name": "Till 2",
        "redirect_uris": ["https://till.example/other"], "scope": "openid identity:nationality profile",
    });
    let put = server
        .send(Call::new(Method::PUT, &path).json(&replaced).bearer(own))
        .await
        .expect(200);
    assert_eq!(put["redirect_uris"], json!(["https://till.example/other"]));
    assert_eq!(
        put["grant_types"],
        json!(["authorization_code"]),
        "what is left out takes its default"
    );
    assert_eq!(
        text(&put, "scope"),
        "openid profile",
        "beyond the service's is left out"
    );

    let removed = server.send(Call::new(Method::DELETE, &path).bearer(own)).await;
    assert_eq!((removed.status.as_u16(), removed.body.len()), (204, 0));
    let gone = server.send(Call::get(&path).bearer(own)).await;
    assert_eq!(gone.expect(401)["error"], json!("invalid_token"));
    assert_eq!(client_credentials(&server, "", (id, secret)).await.status, 401);
}

/// RFC 7591 3.2.2.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_have_their_codes() {
    let (server, token) = open().await;
    let cases = [
        (
            json!({"redirect_uris": ["http://till.example/"]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": ["https://till.example/#x"]}),
            "invalid_redirect_uri",
        ),
        (json!({}), "invalid_redirect_uri"),
        (
            json!({"redirect_uris": ["https://till.example/"], "response_types": ["token"]}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": ["https://till.example/"], "jwks_uri": "http://x/"}),
            "invalid_client_metadata",
        ),
        (json!([]), "invalid_client_metadata"),
    ];
    for (body, code) in cases {
        let refused = server
            .send(Call::post("/oidc/register", &body).bearer(&token))
            .await
            .expect(400);
        assert_eq!(refused["error"], json!(code), "{body}");
        assert!(refused["error_description"].is_string());
    }
    let form = Call::new(Method::POST, "/oidc/register")
        .raw("client_name=x")
        .bearer(&token);
    assert_eq!(server.send(form).await.status, 400);
}

/// RFC 7591 3, RFC 6750 3.1: no token, a wrong one, another kind of ours, one that is over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_registers_without_leave() {
    let (server, token) = open().await;
    let operator = server.operator("ann").await;
    for wrong in ["", "x.y.z", operator.as_str()] {
        let refused = server
            .send(Call::post("/oidc/register", &description()).bearer(wrong))
            .await;
        assert_eq!(refused.expect(401)["error"], json!("invalid_token"));
        assert!(refused.header("www-authenticate").starts_with("Bearer"));
    }
    // And the other way round: leave to register is no operator's token.
    server
        .send(Call::get("/admin/clients").bearer(&token))
        .await
        .expect_problem(401, "invalid_token");
    server.clock.advance(601);
    let over = server
        .send(Call::post("/oidc/register", &description()).bearer(&token))
        .await;
    assert_eq!(over.status, 401);
}

/// RFC 7592 2.2 and 1.3: a client manages itself, with its own token, and says nothing that only the server says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_manages_itself_and_nobody_else() {
    let (server, token) = open().await;
    let register = || server.send(Call::post("/oidc/register", &description()).bearer(&token));
    let (one, two) = (register().await.expect(201), register().await.expect(201));
    let foreign = server
        .send(Call::get(own_path(&server, &one)).bearer(text(&two, "registration_access_token")))
        .await;
    assert_eq!(foreign.expect(401)["error"], json!("invalid_token"));
    let put = |change: Value| {
        let mut body = description();
        body["client_id"] = one["client_id"].clone();
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let call = Call::new(Method::PUT, own_path(&server, &one)).json(&body);
        server.send(call.bearer(text(&one, "registration_access_token")))
    };
    put(json!({})).await.expect(200);
    for change in [
        json!({"client_id": two["client_id"]}),
        json!({"client_secret": "guessed"}),
        json!({"registration_access_token": "x"}),
        json!({"client_secret_expires_at": 9}),
    ] {
        let refused = put(change.clone()).await.expect(400);
        assert_eq!(refused["error"], json!("invalid_client_metadata"), "{change}");
    }
    // What only operators may say is left alone.
    let pretends = put(json!({"profile": "fapi2", "service_id": "other", "enabled": false}))
        .await
        .expect(200);
    assert_eq!(pretends["client_name"], json!("Till"));
}
