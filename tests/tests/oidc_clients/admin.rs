//! `/admin/clients`: registering, changing, removing; secrets are shown once, rotate with overlap, and every step is recorded.

use http::Method;
use serde_json::{Value, json};
use tests::{Call, TestServer};

use super::{claims_of, client_credentials, text};

fn shop() -> Value {
    json!({
        "client_id": "shop", "redirect_uris": ["https://shop.example/cb"], "scope": "openid profile",
        "grant_types": ["authorization_code", "client_credentials"],
        "service": {"name": "Shop", "url": "https://shop.example"},
    })
}

#[expect(clippy::too_many_lines, reason = "one story, read from top to bottom")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_lives_from_its_registration_to_its_removal() {
    let server = TestServer::start().await;
    let made = server
        .administer(Call::post("/admin/clients", &shop()))
        .await
        .expect(201);
    let secret = text(&made, "client_secret").to_owned();
    assert!(secret.len() >= 43, "256 bits");
    // The service that phones show was made with it, with the client's scopes.
    let service = server
        .administer(Call::get("/admin/services/shop"))
        .await
        .expect(200);
    assert_eq!(service["allowedScopes"], json!(["identity:name"]));
    server
        .administer(Call::post("/admin/clients", &shop()))
        .await
        .expect_problem(409, "conflict");

    let shown = server.administer(Call::get("/admin/clients/shop")).await;
    assert!(!shown.text().contains(&secret));
    assert_eq!(shown.expect(200)["id_token_signed_response_alg"], json!("ES256"));
    let list = server
        .administer(Call::get("/admin/clients?limit=5"))
        .await
        .expect(200);
    assert_eq!(
        (list["total"].as_u64(), &list["clients"][0]["client_id"]),
        (Some(1), &json!("shop"))
    );
    assert_eq!(
        client_credentials(&server, "", ("shop", &secret)).await.status,
        200
    );

    let patch = json!({"client_name": "Le Shop", "backchannel_logout_uri": "https://shop.example/bye"});
    let call = Call::new(Method::PATCH, "/admin/clients/shop").json(&patch);
    let changed = server.administer(call).await.expect(200);
    assert_eq!(text(&changed, "client_name"), "Le Shop");
    assert!(changed.get("client_secret").is_none());
    assert_eq!(
        client_credentials(&server, "", ("shop", &secret)).await.status,
        200
    );

    let call = Call::new(Method::PATCH, "/admin/clients/shop").json(&json!({"enabled": false}));
    server.administer(call).await.expect(200);
    assert_eq!(
        client_credentials(&server, "", ("shop", &secret)).await.status,
        401
    );
    server
        .administer(Call::new(Method::DELETE, "/admin/clients/shop"))
        .await
        .expect(204);
    server
        .administer(Call::get("/admin/clients/shop"))
        .await
        .expect_problem(404, "not_found");
    let records = server
        .administer(Call::get("/admin/audit?event=CLIENT_UPDATE"))
        .await;
    assert_eq!(records.expect(200)["records"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_secrets_are_valid_during_a_rotation() {
    let server = TestServer::start().await;
    let made = server
        .administer(Call::post("/admin/clients", &shop()))
        .await
        .expect(201);
    let mut secrets = vec![text(&made, "client_secret").to_owned()];
    for _ in 0..2 {
        let call = Call::new(Method::POST, "/admin/clients/shop/rotate-secret");
        let rotated = server.administer(call).await.expect(200);
        secrets.push(text(&rotated, "client_secret").to_owned());
    }
    let mut answers = Vec::new();
    for secret in &secrets {
        answers.push(
            client_credentials(&server, "", ("shop", secret))
                .await
                .status
                .as_u16(),
        );
    }
    assert_eq!(answers, [401, 200, 200]);
}

/// What is wrong is named, and nothing is stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistake_is_named() {
    let server = TestServer::start().await;
    let cases = [
        (
            json!({"redirect_uris": ["http://shop.example/cb"]}),
            "redirect_uris",
        ),
        (json!({"grant_types": ["implicit"]}), "grant_types"),
        (json!({"redirct_uris": []}), ""),
        (json!({"issuer_profile": "nobody"}), "issuer_profile"),
        (json!({"issuer_profile": "entra"}), "id_token_signed_response_alg"),
        (json!({"preset": "nobody"}), "preset"),
        (json!({"preset": "okta"}), "preset_values"),
        (json!({"scope": "openid identity:shoe_size"}), "scope"),
    ];
    for (change, member) in cases {
        let mut body = shop();
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let problem = server.administer(Call::post("/admin/clients", &body)).await;
        let problem = problem.expect_problem(400, "invalid_request");
        assert_eq!(problem["member"], json!(member), "{change}");
    }
    let list = server.administer(Call::get("/admin/clients")).await.expect(200);
    assert_eq!(list["total"], json!(0));
    let mut homeless = shop();
    homeless.as_object_mut().unwrap().remove("service");
    let problem = server.administer(Call::post("/admin/clients", &homeless)).await;
    problem.expect_problem(404, "service_not_found");
}

/// The phone would refuse what the service may not ask for: it is refused here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_stays_within_its_service() {
    let server = TestServer::start().await;
    server
        .administer(Call::post("/admin/clients", &shop()))
        .await
        .expect(201);
    let sibling = json!({
        "client_id": "till", "service_id": "shop", "redirect_uris": ["https://till.example/cb"],
        "scope": "openid identity:nationality",
    });
    let problem = server.administer(Call::post("/admin/clients", &sibling)).await;
    assert_eq!(
        problem.expect_problem(400, "invalid_request")["member"],
        json!("scope")
    );
    let within = json!({
        "client_id": "till", "service_id": "shop", "redirect_uris": ["https://till.example/cb"],
        "scope": "openid profile identity:name",
    });
    server
        .administer(Call::post("/admin/clients", &within))
        .await
        .expect(201);
}

/// A client of a view sees that view's issuer, whichever address it calls.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_a_view_sees_its_issuer_everywhere() {
    let server = TestServer::start().await;
    let mut body = shop();
    body["issuer_profile"] = json!("plain");
    let made = server
        .administer(Call::post("/admin/clients", &body))
        .await
        .expect(201);
    let issuer = format!("{}/t/plain", server.issuer);
    assert_eq!(text(&made, "issuer"), issuer);
    let enter = made["enter"].as_array().unwrap();
    assert!(enter.contains(&json!({"label": "Token endpoint", "value": format!("{issuer}/oidc/token")})));
    for prefix in ["/t/plain", ""] {
        let answer = client_credentials(&server, prefix, ("shop", text(&made, "client_secret"))).await;
        let token = text(&answer.expect(200), "access_token").to_owned();
        assert_eq!(claims_of(&token)["iss"], json!(issuer), "{prefix}");
    }
}

/// Configuring is for super administrators; looking is for everybody with a token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn permissions_hold() {
    use idp_server::admin::{OperatorScope, Role};
    let server = TestServer::start().await;
    let auditor = server
        .operator_with("carol", &[OperatorScope::Audit], Role::Auditor)
        .await;
    server
        .send(Call::get("/admin/clients").bearer(&auditor))
        .await
        .expect(200);
    let calls = [
        Call::post("/admin/clients", &shop()),
        Call::new(Method::PATCH, "/admin/clients/x").json(&json!({})),
        Call::new(Method::DELETE, "/admin/clients/x"),
        Call::new(Method::POST, "/admin/clients/x/rotate-secret"),
        Call::post(
            "/admin/client-registration-tokens",
            &json!({"serviceId": "x", "seconds": 60}),
        ),
    ];
    for call in calls {
        let refused = server.send(call.bearer(&auditor)).await;
        refused.expect_problem(403, "insufficient_scope");
    }
    let nobody = server.send(Call::get("/admin/clients")).await;
    nobody.expect_problem(401, "invalid_token");
}
