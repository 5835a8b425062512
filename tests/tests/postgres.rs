//! Architecture, "Two stores", on PostgreSQL: `idp migrate`, `idp store copy`, instances that decide as one, and operations 3.7: what becomes of
//! logins while the database is lost.

use std::process::Output;
use std::time::Duration;

use http::Method;
use idp_authenticator::CodeAnswer;
use idp_server::config::{Config, DatabaseConfig};
use idp_store::contract::durable::audit::verified;
use serde_json::json;
use tests::{Call, Enrolling, Invented, Phone, Postgres, Registration, TestServer, Wire};

use crate::idp::run_with;
use crate::instances::Pair;

fn text(output: &Output) -> String {
    let octets = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8(octets).unwrap()
}

/// Runs the command on a database.
fn run(database: &Postgres, arguments: &[&str]) -> Output {
    run_with(arguments, &[("DATABASE_URL", &database.url())])
}

/// A database with the schema, made by the command.
pub(crate) fn migrated() -> Postgres {
    let database = Postgres::create();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("idp.toml");
    std::fs::write(&file, "issuer = 'https://login.example.com'\n").unwrap();
    let done = run(&database, &["migrate", "--config", file.to_str().unwrap()]);
    assert!(done.status.success(), "{}", text(&done));
    database
}

pub(crate) fn on(config: &mut Config, database: &Postgres) {
    let found = DatabaseConfig::at(&database.url()).unwrap();
    config.storage.database = Some(DatabaseConfig { readers: 4, ..found });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_on_one_database_and_one_redis_are_one() {
    let database = migrated();
    let pair = Pair::start(|config| on(config, &database)).await;
    pair.log_in().await;
    let heads = pair.one.app.durable.audit_heads().await.unwrap();
    assert_eq!(heads.len(), 2, "each writes a chain of its own: {heads:?}");
    for head in heads {
        verified(&pair.other.app.durable, &head.chain).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_embedded_installation_moves_to_postgresql() {
    let mut server = TestServer::start().await;
    let service = Registration::confidential().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    service.initiate(&server, jean.token_id.as_str()).await;
    phone.approve(&phone.only().await).await.expect(200);
    let file = server.data_directory().join("idp.sqlite");
    let database = migrated();
    let copy = ["store", "copy", "--from", file.to_str().unwrap()];
    let refused = run(&database, &copy);
    assert!(text(&refused).contains("stop it first"), "{}", text(&refused));
    server.stop().await;
    let copied = run(&database, &copy);
    assert!(copied.status.success(), "{}", text(&copied));
    let twice = run(&database, &copy);
    assert!(text(&twice).contains("is not empty"), "{}", text(&twice));
    let moved = server
        .start_beside_with("moved", |config| on(config, &database))
        .await;
    let approvals = moved
        .administer(Call::get("/admin/audit?event=AUTH_APPROVE"))
        .await;
    assert_eq!(approvals.expect(200)["total"], 1);
    service.initiate(&moved, jean.token_id.as_str()).await;
    for head in moved.app.durable.audit_heads().await.unwrap() {
        verified(&moved.app.durable, &head.chain).await;
    }
}

/// No approval without its audit record: both wait for the database. What needs none goes on, and service resumes by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_3_7_postgresql_lost_costs_a_retry() {
    let database = migrated();
    let server = TestServer::start_with(|config| on(config, &database)).await;
    let service = Registration::confidential().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    let request = phone.only().await;
    let body = phone.approval(&request, CodeAnswer::Compared, &[]).unwrap();
    let verify = || Call::new(Method::POST, "/auth/verify").text(body.clone());

    database.close();
    let refused = server.send(verify()).await;
    refused.expect_problem(503, "unavailable");
    assert_eq!(refused.header("retry-after"), "1");
    server.expect_lack_of("durable_store").await;

    database.reopen();
    let resumed = async {
        while !server.send(verify()).await.status.is_success() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let resumed = tokio::time::timeout(Duration::from_secs(30), resumed).await;
    resumed.expect("the same approval counts as soon as it can be recorded");
    let path = format!("/admin/audit?event=AUTH_APPROVE&session_id={}", login.session_id);
    assert_eq!(server.administer(Call::get(path)).await.expect(200)["total"], 1);
}

/// What a probe says that is in the way: the state of the durable store.
async fn state_of_store(server: &TestServer) -> String {
    let health = server.send(Call::get("/health/ready")).await;
    let state = health.json()["dependencies"]["durable_store"]["status"].clone();
    assert_eq!(health.status == 200, state == "up", "{}", health.text());
    state.as_str().unwrap().to_owned()
}

async fn expect_store(server: &TestServer, is_up: bool) {
    let waiting = async {
        while (state_of_store(server).await == "up") != is_up {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let came = tokio::time::timeout(Duration::from_secs(30), waiting).await;
    came.unwrap_or_else(|_| panic!("whether the store is up is never {is_up}"));
}

/// A database that answers and takes nothing: nobody is approved, readiness says why, and it is found out without a login when that ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_3_7_8_postgresql_read_only_is_not_ready() {
    let database = migrated();
    let server = TestServer::start_with(|config| on(config, &database)).await;
    let service = Registration::confidential().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    service.initiate(&server, jean.token_id.as_str()).await;
    let request = phone.only().await;
    assert_eq!(state_of_store(&server).await, "up");

    database.refuse_writes(true);
    phone.approve(&request).await.expect_problem(503, "unavailable");
    expect_store(&server, false).await;
    let health = server.send(Call::get("/health")).await.expect(503);
    assert!(health["parts"]["durable_store"].is_string(), "{health}");

    database.refuse_writes(false);
    expect_store(&server, true).await;
    phone.approve(&request).await.expect(200);
}

/// Whoever writes a record whole is never told that it is so already because of what an instance remembers of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_instance_wrote_a_moment_ago_is_not_taken_for_unchanged() {
    let database = migrated();
    let pair = Pair::start(|config| on(config, &database)).await;
    let named = |name: &str| {
        let input = json!({"name": name, "url": "https://shop.example", "allowedScopes": ["identity:name"]});
        Call::new(Method::PUT, "/admin/services/shop").json(&input)
    };
    pair.one.administer(named("Shop")).await.expect(201);
    for round in 0..10 {
        pair.other.administer(named("Shop")).await.expect(200);
        let client = json!({
            "redirect_uris": ["https://shop.example/cb"], "scope": "openid", "service_id": "shop",
            "client_name": if round % 2 == 0 { "Even" } else { "Odd" },
        });
        let written = || Call::new(Method::PUT, "/admin/clients/shop").json(&client);
        let status = pair.one.administer(written()).await.status;
        assert!(status.is_success(), "{status}");
        pair.one
            .administer(named(&format!("Shop {round}")))
            .await
            .expect(200);
        pair.other.administer(named("Shop")).await.expect(200);
        let read = Call::get("/admin/services/shop");
        assert_eq!(
            pair.other.administer(read).await.expect(200)["name"],
            "Shop",
            "round {round}"
        );
        assert_eq!(
            pair.other.administer(written()).await.expect(200)["client_name"],
            client["client_name"]
        );
    }
}

/// Issue "Production" 2: the instance that leads looks among all devices for what the lists revoke; the others are told, and put the lists in
/// force themselves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trust_lists_are_refreshed_by_the_leader_and_the_others_are_told() {
    let database = migrated();
    let pair = Pair::start(|config| on(config, &database)).await;
    let amelie = pair.one.issue(Invented::amelie());
    pair.one.scheme().revoke_seal(amelie.fingerprint);
    let refreshes = || Call::get("/admin/audit?event=TRUST_REFRESH");
    let before = pair.one.administer(refreshes()).await.expect(200)["total"]
        .as_u64()
        .unwrap();
    pair.one.publish_lists().await;
    let body =
        async |server: &TestServer| Phone::enrolment_body(server, &amelie, &Enrolling::new("phone")).await;
    let told = async {
        loop {
            let lists = pair.other.app.trust_store();
            if lists.revoked(amelie.fingerprint) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let told = tokio::time::timeout(Duration::from_secs(30), told).await;
    told.expect("the other instance reads the lists long before its interval");
    let call = Call::post("/enroll", &body(&pair.other).await);
    let refused = pair.other.send(call).await.expect_problem(400, "invalid_seal");
    assert_eq!(refused["reason"], "revoked_seal");
    idp_server::trust::refresh_or_follow(&pair.other.app)
        .await
        .unwrap();
    let after = pair.one.administer(refreshes()).await.expect(200)["total"]
        .as_u64()
        .unwrap();
    // Once, or by both where they read at the same moment.
    assert!((before + 1..=before + 2).contains(&after), "{before} {after}");
}

async fn circuit_is_open(server: &TestServer) -> bool {
    let health = server.send(Call::get("/health/ready")).await.json();
    health["dependencies"]["durable_store"]["circuit"] == "open"
}

/// A PostgreSQL that accepts everything and answers nothing: the circuit opens, after which nobody waits for it, and what verifiers of tokens
/// ask for comes from memory. It closes by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_3_7_8_postgresql_frozen_opens_the_circuit() {
    let database = migrated();
    let url = database.url();
    let address = url.split_once('@').unwrap().1.split_once('/').unwrap().0;
    let wire = Wire::to(address).await;
    let server = TestServer::start_with(|config| {
        let found = DatabaseConfig::at(&url.replacen(address, &wire.address.to_string(), 1)).unwrap();
        config.storage.database = Some(DatabaseConfig {
            readers: 2,
            patience: Duration::from_secs(1),
            ..found
        });
    })
    .await;
    let service = Registration::confidential().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    service.initiate(&server, jean.token_id.as_str()).await;
    let body = phone
        .approval(&phone.only().await, CodeAnswer::Compared, &[])
        .unwrap();
    let verify = || Call::new(Method::POST, "/auth/verify").text(body.clone());
    let list = || Call::get("/status/tokens/1");
    let before = server.send(list()).await;
    assert_eq!(before.status.as_u16(), 200);

    wire.freeze();
    let opened = async {
        while !circuit_is_open(&server).await {
            server.send(verify()).await.expect_problem(503, "unavailable");
        }
    };
    let opened = tokio::time::timeout(Duration::from_mins(1), opened).await;
    opened.expect("the circuit opens");
    let refused = server.send(verify()).await;
    refused.expect_problem(503, "unavailable");
    assert_eq!(refused.header("retry-after"), "1");
    let health = server.expect_lack_of("durable_store").await;
    let said = json!({"engine": "postgresql", "status": "down", "circuit": "open"});
    assert_eq!(health["dependencies"]["durable_store"], said);
    assert_eq!(health["dependencies"]["ephemeral_store"]["status"], "up");
    // Older than it may be while the store answers, and still valid.
    server.clock.advance(300);
    assert_eq!(server.send(list()).await.body, before.body);
    server.clock.advance(400);
    server.send(list()).await.expect_problem(503, "unavailable");

    wire.thaw();
    server.ready().await;
    assert_eq!(server.send(list()).await.status.as_u16(), 200);
    service.initiate(&server, jean.token_id.as_str()).await;
}
