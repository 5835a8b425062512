//! Services as resources.

use serde_json::{Value, json};
use tests::{Call, TestServer};

use super::{Tool, with};

fn shop() -> Value {
    json!({
        "name": "Shop", "url": "https://shop.example", "allowedScopes": ["identity:name"],
        "callerAuthentication": "secret", "matchingMode": "compare",
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
async fn a_service_is_created_planned_updated_disabled_and_enabled_again() {
    let server = TestServer::start().await;
    let tool = Tool::new(&server, "/admin/services/shop").await;
    tool.read().await.expect_problem(404, "service_not_found");
    let made = tool.put(&shop()).await;
    let secret = made.expect(201)["secret"].as_str().map(str::to_owned);
    assert_eq!(made.header("location"), "/admin/services/shop");
    assert!(secret.is_some_and(|secret| secret.len() == 43));

    let read = tool.read().await;
    assert_eq!(
        read.header("etag"),
        made.header("etag"),
        "what was made is what is there"
    );
    assert!(read.header("etag").starts_with('"'), "it is a strong tag");
    assert!(read.expect(200).get("secret").is_none());

    // A plan without a difference: neither a record nor a version comes of it.
    let before = server.audit_count().await;
    let again = tool.put(&shop()).await;
    assert!(
        again.expect(200).get("secret").is_none(),
        "a secret is shown once"
    );
    assert_eq!(again.header("etag"), read.header("etag"));
    let whole = tool.put(&read.json()).await;
    whole.expect(200);
    assert_eq!(
        whole.header("etag"),
        read.header("etag"),
        "what was read can be written back"
    );
    assert_eq!(
        server.audit_count().await,
        before,
        "nothing happened, nothing is recorded"
    );

    let updated = tool
        .put_if(&read.header("etag"), &with(&shop(), "name", "Le Shop"))
        .await;
    assert_eq!(updated.expect(200)["name"], "Le Shop");
    assert_ne!(updated.header("etag"), read.header("etag"));
    assert_eq!(server.audit_count().await, before + 1);
    let stale = tool
        .put_if(&read.header("etag"), &with(&shop(), "name", "Other"))
        .await;
    stale.expect_problem(412, "precondition_failed");
    tool.put_new(&shop())
        .await
        .expect_problem(412, "precondition_failed");

    tool.delete_if(&read.header("etag"))
        .await
        .expect_problem(412, "precondition_failed");
    let disabled = tool.delete_if(&updated.header("etag")).await;
    assert_eq!(disabled.expect(200)["enabled"], false);
    let enabled = tool.put(&shop()).await;
    assert_eq!(
        enabled.expect(200)["enabled"],
        true,
        "written whole, it answers again"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_writers_who_saw_the_same_service_one_is_admitted() {
    let server = TestServer::start().await;
    let tool = Tool::new(&server, "/admin/services/shop").await;
    let made = tool.put_new(&shop()).await;
    made.expect(201);
    let before = server.audit_count().await;
    let name = |number: usize| with(&shop(), "name", format!("Shop {number}"));
    assert_eq!(tool.race(&made.header("etag"), name).await, (1, 15));
    assert_eq!(server.audit_count().await, before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_writers_who_make_the_same_service_one_does() {
    let server = TestServer::start().await;
    let tool = Tool::new(&server, "/admin/services/shop").await;
    let document = shop();
    let made = futures_util::future::join_all((0..16).map(|_| tool.put_new(&document))).await;
    let statuses: Vec<u16> = made.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(
        statuses.iter().filter(|status| **status == 201).count(),
        1,
        "{statuses:?}"
    );
    assert_eq!(
        statuses.iter().filter(|status| **status == 412).count(),
        15,
        "{statuses:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn patches_of_different_members_do_not_undo_each_other() {
    let server = TestServer::start().await;
    let tool = Tool::new(&server, "/admin/services/shop").await;
    tool.put(&shop()).await.expect(201);
    let patch = |change: Value| server.send(tool.call(http::Method::PATCH).json(&change));
    let (name, audience, trust) = tokio::join!(
        patch(json!({"name": "Le Shop"})),
        patch(json!({"audience": "https://api.shop.example"})),
        patch(json!({"trustRequired": true})),
    );
    for answer in [name, audience, trust] {
        answer.expect(200);
    }
    let read = tool.read().await.expect(200);
    assert_eq!(
        (&read["name"], &read["audience"], &read["trustRequired"]),
        (
            &json!("Le Shop"),
            &json!("https://api.shop.example"),
            &json!(true)
        )
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistake_changes_nothing_and_names_the_member() {
    let server = TestServer::start().await;
    let tool = Tool::new(&server, "/admin/services/shop").await;
    for (member, value) in [
        ("url", json!("http://shop.example")),
        ("serviceId", json!("other")),
        ("enabled", json!("yes")),
        ("defaultScopes", json!(["identity:photo"])),
    ] {
        let refused = tool.put(&with(&shop(), member, value)).await;
        assert_eq!(refused.expect_problem(400, "invalid_request")["member"], member);
    }
    tool.put(&with(&shop(), "secret", "mine"))
        .await
        .expect_problem(400, "invalid_request");
    let unquoted = tool.put_if("abc", &shop()).await;
    assert_eq!(
        unquoted.expect_problem(400, "invalid_request")["member"],
        "if-match"
    );
    tool.read().await.expect_problem(404, "service_not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_the_state_is_not_sent_it_again() {
    let server = TestServer::start().await;
    let tool = Tool::new(&server, "/admin/services/shop").await;
    let made = tool.put(&shop()).await;
    let known = tool
        .call(http::Method::GET)
        .header("if-none-match", &made.header("etag"));
    let answer = server.send(known).await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0));
    assert_eq!(answer.header("etag"), made.header("etag"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_can_demand_conditions() {
    let server = TestServer::start_with(|config| config.admin.require_preconditions = true).await;
    let tool = Tool::new(&server, "/admin/services/shop").await;
    tool.put(&shop())
        .await
        .expect_problem(428, "precondition_required");
    let made = tool.put_new(&shop()).await;
    made.expect(201);
    tool.put_if(&made.header("etag"), &with(&shop(), "name", "Le Shop"))
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listing_goes_on_where_it_stopped_whatever_comes_and_goes() {
    let server = TestServer::start().await;
    for name in ["a", "c", "e"] {
        let tool = Tool::new(&server, &format!("/admin/services/{name}")).await;
        tool.put(&shop()).await.expect(201);
    }
    let names = |page: &Value| -> Vec<String> {
        let services = page["services"].as_array().expect("a list").iter();
        services
            .map(|one| one["serviceId"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let first = server
        .administer(Call::get("/admin/services?limit=2"))
        .await
        .expect(200);
    assert_eq!(
        (names(&first), &first["next"]),
        (vec!["a".to_owned(), "c".to_owned()], &json!("c"))
    );
    Tool::new(&server, "/admin/services/b")
        .await
        .put(&shop())
        .await
        .expect(201);
    let rest = server
        .administer(Call::get("/admin/services?limit=2&after=c"))
        .await
        .expect(200);
    assert_eq!(
        (names(&rest), &rest["next"]),
        (vec!["e".to_owned()], &Value::Null)
    );
}
