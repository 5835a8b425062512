//! Routes, methods, paths, queries and credentials that are none.

use std::collections::BTreeSet;

use http::Method;
use serde_json::json;
use tests::{Answer, Call, Invented, Phone, Registration, TestServer};

use super::{MARK, fault, written};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_routes_and_methods_are_problems() {
    let server = TestServer::start().await;
    let mut faults = Vec::new();
    let mut check = |what: String, answer: &Answer| faults.extend(fault(&what, answer));
    for path in [
        format!("/{MARK}"),
        "/auth".into(),
        "/admin".into(),
        "/.env".into(),
        "/../etc/passwd".into(),
        format!("/i/{MARK}/x"),
    ] {
        let answer = server.send(Call::get(path.as_str())).await;
        check(path.clone(), &answer);
        assert_eq!(answer.code(), "not_found", "{path}");
    }
    for (method, path) in [
        (Method::GET, "/auth/initiate"),
        (Method::PUT, "/auth/verify"),
        (Method::DELETE, "/.well-known/jwks.json"),
        (Method::PATCH, "/enroll"),
        (Method::POST, "/health/live"),
        (Method::POST, "/services/trusted"),
    ] {
        let answer = server.send(Call::new(method.clone(), path)).await;
        check(format!("{method} {path}"), &answer);
        assert_eq!(answer.code(), "method_not_allowed", "{method} {path}");
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unreadable_paths_and_queries_are_problems() {
    let server = TestServer::start().await;
    let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
    let before = written(&server).await;
    let mut faults = Vec::new();
    let mut check = |what: String, answer: &Answer| faults.extend(fault(&what, answer));
    for path in [
        format!("/services/{MARK}%7Cx"),
        format!("/services/{MARK}%00/vds"),
        "/services/%FF".into(),
        format!("/status/tokens/{MARK}"),
        "/status/tokens/99999999999999999999".into(),
        "/status/tokens/-1".into(),
        format!("/auth/result/{MARK}"),
        format!("/auth/result/sess_a?wait={MARK}"),
        format!("/ws/session/{MARK}"),
        "/ws/session/sess_a?token=a&token=b".into(),
        format!("/admin/audit?{MARK}=1"),
        "/admin/enrollments/%00".into(),
    ] {
        check(path.clone(), &server.send(Call::get(path.as_str())).await);
    }
    for (method, path) in [
        (Method::DELETE, format!("/enroll/{MARK}%7Cx")),
        (Method::PUT, format!("/services/{MARK}%7Cx/trust")),
        (Method::GET, format!("/auth/pending?wait={MARK}")),
        (Method::GET, "/auth/pending?wait=-1".into()),
    ] {
        check(
            format!("{method} {path}, signed"),
            &phone.send(method.clone(), &path, "").await,
        );
    }
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(written(&server).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authorizations_of_every_wrong_kind_are_refused() {
    let server = TestServer::start().await;
    let service = Registration::confidential().register(&server).await;
    let wrong = [
        String::new(),
        MARK.to_owned(),
        format!("Bearer {MARK}"),
        "Bearer".into(),
        "Bearer a.b.c".into(),
        format!("Basic {MARK}"),
        format!("Device {MARK}"),
        format!(r#"Device tokenId="{MARK}""#),
        "x".repeat(7_000),
    ];
    let mut faults = Vec::new();
    let mut codes = BTreeSet::new();
    for value in &wrong {
        let calls = [
            Call::get("/auth/pending"),
            Call::get("/enroll/devices"),
            Call::get("/admin/services"),
            Call::post("/revoke", &json!({"tokenId": "a", "reason": "user_request"})),
            Call::post(
                "/auth/initiate",
                &json!({"tokenId": "a", "serviceId": service.id}),
            ),
        ];
        for call in calls {
            let answer = server.send(call.header("authorization", value)).await;
            faults.extend(fault(&format!("{value:.30}"), &answer));
            assert_eq!(answer.status.as_u16(), 401, "{value:.30}");
            codes.insert(answer.code());
        }
    }
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(
        codes,
        ["invalid_client", "invalid_signature", "invalid_token"]
            .map(String::from)
            .into()
    );
}
