//! Asserted addresses as resources.

use serde_json::json;
use tests::TestServer;

use super::Tool;

async fn with_client(server: &TestServer) -> Tool<'_> {
    let client = Tool::new(server, "/admin/clients/entra").await;
    let document = json!({
        "redirect_uris": ["https://entra.example/callback"], "scope": "openid email",
        "service": {"url": "https://entra.example"},
    });
    client.put(&document).await.expect(201);
    Tool::new(server, "/admin/links/entra/jean").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_asserted_replaced_and_taken_back() {
    let server = TestServer::start().await;
    let tool = with_client(&server).await;
    tool.read().await.expect_problem(404, "not_found");
    let made = tool.put_new(&json!({"email": "jean@contoso.example"})).await;
    assert_eq!(made.expect(201)["email"], "jean@contoso.example");
    assert_eq!(tool.read().await.header("etag"), made.header("etag"));
    let before = server.audit_count().await;
    let again = tool.put(&json!({"email": "jean@contoso.example"})).await;
    again.expect(200);
    assert_eq!(again.header("etag"), made.header("etag"));
    assert_eq!(
        server.audit_count().await,
        before,
        "nothing happened, nothing is recorded"
    );
    let moved = tool
        .put_if(&made.header("etag"), &json!({"email": "j@contoso.example"}))
        .await;
    moved.expect(200);
    tool.put_if(&made.header("etag"), &json!({"email": "x@contoso.example"}))
        .await
        .expect_problem(412, "precondition_failed");
    tool.delete_if(&made.header("etag"))
        .await
        .expect_problem(412, "precondition_failed");
    tool.delete_if(&moved.header("etag")).await.expect(204);
    tool.read().await.expect_problem(404, "not_found");
    tool.put(&json!({"email": "jean@contoso.example"}))
        .await
        .expect(201);
}

/// Again after it was taken back, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_writers_who_saw_no_address_one_is_admitted() {
    let server = TestServer::start().await;
    let tool = with_client(&server).await;
    for round in 0..3 {
        let documents: Vec<_> = (0..16)
            .map(|number| json!({"email": format!("jean{number}.{round}@contoso.example")}))
            .collect();
        let writing = documents.iter().map(|document| tool.put_new(document));
        let mut answers = futures_util::future::join_all(writing).await;
        answers.sort_by_key(|answer| answer.status.as_u16());
        let made = answers.remove(0);
        made.expect(201);
        assert!(
            answers.iter().all(|answer| answer.status.as_u16() == 412),
            "{:?}",
            answers.iter().map(|answer| answer.status).collect::<Vec<_>>()
        );
        let read = tool.read().await;
        assert_eq!(
            read.header("etag"),
            made.header("etag"),
            "what the one wrote stands"
        );
        tool.delete_if(&made.header("etag")).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_writers_who_saw_the_same_address_one_is_admitted() {
    let server = TestServer::start().await;
    let tool = with_client(&server).await;
    let made = tool.put(&json!({"email": "jean@contoso.example"})).await;
    let address = |number: usize| json!({"email": format!("jean{number}@contoso.example")});
    assert_eq!(tool.race(&made.header("etag"), address).await, (1, 15));
}
