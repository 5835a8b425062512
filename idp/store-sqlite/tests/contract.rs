//! The contract of durable stores, against this engine.

use std::sync::Arc;

use idp_store::DurableStore;
use idp_store::contract::durable;
use idp_store_sqlite::{Location, Options, SqliteStore};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keeps_the_contract() {
    let store = SqliteStore::open(Location::Temporary, Options::new("one")).await;
    let store: Arc<dyn DurableStore> = Arc::new(store.expect("a temporary store opens"));
    durable::all(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keeps_the_contract_without_a_cache() {
    let options = Options {
        cached_records: 0,
        readers: 1,
        ..Options::new("one")
    };
    let store = SqliteStore::open(Location::Temporary, options).await;
    let store: Arc<dyn DurableStore> = Arc::new(store.expect("a temporary store opens"));
    durable::all(&store).await;
}
