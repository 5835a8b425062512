//! Profile 4 and 4.5: who may ask in a service's name, and who may fetch the result.

use serde_json::json;
use tests::{Call, Invented, Phone, Registration, TestServer, token};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_with_a_secret_redeems_its_result_once() {
    let server = TestServer::start().await;
    let service = Registration::confidential().register(&server).await;
    let stranger = Registration::confidential().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    let path = format!("/auth/result/{}", login.session_id);
    let waiting = service.send(&server, Call::get(&path)).await.expect(200);
    assert_eq!(waiting, json!({"status": "pending"}));

    let request = phone.only().await;
    let polling = service.send(&server, Call::get(format!("{path}?wait=20")));
    let approving = phone.approve(&request);
    let (result, approved) = tokio::join!(polling, approving);
    approved.expect(200);
    let result = result.expect(200);
    assert_eq!(result["status"], "approved");
    token::check_result(&server, &service, &login, &result).await;

    service
        .send(&server, Call::get(&path))
        .await
        .expect_problem(409, "conflict");
    server
        .send(Call::get(&path))
        .await
        .expect_problem(401, "invalid_client");
    stranger
        .send(&server, Call::get(&path))
        .await
        .expect_problem(401, "invalid_client");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_is_told_of_a_refusal_and_of_an_unknown_session() {
    let server = TestServer::start().await;
    let service = Registration::confidential().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    phone.only().await;
    phone
        .reject(&login.session_id, idp_authenticator::DeclineReason::Declined)
        .await
        .expect(200);
    let result = service
        .send(&server, Call::get(format!("/auth/result/{}", login.session_id)))
        .await
        .expect(200);
    assert_eq!(result, json!({"status": "rejected", "reason": "User rejected"}));
    let unknown = service
        .send(&server, Call::get("/auth/result/sess_unknown"))
        .await;
    unknown.expect_problem(404, "session_not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_public_service_has_no_results_for_backends() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let login = service.initiate(&server, "anybody").await;
    let refused = service
        .send(&server, Call::get(format!("/auth/result/{}", login.session_id)))
        .await;
    refused.expect_problem(401, "invalid_client");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_asked_for_and_rotates_with_overlap() {
    let server = TestServer::start().await;
    let service = Registration::confidential().register(&server).await;
    let body = json!({"tokenId": "anybody", "serviceId": service.id});
    let call = || Call::post("/auth/initiate", &body);
    server.send(call()).await.expect_problem(401, "invalid_client");
    server
        .send(call().bearer("wrong"))
        .await
        .expect_problem(401, "invalid_client");
    server
        .send(call().header("origin", &service.origin))
        .await
        .expect_problem(401, "invalid_client");
    let old = service.secret.clone().unwrap();
    let mut fresh = Vec::new();
    for _ in 0..2 {
        let path = format!("/admin/services/{}/rotate-secret", service.id);
        let rotated = server
            .administer(Call::post(path, &json!({"secret": "caller"})))
            .await
            .expect(200);
        fresh.push(rotated["secret"].as_str().unwrap().to_owned());
        if fresh.len() == 1 {
            server.send(call().bearer(&old)).await.expect(200);
        }
    }
    server
        .send(call().bearer(&old))
        .await
        .expect_problem(401, "invalid_client");
    for secret in &fresh {
        server.send(call().bearer(secret)).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_assertion_counts_once() {
    let server = TestServer::start().await;
    let service = Registration::with_key().register(&server).await;
    let other = Registration::with_key().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    phone.approve(&phone.only().await).await.expect(200);
    let path = format!("/auth/result/{}?wait=10", login.session_id);
    let result = service.send(&server, Call::get(path)).await.expect(200);
    token::check_result(&server, &service, &login, &result).await;

    let body = json!({"tokenId": "anybody", "serviceId": service.id});
    let call = |assertion: &str| Call::post("/auth/initiate", &body).bearer(assertion);
    let now = server.now().unix_seconds();
    let once = service.assertion(now, "jti-1");
    server.send(call(&once)).await.expect(200);
    server
        .send(call(&once))
        .await
        .expect_problem(401, "invalid_client");
    let resigned = service.assertion(now + 1, "jti-1");
    server
        .send(call(&resigned))
        .await
        .expect_problem(401, "invalid_client");
    for refused in [
        service.assertion(now - 600, "jti-2"),
        service.assertion(now + 600, "jti-3"),
        other.assertion(now, "jti-4"),
    ] {
        server
            .send(call(&refused))
            .await
            .expect_problem(401, "invalid_client");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_by_origin_are_counted_and_told_when_to_come_back() {
    let server = TestServer::start_with(|config| config.limits.initiate_per_minute = 10).await;
    let service = Registration::public().register(&server).await;
    for _ in 0..10 {
        service.initiate(&server, "anybody").await;
    }
    let refused = service.try_initiate(&server, "anybody", json!({})).await;
    refused.expect_problem(429, "rate_limited");
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    server.clock.advance(wait + 60);
    service.initiate(&server, "anybody").await;
    let backend = Registration::confidential().register(&server).await;
    for _ in 0..20 {
        backend.initiate(&server, "anybody").await;
    }
}
