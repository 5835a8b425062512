//! The schema: from nothing, from every earlier one, and from a later one.

use idp_store::{Change, Commit, DurableStore, Version};
use idp_store_postgres::{OpenError, PostgresStore, SchemaError};
use sqlx::Executor;

use crate::database::Database;

fn commit(change: Change) -> Commit {
    Commit {
        changes: vec![change],
        audit: Vec::new(),
    }
}

async fn refusal(database: &Database) -> SchemaError {
    match PostgresStore::open(database.options("one")).await.map(drop) {
        Err(OpenError::Schema(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_database_without_the_schema_is_refused_and_then_migrated() {
    let database = Database::empty().await;
    assert!(matches!(refusal(&database).await, SchemaError::Missing));
    for _ in 0..2 {
        PostgresStore::migrate(&database.url()).await.unwrap();
    }
    let store = database.open("one").await;
    store.commit(Commit::default()).await.unwrap();
}

/// What an earlier program wrote is still there, and what it has no table for has one.
#[tokio::test]
async fn an_earlier_schema_is_brought_up_to_date() {
    let database = Database::migrated().await;
    let store = database.open("one").await;
    let mark = Change::PutMark {
        name: "kept".to_owned(),
        value: "yes".to_owned(),
    };
    store.commit(commit(mark)).await.unwrap();
    store.close().await.unwrap();
    let back = "DROP TABLE sealed_documents; DROP TABLE credential_statuses; DELETE FROM _sqlx_migrations WHERE version > 2";
    database.owner().await.execute(back).await.unwrap();
    assert!(matches!(
        refusal(&database).await,
        SchemaError::Older { found: 2, .. }
    ));
    PostgresStore::migrate(&database.url()).await.unwrap();
    let store = database.open("one").await;
    assert_eq!(store.mark("kept").await.unwrap().as_deref(), Some("yes"));
    let document = Change::PutSealedDocument {
        name: "keys".to_owned(),
        sealed: vec![1],
        expected: Version(0),
    };
    store.commit(commit(document)).await.unwrap();
    assert!(store.sealed_document("keys").await.unwrap().is_some());
}

#[tokio::test]
async fn many_at_once_migrate_once() {
    let database = Database::empty().await;
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let url = database.url();
        all.spawn(async move { PostgresStore::migrate(&url).await });
    }
    for migrated in all.join_all().await {
        migrated.unwrap();
    }
    database.open("one").await.ping().await.unwrap();
}

#[tokio::test]
async fn opening_migrates_where_it_is_told_to() {
    let database = Database::empty().await;
    let options = idp_store_postgres::Options {
        auto_migrate: true,
        ..database.options("one")
    };
    PostgresStore::open(options).await.unwrap().ping().await.unwrap();
}

/// A later program may have migrated while this one runs, and this one may be started again, as long as that migration says so.
#[tokio::test]
async fn a_later_schema_is_accepted_until_it_says_otherwise() {
    let database = Database::migrated().await;
    let mut owner = database.owner().await;
    owner
        .execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (999, 'later', true, '\\x00', 0)",
        )
        .await
        .unwrap();
    database.open("one").await.ping().await.unwrap();
    PostgresStore::migrate(&database.url()).await.unwrap();
    owner
        .execute("UPDATE compatibility SET oldest = 999")
        .await
        .unwrap();
    assert!(matches!(
        refusal(&database).await,
        SchemaError::Newer { found: 999 }
    ));
}

#[tokio::test]
async fn a_schema_that_is_not_ours_is_refused() {
    for (statement, is_expected) in [
        (
            "UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 1",
            (|error| matches!(error, SchemaError::Foreign(1))) as fn(SchemaError) -> bool,
        ),
        (
            "UPDATE _sqlx_migrations SET success = false WHERE version = 1",
            |error| matches!(error, SchemaError::Dirty(1)),
        ),
        ("DELETE FROM _sqlx_migrations", |error| {
            matches!(error, SchemaError::Older { found: 0, .. })
        }),
    ] {
        let database = Database::migrated().await;
        database.owner().await.execute(statement).await.unwrap();
        assert!(is_expected(refusal(&database).await), "{statement}");
    }
}
