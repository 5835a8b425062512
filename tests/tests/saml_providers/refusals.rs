//! What is not registered.

use serde_json::{Value, json};
use tests::Call;
use tests::metadata::Metadata;

use super::{Desk, wiki};

fn with(member: &str, value: Value) -> Value {
    let mut document = json!({"metadata": wiki().xml()});
    document[member] = value;
    document
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "a table: one entry a case")]
async fn what_cannot_stand_is_refused_with_its_member() {
    let desk = Desk::open().await;
    let rule = |source: &str, name: &str| json!({"source": source, "name": name});
    let cases = [
        ("preset", with("preset", json!("entra"))),
        ("metadata", json!({"preset": "okta"})),
        (
            "metadata",
            with("metadataUrl", json!("https://wiki.example/metadata")),
        ),
        (
            "entityId",
            with("entityId", json!("https://other.example/metadata")),
        ),
        ("entityId", json!({"mdqUrl": "https://mdq.example"})),
        ("cryption", with("cryption", json!({"when": "never"}))),
        ("encryption", with("encryption", json!({"when": "required"}))),
        (
            "requireSignedRequests",
            with("requireSignedRequests", json!(true)),
        ),
        ("signatureAlgorithms", with("signatureAlgorithms", json!([]))),
        (
            "signatureAlgorithms[0]",
            with("signatureAlgorithms", json!(["rsa-sha1"])),
        ),
        ("attributes", with("attributes", json!(["tokenId"]))),
        ("attributes", with("attributes", json!(["account"]))),
        (
            "attributes",
            with(
                "attributes",
                json!([rule("account", "mail"), rule("name", "mail")]),
            ),
        ),
        ("audiences", with("audiences", json!(["a\u{0}b"]))),
        ("variant", with("variant", json!("a/b"))),
        ("displayName", with("displayName", json!(""))),
        ("maxValiditySeconds", with("maxValiditySeconds", json!(0))),
        ("metadata", with("maxValiditySeconds", json!(86_400))),
        (
            "metadataUrl",
            json!({"metadataUrl": "http://wiki.example/metadata"}),
        ),
        (
            "metadataUrl",
            json!({"metadataUrl": "https://169.254.169.254/metadata"}),
        ),
    ];
    for (member, document) in cases {
        let problem = desk.add(&document).await.expect_problem(400, "invalid_request");
        assert_eq!(problem["member"], member, "{document}");
    }
    let listed = desk.send(Call::get("/admin/service-providers")).await.expect(200);
    assert_eq!(listed["total"], 0);
    let services = desk.send(Call::get("/admin/services")).await.expect(200);
    assert!(
        !services.to_string().contains("wiki.example"),
        "nothing is left behind"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_that_is_none_is_refused_and_said_why() {
    let desk = Desk::open().await;
    let consumers = |consumers: &[&str]| Metadata {
        consumers: consumers.iter().map(|&location| location.to_owned()).collect(),
        ..wiki()
    };
    let ended = Metadata {
        attributes: "validUntil=\"2020-01-01T00:00:00Z\"".to_owned(),
        ..wiki()
    };
    let doctype = format!("<!DOCTYPE x>{}", wiki().xml());
    let many = format!(
        "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">{}</md:EntitiesDescriptor>",
        wiki().xml()
    );
    for (text, why) in [
        (consumers(&[]).xml(), "no assertion consumer"),
        (consumers(&["javascript:alert(1)"]).xml(), "neither https"),
        (consumers(&["http://wiki.example/acs"]).xml(), "neither https"),
        (
            consumers(&["https://user@wiki.example/acs"]).xml(),
            "neither https",
        ),
        (ended.xml(), "expired"),
        (doctype, "document type"),
        (many, "many entities"),
        ("{}".to_owned(), "well-formed"),
        (
            format!("{}<!--{}-->", wiki().xml(), "a".repeat(600_000)),
            "too large",
        ),
    ] {
        let answer = desk.add(&json!({"metadata": text})).await;
        if answer.status == 413 {
            continue;
        }
        let problem = answer.expect_problem(400, "invalid_request");
        assert!(
            problem["detail"].as_str().unwrap().contains(why),
            "{problem} for {why}"
        );
        assert_eq!(problem["member"], "metadata");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attributes_stay_within_what_the_service_may_ask_for() {
    let desk = Desk::open().await;
    let service = json!({
        "serviceId": "wiki", "name": "Wiki", "url": "https://wiki.example", "allowedScopes": ["identity:given_name"],
    });
    desk.send(Call::post("/admin/services", &service))
        .await
        .expect(201);
    let document =
        |attributes: Value| json!({"metadata": wiki().xml(), "serviceId": "wiki", "attributes": attributes});
    let problem = desk.add(&document(json!(["givenName", "dateOfBirth"]))).await;
    assert_eq!(
        problem.expect_problem(400, "invalid_request")["member"],
        "attributes"
    );
    desk.add(&document(json!(["givenName"]))).await.expect(201);
    let problem = desk.patch(&json!({"attributes": ["dateOfBirth"]})).await;
    assert_eq!(
        problem.expect_problem(400, "invalid_request")["member"],
        "attributes"
    );
}
