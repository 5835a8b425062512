//! Clients as resources.

use serde_json::{Value, json};
use tests::{Call, TestServer};

use super::{Tool, with};

fn shop() -> Value {
    json!({
        "client_name": "Shop", "redirect_uris": ["https://shop.example/callback"], "scope": "openid profile",
        "service": {"url": "https://shop.example", "name": "Shop"},
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_is_created_planned_updated_removed_and_made_again() {
    let server = TestServer::start().await;
    let tool = Tool::new(&server, "/admin/clients/shop").await;
    tool.read().await.expect_problem(404, "not_found");
    let made = tool.put_new(&shop()).await;
    let secret = made.expect(201)["client_secret"].as_str().map(str::to_owned);
    assert_eq!(made.header("location"), "/admin/clients/shop");
    let read = tool.read().await;
    assert_eq!(read.header("etag"), made.header("etag"));

    let before = server.audit_count().await;
    for document in [shop(), read.json()] {
        let again = tool.put(&document).await;
        assert!(
            again.expect(200).get("client_secret").is_none(),
            "a secret is shown once"
        );
        assert_eq!(again.header("etag"), read.header("etag"), "{}", again.text());
    }
    assert_eq!(
        server.audit_count().await,
        before,
        "nothing happened, nothing is recorded"
    );

    let renamed = with(&shop(), "client_name", "Le Shop");
    let updated = tool.put_if(&read.header("etag"), &renamed).await;
    assert_eq!(updated.expect(200)["client_name"], "Le Shop");
    assert_eq!(updated.json()["secrets"], 1, "its secret stays");
    tool.put_if(&read.header("etag"), &shop())
        .await
        .expect_problem(412, "precondition_failed");
    let shorter = tool.put(&shop()).await;
    assert_eq!(shorter.expect(200)["client_name"], "Shop");

    tool.delete_if(&read.header("etag"))
        .await
        .expect_problem(412, "precondition_failed");
    tool.delete_if(&shorter.header("etag")).await.expect(204);
    tool.read().await.expect_problem(404, "not_found");
    tool.delete_if(&shorter.header("etag"))
        .await
        .expect_problem(412, "precondition_failed");
    let anew = tool.put(&shop()).await;
    let other = anew.expect(201)["client_secret"].as_str().map(str::to_owned);
    assert!(
        other.is_some() && other != secret,
        "made again, it has a secret of its own"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_document_leaves_out_takes_its_default_again() {
    let server = TestServer::start().await;
    let tool = Tool::new(&server, "/admin/clients/shop").await;
    let disabled = with(&with(&shop(), "enabled", false), "subject_type", "pairwise");
    assert_eq!(tool.put(&disabled).await.expect(201)["enabled"], false);
    let whole = tool.put(&shop()).await.expect(200);
    assert_eq!(
        (&whole["enabled"], &whole["subject_type"]),
        (&json!(true), &json!("public"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preset_is_a_document_too() {
    let server = TestServer::start().await;
    let tool = Tool::new(&server, "/admin/clients/okta").await;
    let okta = json!({
        "preset": "okta", "preset_values": {"org": "company.okta.com"},
        "service": {"url": "https://company.okta.com"},
    });
    let made = tool.put(&okta).await;
    assert_eq!(made.expect(201)["preset"], "okta");
    let before = server.audit_count().await;
    let again = tool.put(&okta).await;
    again.expect(200);
    assert_eq!(again.header("etag"), made.header("etag"));
    assert_eq!(server.audit_count().await, before);
    let other = with(&okta, "preset_values", json!({"org": "other.okta.com"}));
    let changed = tool.put(&other).await.expect(200);
    assert!(
        changed["redirect_uris"].to_string().contains("other.okta.com"),
        "{changed}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_writers_who_saw_the_same_client_one_is_admitted() {
    let server = TestServer::start().await;
    let tool = Tool::new(&server, "/admin/clients/shop").await;
    let made = tool.put(&shop()).await;
    made.expect(201);
    let before = server.audit_count().await;
    let name = |number: usize| with(&shop(), "client_name", format!("Shop {number}"));
    assert_eq!(tool.race(&made.header("etag"), name).await, (1, 15));
    assert_eq!(server.audit_count().await, before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_with_slashes_is_a_resource() {
    let server = TestServer::start().await;
    let service = Tool::new(&server, "/admin/services/shop").await;
    let document = json!({"name": "Shop", "url": "https://shop.example", "allowedScopes": ["identity:name"]});
    service.put(&document).await.expect(201);
    let tool = Tool::new(&server, "/admin/clients/https:%2F%2Fshop.example%2Fapp").await;
    let made = tool.put(&with(&shop(), "service_id", "shop")).await;
    assert_eq!(made.expect(201)["client_id"], "https://shop.example/app");
    let read = server.administer(Call::get(made.header("location"))).await;
    assert_eq!(read.header("etag"), made.header("etag"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listing_of_clients_goes_on_where_it_stopped() {
    let server = TestServer::start().await;
    for name in ["a", "c", "e"] {
        Tool::new(&server, &format!("/admin/clients/{name}"))
            .await
            .put(&shop())
            .await
            .expect(201);
    }
    let names = |page: &Value| -> Vec<String> {
        let clients = page["clients"].as_array().expect("a list").iter();
        clients
            .map(|one| one["client_id"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let first = server
        .administer(Call::get("/admin/clients?limit=2"))
        .await
        .expect(200);
    assert_eq!(
        (names(&first), &first["next"]),
        (vec!["a".to_owned(), "c".to_owned()], &json!("c"))
    );
    Tool::new(&server, "/admin/clients/b")
        .await
        .put(&shop())
        .await
        .expect(201);
    let rest = server
        .administer(Call::get("/admin/clients?limit=2&after=c"))
        .await
        .expect(200);
    assert_eq!(
        (names(&rest), &rest["next"]),
        (vec!["e".to_owned()], &Value::Null)
    );
}
