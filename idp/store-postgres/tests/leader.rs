//! One instance leads, and another one as soon as it is gone.

use std::time::Duration;

use idp_store::DurableStore;
use idp_store_postgres::PostgresStore;
use sqlx::Executor;

use crate::database::Database;

/// Waits until it leads.
async fn succeeds(store: &PostgresStore) {
    let waiting = async {
        while !store.leads().await.unwrap_or(false) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .expect("somebody leads");
}

#[tokio::test]
async fn one_of_many_leads_and_goes_on() {
    let database = Database::migrated().await;
    let stores = [
        database.open("one").await,
        database.open("two").await,
        database.open("three").await,
    ];
    for _ in 0..3 {
        let mut leading = Vec::new();
        for store in &stores {
            leading.push(store.leads().await.unwrap());
        }
        assert_eq!(leading, [true, false, false]);
    }
}

#[tokio::test]
async fn another_one_takes_over_when_the_leader_is_gone() {
    let database = Database::migrated().await;
    let (one, two) = (database.open("one").await, database.open("two").await);
    assert!(one.leads().await.unwrap());
    assert!(!two.leads().await.unwrap());
    drop(one);
    succeeds(&two).await;
    let third = database.open("three").await;
    assert!(!third.leads().await.unwrap());
}

/// A leader whose connection was cut does not believe that it still leads.
#[tokio::test]
async fn a_leader_that_lost_its_connection_asks_again() {
    let database = Database::migrated().await;
    let (one, two) = (database.open("one").await, database.open("two").await);
    assert!(one.leads().await.unwrap());
    let mut owner = database.owner().await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_locks
               WHERE locktype = 'advisory' AND classid = 1929216 AND objid = 2 AND objsubid = 2 AND granted
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    owner.execute(end).await.unwrap();
    succeeds(&two).await;
    assert!(!one.leads().await.unwrap());
}
