//! Operations 3.7, row 24: a copy made under load is whole, verifies, and brings nothing back that was used up. docs/backup.md, by command.

use std::path::{Path, PathBuf};
use std::process::Output;

use idp_server::config::{Config, DatabaseConfig};
use tests::{Installation, Invented, Phone, Postgres, Registration, TestServer};

use crate::crash::{Ledger, check, enrol_and_revoke};
use crate::idp::run_with;

fn said(output: &Output) -> String {
    String::from_utf8([output.stdout.as_slice(), output.stderr.as_slice()].concat()).unwrap()
}

#[track_caller]
fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    said(output)
}

#[track_caller]
fn refused(output: &Output, why: &str) {
    assert!(!output.status.success(), "{}", said(output));
    assert!(said(output).contains(why), "{}", said(output));
}

/// The disk is gone. What remains is what every instance has in other places, too: the sealing key and the trust lists.
fn lose(data: &Path) {
    let lost = data.with_extension("lost");
    std::fs::rename(data, &lost).unwrap();
    std::fs::create_dir(data).unwrap();
    std::fs::rename(lost.join("trust"), data.join("trust")).unwrap();
    std::fs::copy(lost.join("seal.key"), data.join("seal.key")).unwrap();
}

fn flip_a_byte(file: &Path) {
    let mut octets = std::fs::read(file).unwrap();
    let middle = octets.len() / 2;
    octets[middle] ^= 1;
    std::fs::write(file, octets).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_3_7_row_24_an_embedded_installation_comes_back_from_a_copy_made_under_load() {
    let installation = Installation::embedded();
    let mut instance = installation.start().await;
    let (site, operator) = (instance.site.clone(), installation.operator());
    let people = |count: usize| (0..count).map(|_| installation.issue()).collect::<Vec<_>>();
    let (before, during) = (Ledger::default(), Ledger::default());
    enrol_and_revoke(site.clone(), people(6), (operator.clone(), before.clone())).await;
    let load = tokio::spawn(enrol_and_revoke(site, people(100), (operator.clone(), during)));

    let copy = installation.directory.path().join("copy");
    let copy = copy.to_str().unwrap();
    let backup = || installation.run(&["store", "backup", "--to", copy]);
    succeeded(&backup());
    refused(&backup(), "cannot be written");
    instance.kill();
    load.await.unwrap();

    let restore = || installation.run(&["store", "restore", "--from", copy]);
    refused(&restore(), "restore to an empty data_dir");
    lose(&installation.data());
    let text = succeeded(&restore());
    assert!(text.contains("intact") && !text.contains("NOT INTACT"), "{text}");
    let instance = installation.start().await;
    check(&instance.site, &operator, &before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_copy_and_one_of_another_issuer_are_refused() {
    let installation = Installation::embedded();
    installation.start().await.kill();
    let data = installation.data();
    let copy = installation.directory.path().join("copy");
    let from = copy.to_str().unwrap();
    succeeded(&installation.run(&["store", "backup", "--to", from]));
    lose(&data);
    let restore = || installation.run(&["store", "restore", "--from", from]);
    let manifest = copy.join("manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(
        &manifest,
        text.replace(&installation.issuer, "https://other.example.com"),
    )
    .unwrap();
    refused(&restore(), "the copy is of another issuer");
    std::fs::write(&manifest, text).unwrap();
    flip_a_byte(&copy.join("idp.sqlite"));
    refused(&restore(), "its SHA-256 is another one");
    std::fs::remove_file(copy.join("idp.sqlite")).unwrap();
    refused(&restore(), "cannot be read");
    assert!(
        !data.join("keys.sealed").exists(),
        "nothing was restored by halves"
    );
}

/// A configuration file of the command line for an instance whose data is in `data`.
fn file_for(server: &TestServer, data: &Path) -> PathBuf {
    let file = data.join("idp.toml");
    let text = format!(
        "issuer = '{}'\nlisten = '127.0.0.1:0'\ndata_dir = '{}'\n",
        server.issuer,
        data.display()
    );
    std::fs::write(&file, text).unwrap();
    file
}

fn on(config: &mut Config, database: &Postgres) {
    let found = DatabaseConfig::at(&database.url()).unwrap();
    config.storage.database = Some(DatabaseConfig { readers: 4, ..found });
}

/// Runs the command on a database, with its client programs at hand.
fn run_on(database: &Postgres, arguments: &[&str]) -> Output {
    let programs = std::env::var("IDP_TEST_POSTGRES_BIN").unwrap();
    run_with(
        arguments,
        &[("DATABASE_URL", &database.url()), ("PATH", &programs)],
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_3_7_row_24_a_shared_database_comes_back_elsewhere() {
    let (database, elsewhere) = (crate::postgres::migrated(), Postgres::create());
    let mut server = TestServer::start_with(|config| on(config, &database)).await;
    let service = Registration::confidential().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    phone.approve(&phone.only().await).await.expect(200);

    let data = server.data_directory();
    let (copy, config) = (data.join("copy"), file_for(&server, &data));
    let config = config.to_str().unwrap();
    succeeded(&run_on(
        &database,
        &[
            "store",
            "backup",
            "--config",
            config,
            "--to",
            copy.to_str().unwrap(),
        ],
    ));

    let restored = tempfile::tempdir().unwrap();
    std::fs::copy(data.join("seal.key"), restored.path().join("seal.key")).unwrap();
    let config = file_for(&server, restored.path());
    let from = [
        "--config",
        config.to_str().unwrap(),
        "--from",
        copy.to_str().unwrap(),
    ];
    let text = succeeded(&run_on(&elsewhere, &[&["store", "restore"], &from[..]].concat()));
    assert!(text.contains("intact") && !text.contains("NOT INTACT"), "{text}");

    server.stop().await;
    let moved = server
        .start_beside_with("moved", |config| on(config, &elsewhere))
        .await;
    let id = login.session_id.parse().unwrap();
    let outcome = moved.app.durable.outcome(&id).await.unwrap();
    assert!(outcome.is_some(), "what was approved stays used up");
    let next = service.initiate(&moved, jean.token_id.as_str()).await;
    assert_ne!(next.session_id, login.session_id);
}
