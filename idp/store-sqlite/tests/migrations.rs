//! A file of an earlier version is brought up to date with what is in it.

use std::path::Path;

use idp_store::contract::sample::{self, NOW};
use idp_store::{Change, Commit, DurableStore};
use idp_store_sqlite::{Location, Options, SqliteStore};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection, SqlSafeStr};

#[expect(clippy::unwrap_used, reason = "a file that cannot be made is a failed test")]
async fn first_version(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    let mut connection = options.connect().await.unwrap();
    let text = include_str!("../migrations/0001_initial.sql");
    let first = Migration::new(
        1,
        "initial".into(),
        MigrationType::Simple,
        text.into_sql_str(),
        false,
    );
    let migrator = Migrator::with_migrations(vec![first]);
    migrator.run(&mut connection).await.unwrap();
    connection
}

#[tokio::test]
async fn tokens_of_the_first_version_are_kept_and_can_be_revoked() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("idp.db");
    let token_id = sample::token_id();
    let mut connection = first_version(&path).await;
    for (place, revoked) in [(1, false), (2, true), (3, false)] {
        let device = if place == 3 { "tablet" } else { "phone" };
        let insert = sqlx::query("INSERT INTO token_statuses VALUES (7, ?, ?, ?, ?, ?)")
            .bind(place)
            .bind(token_id.as_str())
            .bind(device)
            .bind(NOW.plus_seconds(60).unix_millis())
            .bind(revoked);
        insert.execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    let store = SqliteStore::open(Location::File(path), Options::new("one")).await;
    let store = store.unwrap();
    let statuses = store.token_statuses(7, NOW).await.unwrap();
    assert_eq!(statuses, [(1, false), (2, true), (3, false)]);
    let revoke = Commit {
        changes: vec![Change::RevokeTokens {
            token_id,
            device_id: Some(sample::device_id("phone")),
        }],
        audit: Vec::new(),
    };
    store.commit(revoke).await.unwrap();
    let statuses = store.token_statuses(7, NOW).await.unwrap();
    assert_eq!(statuses, [(1, true), (2, true), (3, false)]);
    store.close().await.unwrap();
}
