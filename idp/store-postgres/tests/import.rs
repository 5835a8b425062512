//! An embedded installation moves in.

use std::sync::Arc;

use idp_store::contract::durable::audit::verified;
use idp_store::contract::{durable, sample};
use idp_store::durable::SubjectKey;
use idp_store::sql::TABLES;
use idp_store::{Change, Commit, DurableStore};
use idp_store_postgres::{ImportError, PostgresStore};
use idp_store_sqlite::{Location, Options, SqliteStore};

use crate::database::{Database, shared};

/// Everything that the contract writes, in every table.
async fn embedded() -> Arc<SqliteStore> {
    let store = SqliteStore::open(Location::Temporary, Options::new("embedded")).await;
    let store = Arc::new(store.unwrap());
    let suite: Arc<dyn DurableStore> = store.clone();
    durable::all(&suite).await;
    let key = SubjectKey {
        reference: "subject".to_owned(),
        sealed: vec![0, 255],
    };
    let delivery = Box::new(sample::logout_delivery(&sample::client_id()));
    let what_the_suite_removes = vec![Change::PutSubjectKey(key), Change::PutLogoutDelivery { delivery }];
    let commit = Commit {
        changes: what_the_suite_removes,
        audit: Vec::new(),
    };
    store.commit(commit).await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_arrives_and_goes_on() {
    let (source, database) = (embedded().await, Database::migrated().await);
    let arrived = PostgresStore::import(&database.url(), &*source).await.unwrap();
    assert_eq!(arrived.len(), TABLES.len());
    let empty: Vec<_> = arrived.iter().filter(|(_, content)| content.rows == 0).collect();
    assert!(empty.is_empty(), "these would arrive whatever happens: {empty:?}");
    let head = source.audit_heads().await.unwrap().pop().unwrap();
    let store = shared(database.open("embedded").await);
    assert_eq!(verified(&store, "embedded").await, head);
    durable::commits::all(&store).await;
    durable::federation::all(&store).await;
    durable::saml::all(&store).await;
    durable::revocations::all(&store).await;
    durable::races::all(&store).await;
    let other = shared(database.open("other").await);
    other.commit(Commit::default()).await.unwrap();
}

#[tokio::test]
async fn a_database_in_use_is_left_alone() {
    let database = Database::migrated().await;
    database.open("one").await.close().await.unwrap();
    let source = SqliteStore::open(Location::Temporary, Options::new("embedded")).await;
    let refused = PostgresStore::import(&database.url(), &source.unwrap()).await;
    assert!(matches!(refused, Err(ImportError::NotEmpty("audit_chains"))));
}

/// A column that the list of tables forgets would not move.
#[tokio::test]
async fn the_tables_are_those_of_the_database() {
    let database = Database::migrated().await;
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name NOT IN ('_sqlx_migrations', 'compatibility', 'writers')",
    )
    .fetch_all(&mut database.owner().await)
    .await
    .unwrap();
    let mut found: Vec<_> = columns
        .iter()
        .map(|(table, column)| (table.as_str(), column.as_str()))
        .collect();
    let mut known: Vec<_> = TABLES
        .iter()
        .flat_map(|table| {
            let rowid = table.has_rowid.then_some("rowid");
            let columns = table.columns.iter().map(|(column, _)| *column);
            columns.chain(rowid).map(|column| (table.name, column))
        })
        .collect();
    found.sort_unstable();
    known.sort_unstable();
    assert_eq!(found, known);
}
