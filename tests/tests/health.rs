//! Issue, point 6: probes, the API's own description, and the headers that every answer carries.

use serde_json::json;
use tests::{Browser, Call, Invented, Phone, Registration, TestServer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn probes_answer() {
    let server = TestServer::start().await;
    for path in ["/health/live", "/health/started"] {
        assert_eq!(
            server.send(Call::get(path)).await.expect(200),
            json!({"status": "ok"})
        );
    }
    let dependencies = json!({
        "durable_store": {"engine": "sqlite", "status": "up", "circuit": "closed"},
        "ephemeral_store": {"engine": "memory", "status": "up", "circuit": "closed"},
    });
    let ready = server.send(Call::get("/health/ready")).await.expect(200);
    assert_eq!(ready, json!({"status": "ok", "dependencies": dependencies}));
    for path in ["/health/ready", "/health"] {
        assert_eq!(server.send(Call::get(path)).await.expect(200)["status"], "ok");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_lists_says_so_and_goes_on() {
    let server =
        TestServer::start_with(|config| config.trust.directory = config.data_dir.join("nowhere")).await;
    std::fs::remove_dir_all(server.data_directory().join("nowhere")).unwrap();
    assert!(idp_server::trust::refresh(&server.app).await.is_err());
    server.send(Call::get("/health/ready")).await.expect(200);
    server.app.note_health("trust", Some("no lists".to_owned()));
    let health = server.send(Call::get("/health/ready")).await.expect(200);
    assert_eq!(
        (&health["status"], &health["parts"]["trust"]),
        (&json!("degraded"), &json!("no lists"))
    );
    server.app.note_health("trust", None);
    assert_eq!(
        server.send(Call::get("/health/ready")).await.expect(200)["status"],
        "ok"
    );
}

/// RFC 6455 7.4, code 1012: whoever waits is told to connect again, and gets the answer from whoever serves then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_tells_browsers_to_connect_again() {
    let mut server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let jean = server.issue(Invented::jean());
    let _phone = Phone::enrol(&server, &jean).await;
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    let mut browser = Browser::open(&server, &login).await;
    browser.expect("otp_ready").await;
    let stopping = tokio::spawn(async move { server.stop().await });
    browser.expect_close(1012).await;
    drop(browser);
    stopping.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_description_is_the_routes() {
    let server = TestServer::start().await;
    let document = server.send(Call::get("/openapi.json")).await.expect(200);
    assert_eq!(document["openapi"], "3.1.0");
    for path in [
        "/auth/initiate",
        "/auth/verify",
        "/enroll",
        "/services/{service_id}/vds",
        "/.well-known/jwks.json",
        "/revoke",
    ] {
        assert!(document["paths"].get(path).is_some(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_carries_the_security_headers() {
    let server = TestServer::start().await;
    for path in [
        "/health/live",
        "/nowhere",
        "/auth/initiate",
        "/.well-known/jwks.json",
        "/openapi.json",
        "/auth/pending",
    ] {
        let answer = server.send(Call::get(path)).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert!(
            answer
                .header("content-security-policy")
                .contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(!answer.header("cache-control").is_empty(), "{path}");
        assert_eq!(answer.header("server"), "", "{path}");
    }
}
