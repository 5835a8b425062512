//! Issue, point 6: probes, the API's own description, and the headers that every answer carries.

use serde_json::json;
use tests::{Call, TestServer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn probes_answer() {
    let server = TestServer::start().await;
    assert_eq!(
        server.send(Call::get("/health/live")).await.expect(200),
        json!({"status": "ok"})
    );
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
