//! The contract of durable stores, against this engine.

use idp_store::contract::durable;
use idp_store_postgres::{Options, PostgresStore};

use crate::database::{Database, shared};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keeps_the_contract() {
    let database = Database::migrated().await;
    durable::all(&shared(database.open("one").await)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keeps_the_contract_without_a_cache() {
    let database = Database::migrated().await;
    let options = Options {
        cached_records: 0,
        readers: 1,
        ..database.options("one")
    };
    durable::all(&shared(PostgresStore::open(options).await.unwrap())).await;
}
