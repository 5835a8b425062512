//! Issue "Production" 2 and 4: instances share one key ring, and its rotation is one for all of them; what one instance does for all goes on
//! when that one is killed.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use http::Method;
use idp_server::boot::{BootError, Parts, open_with};
use idp_server::config::{KeyStore, SealKeySource};
use idp_types::{Secret, SessionId};
use serde_json::{Value, json};
use tests::{Answer, Browser, Call, Invented, Phone, Postgres, Registration, Site, TestServer};

use crate::idp::{Running, run_with};
use crate::instances::{Pair, redis_of_all, shared};
use crate::postgres::{migrated, on};

pub(crate) const JWKS: &str = "/.well-known/jwks.json";

async fn kids(server: &Site) -> BTreeSet<String> {
    let set = server.send(Call::get(JWKS)).await.expect(200);
    let keys = set["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// The key that signs for a purpose.
pub(crate) async fn active(server: &TestServer, purpose: &str) -> String {
    let listed = server.administer(Call::get("/admin/keys")).await.expect(200);
    let mut keys = listed["keys"].as_array().unwrap().iter();
    let signs = keys.find(|key| key["purpose"] == purpose && key["phase"] == "active");
    signs.unwrap()["kid"].as_str().unwrap().to_owned()
}

pub(crate) async fn rotate(server: &TestServer, purpose: &str) -> Answer {
    let path = format!("/admin/keys/{purpose}/rotate");
    server.administer(Call::new(Method::POST, path)).await
}

/// Waits until an instance publishes it, or publishes it no more.
pub(crate) async fn until_published(server: &Site, kid: &str, is_there: bool) {
    let seen = async {
        while kids(server).await.contains(kid) != is_there {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), seen)
        .await
        .expect("instances tell each other that the keys changed");
}

pub(crate) fn kid_of(answer: &Answer) -> String {
    answer.expect(200)["kid"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_share_one_ring_and_hear_at_once_that_it_changed() {
    let database = migrated();
    let pair = Pair::start(|config| on(config, &database)).await;
    let (one, other) = (&pair.one, &pair.other);
    assert!(!one.app.config.keys.file.exists(), "no key is in a file");
    assert_eq!(kids(one).await, kids(other).await);
    let made = kid_of(&rotate(one, "token").await);
    until_published(other, &made, true).await;
    assert_eq!(
        kid_of(&rotate(other, "token").await),
        made,
        "it waits for its time"
    );
    let old = active(other, "token").await;
    let retire = Call::post("/admin/keys/token/retire", &json!({"kid": old}));
    let retired = other.administer(retire).await.expect(200);
    assert_eq!(retired["signs"]["kid"], made.as_str());
    until_published(one, &old, false).await;
    assert_eq!(active(one, "token").await, made);
    pair.log_in().await;
}

/// Both have the same one, whoever was faster.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_that_rotate_at_once_make_one_key() {
    let database = migrated();
    let pair = Pair::start(|config| on(config, &database)).await;
    let before = kids(&pair.one).await;
    let (one, other) = tokio::join!(rotate(&pair.one, "oidc_rs256"), rotate(&pair.other, "oidc_rs256"));
    assert_eq!(kid_of(&one), kid_of(&other));
    for server in [&pair.one, &pair.other] {
        until_published(server, &kid_of(&one), true).await;
        assert_eq!(kids(server).await.len(), before.len() + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keys_of_a_file_move_to_a_database_that_has_none() {
    let database = migrated();
    let mut server = TestServer::start_with(|config| {
        on(config, &database);
        config.keys.store = Some(KeyStore::File);
    })
    .await;
    let known = kids(&server).await;
    server.stop().await;
    let mut moved = server
        .start_beside_with("moved", |config| config.keys.store = None)
        .await;
    assert_eq!(kids(&moved).await, known);
    moved.stop().await;
    std::fs::remove_file(&server.app.config.keys.file).unwrap();
    let again = moved.start_beside("again").await;
    assert_eq!(kids(&again).await, known, "the file is of no more use");
}

async fn refusal(server: &TestServer, seal_key: SealKeySource) -> String {
    let mut config = server.app.config.clone();
    config.keys.seal_key = seal_key;
    let parts = Parts {
        chain: Some("refused".to_owned()),
        ..Parts::default()
    };
    match Box::pin(open_with(config, parts)).await {
        Err(BootError::Keys(error)) => error.to_string(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it opens"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_sealing_key_is_said_at_the_start() {
    let database = migrated();
    let server = TestServer::start_with(|config| on(config, &database)).await;
    let wrong = refusal(&server, SealKeySource::Environment(Secret::new([7; 32]))).await;
    assert_eq!(
        wrong,
        "the key ring of the database does not open with this sealing key"
    );
    let elsewhere = server.data_directory().join("none/seal.key");
    let none = refusal(&server, SealKeySource::File(elsewhere.clone())).await;
    assert!(
        none.contains("its sealing key") && none.contains("is not"),
        "{none}"
    );
    assert!(!elsewhere.exists());
}

/// The configuration of a further instance as a real process, at an address of its own.
fn written(server: &TestServer, database: &Postgres, chain: &str) -> (String, Site) {
    let config = &server.app.config;
    let redis = config.storage.redis.as_ref().expect("a shared Redis");
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let text = format!(
        "issuer = '{}'\nlisten = '{address}'\ndata_dir = '{}'\n[trust]\ndirectory = '{}'\n[audit]\nchain = '{chain}'\n\
         [enrolment]\nadmission = 'open'\n[storage]\ndatabase_url = '{}'\nredis_url = '{}'\nredis_prefix = '{}'\n",
        config.issuer,
        config.data_dir.display(),
        config.trust.directory.display(),
        database.url(),
        redis_of_all(),
        redis.prefix,
    );
    let path = server.data_directory().join(format!("{chain}.toml"));
    std::fs::write(&path, text).unwrap();
    let mut site = Site::at(&format!("http://{address}"));
    site.issuer.clone_from(&server.issuer);
    (path.display().to_string(), site)
}

/// Waits until it answers.
async fn serving(site: &Site) {
    let serving = async {
        loop {
            let answer = site.http.try_send(Call::get("/health/ready")).await;
            if answer.is_some_and(|answer| answer.status.is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), serving)
        .await
        .expect("the instance serves");
}

/// Its deadline was nobody's but its own: the instance that leads next ends it, records that and tells the browser.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_of_a_killed_instance_are_ended_by_another_one() {
    let database = migrated();
    let mut first = TestServer::start_with(|config| {
        shared(config, &redis_of_all());
        on(config, &database);
    })
    .await;
    let service = Registration::public().register(&first).await;
    let jean = first.issue(Invented::jean());
    let _phone = Phone::enrol(&first, &jean).await;
    let (config, site) = written(&first, &database, "killed");
    let mut killed = Running::start(&["serve", "--config", &config]);
    serving(&site).await;
    let heir = first.start_beside("heir").await;
    // Another one leads as soon as the first one is gone with all its connections.
    first.stop().await;
    drop(first);
    let login = service.initiate(&site, jean.token_id.as_str()).await;
    // What the others know as the installation's address was the first one's.
    let there = Site::at(&format!("http://{}", heir.app.config.listen));
    let mut browser = Browser::open(&there, &login).await;
    browser.expect("otp_ready").await;
    killed.kill();
    heir.clock.advance(61);
    browser.expect("expired").await;
    let id = SessionId::parse(&login.session_id).unwrap();
    assert!(heir.app.durable.outcome(&id).await.unwrap().is_some());
    let path = format!("/admin/audit?event=AUTH_EXPIRE&session_id={}", login.session_id);
    assert_eq!(heir.administer(Call::get(path)).await.expect(200)["total"], 1);
}

/// The command line changes the ring that servers use, wherever it is kept, and each change is recorded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_changes_the_ring_of_running_instances() {
    let database = migrated();
    let pair = Pair::start(|config| on(config, &database)).await;
    let (config, _) = written(&pair.one, &database, "unused");
    let key = |arguments: &[&str]| -> Value {
        let fixed = ["--operator", "ann", "--json", "--config", &config];
        let all: Vec<&str> = ["key"].iter().chain(arguments).chain(&fixed).copied().collect();
        let done = run_with(&all, &[]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_slice(&done.stdout).unwrap()
    };
    let old = active(&pair.one, "oidc_eddsa").await;
    let file = pair.one.data_directory().join("key.pem");
    let made = Command::new("openssl")
        .args(["genpkey", "-algorithm", "ED25519", "-out"])
        .arg(&file)
        .status();
    assert!(made.unwrap().success(), "the package openssl");
    let imported = key(&["import", "oidc_eddsa", file.to_str().unwrap()]);
    let kid = imported["kid"].as_str().unwrap();
    for server in [&pair.one, &pair.other] {
        until_published(server, kid, true).await;
    }
    let retired = key(&["retire", "oidc_eddsa", &old]);
    assert_eq!(retired["successor"], kid);
    for server in [&pair.one, &pair.other] {
        until_published(server, &old, false).await;
        assert_eq!(active(server, "oidc_eddsa").await, kid);
    }
    let next = key(&["rotate", "audit"]);
    assert_eq!(next["phase"], "upcoming");
    for (event, count) in [("KEY_IMPORT", 2), ("KEY_RETIRE", 2), ("KEY_ROTATE", 2)] {
        let found = Call::get(format!("/admin/audit?event={event}"));
        let found = pair.other.administer(found).await.expect(200);
        assert_eq!(found["total"], count, "intention and outcome of {event}");
    }
}
