//! Profile 12: what is recorded, about whom, and what is left of it after an erasure.

use http::Method;
use idp_jose::json::Map;
use idp_store::audit::AuditVerifier;
use serde_json::{Value, json};
use tests::{Call, Invented, Login, Phone, Registration, TestServer};

/// The records of a session, oldest first.
async fn records(server: &TestServer, filter: &str) -> Vec<Value> {
    let found = server
        .administer(Call::get(format!("/admin/audit?limit=100&{filter}")))
        .await
        .expect(200);
    let mut records = found["records"].as_array().unwrap().clone();
    records.reverse();
    records
}

/// Every chain, by its own computation.
async fn verify_chains(server: &TestServer) {
    for head in server.app.durable.audit_heads().await.unwrap() {
        let mut verifier = AuditVerifier::new(&head.chain, &[], |_| None);
        let mut position = 0;
        while position < head.sequence {
            let run = server
                .app
                .durable
                .audit_run(&head.chain, position, 100)
                .await
                .unwrap();
            position = run.last().expect("a chain without a gap").sequence;
            for record in &run {
                verifier.feed(record);
            }
        }
        let report = verifier.finish();
        assert_eq!(
            (report.fault_count, report.records),
            (0, head.sequence),
            "{:?}",
            report.faults
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_leaves_its_facts_and_no_code() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
    let token_id = phone.wallet.identity().token_id.clone();
    let login = service.initiate(&server, token_id.as_str()).await;
    phone
        .approve_except(&phone.only().await, &["identity:name"])
        .await
        .expect(200);
    let records = records(&server, &format!("session_id={}", login.session_id)).await;
    let events: Vec<&str> = records
        .iter()
        .filter_map(|record| record["event_type"].as_str())
        .collect();
    assert_eq!(events, ["AUTH_INITIATE", "AUTH_APPROVE", "CONSENT"]);
    assert_eq!(
        records[2]["details"],
        json!({"granted": "identity:age_over_18", "denied": "identity:name"})
    );
    for record in &records {
        assert_eq!(record["token_id"], token_id.as_str());
        assert_eq!(record["ip"], "127.0.0.1");
        assert_eq!(record["service_id"], service.id.as_str());
        assert!(!record["details"].to_string().contains(&login.code), "{record}");
    }
    verify_chains(&server).await;
}

/// Profile 7: nothing is stored of whose attributes were verified.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verification_without_login_is_recorded_about_nobody() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
    let shown = service
        .send(
            &server,
            Call::post("/identity/initiate", &json!({"serviceId": service.id})),
        )
        .await;
    let claimed = phone.claim(shown.expect(200)["qr"].as_str().unwrap()).await;
    claimed.expect(200);
    let request = idp_authenticator::PendingRequest::parse(&claimed.body).unwrap();
    phone.approve(&request).await.expect(200);
    let records = records(&server, &format!("session_id={}", Login::of(&shown).session_id)).await;
    assert_eq!(records.len(), 4, "{records:?}");
    let member = |record: &Value| record.as_object().map(Map::len);
    assert!(
        records
            .iter()
            .all(|record| record["token_id"].is_null() && member(record).is_some()),
        "{records:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_takes_the_names_and_leaves_the_chain() {
    let server = TestServer::start().await;
    let (jean, amelie) = (server.issue(Invented::jean()), server.issue(Invented::amelie()));
    Phone::enrol(&server, &jean).await;
    Phone::enrol(&server, &amelie).await;
    let erased = Call::new(
        Method::DELETE,
        format!("/admin/enrollments/{}/audit-key", jean.token_id),
    );
    server.administer(erased).await.expect(204);
    let enrolments = records(&server, "event=ENROLL").await;
    assert_eq!(
        (enrolments[0]["is_erased"].as_bool(), &enrolments[0]["token_id"]),
        (Some(true), &Value::Null)
    );
    assert_eq!(enrolments[1]["token_id"], amelie.token_id.as_str());
    let all = server
        .administer(Call::get("/admin/audit?limit=100"))
        .await
        .text();
    assert!(
        !all.contains(jean.token_id.as_str()),
        "the name is gone from the log"
    );
    verify_chains(&server).await;
    // What happens from here on is recorded under a new key.
    let service = Registration::public().register(&server).await;
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    let begun = records(&server, &format!("session_id={}", login.session_id)).await;
    assert_eq!(begun[0]["token_id"], jean.token_id.as_str());
}
