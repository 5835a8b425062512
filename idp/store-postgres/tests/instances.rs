//! Several instances on one database.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use idp_core::enrolment::Holder;
use idp_store::batch::WriteTasks;
use idp_store::cache::Caches;
use idp_store::contract::durable::{
    Store, audit, commits, federation, queries, races, records, revocations, saml, sessions,
};
use idp_store::contract::sample;
use idp_store::sql::{Dialect, Engine, Statement};
use idp_store::{Change, Commit, CommitError, DurableStore, StoreError, Version};
use idp_store_postgres::{OpenError, Options, PostgresStore, Row};
use sqlx::Executor;

use crate::database::Database;

fn put(holder: &Holder, expected: u64) -> Commit {
    Commit {
        changes: vec![Change::PutHolder {
            holder: Box::new(holder.clone()),
            expected: Version(expected),
        }],
        audit: Vec::new(),
    }
}

/// Waits until a store reads this version of a holder.
async fn until_version(store: &PostgresStore, holder: &Holder, version: u64) {
    let seen = tokio::time::timeout(Duration::from_secs(10), async {
        while store.holder(&holder.token_id).await.unwrap().unwrap().version != Version(version) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    seen.await.expect("the instance notices");
}

#[tokio::test]
async fn another_instance_is_seen_by_preconditions_at_once_and_by_the_cache_soon() {
    let database = Database::migrated().await;
    let (one, two) = (database.open("one").await, database.open("two").await);
    let mut holder = sample::holder(&sample::token_id(), &["phone"]);
    one.commit(put(&holder, 0)).await.unwrap();
    one.holder(&holder.token_id).await.unwrap();
    holder.superseded_by = Some(sample::token_id());
    two.commit(put(&holder, 1)).await.unwrap();
    let stale = one.commit(put(&holder, 1)).await;
    assert!(matches!(stale, Err(CommitError::Conflict)));
    let require = Commit {
        changes: vec![Change::RequireActiveDevice {
            token_id: holder.token_id.clone(),
            device_id: sample::device_id("phone"),
        }],
        audit: Vec::new(),
    };
    let refused = one.commit(require).await;
    assert!(matches!(refused, Err(CommitError::DeviceNotActive)));
    until_version(&one, &holder, 2).await;
    holder.superseded_by = None;
    two.commit(put(&holder, 2)).await.unwrap();
    until_version(&one, &holder, 3).await;
}

/// What is written while an instance cannot hear is not hidden by its cache.
#[tokio::test]
async fn an_instance_that_lost_its_ears_keeps_nothing() {
    let database = Database::migrated().await;
    let (one, two) = (database.open("one").await, database.open("two").await);
    let mut owner = database.owner().await;
    let holder = sample::holder(&sample::token_id(), &["phone"]);
    two.commit(put(&holder, 0)).await.unwrap();
    for version in 1..6 {
        until_version(&one, &holder, version).await;
        owner
            .execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND application_name = 'idp one'
                   AND (query LIKE 'LISTEN%' OR query = 'SELECT 1')",
            )
            .await
            .unwrap();
        two.commit(put(&holder, version)).await.unwrap();
    }
    until_version(&one, &holder, 6).await;
}

#[tokio::test]
async fn a_chain_has_one_writer_at_a_time() {
    let database = Database::migrated().await;
    let options = || Options {
        patience: Duration::from_millis(500),
        ..database.options("one")
    };
    let first = PostgresStore::open(options()).await.unwrap();
    let second = PostgresStore::open(options()).await;
    assert!(matches!(second.err(), Some(OpenError::ChainTaken(chain)) if chain == "one"));
    let (closed, successor) = tokio::join!(first.close(), PostgresStore::open(options()));
    closed.unwrap();
    successor.unwrap().commit(Commit::default()).await.unwrap();
    let nameless = PostgresStore::open(database.options("")).await;
    assert!(matches!(nameless.err(), Some(OpenError::Chain)));
}

/// Each call goes to the next of several instances that cache nothing: what one acknowledged, the next one knows.
struct Spread {
    stores: [PostgresStore; 3],
    next: AtomicUsize,
}

impl Spread {
    async fn on(database: &Database) -> Store {
        let open = async |chain| {
            let options = Options {
                cached_records: 0,
                ..database.options(chain)
            };
            PostgresStore::open(options).await.unwrap()
        };
        Arc::new(Self {
            stores: [open("one").await, open("two").await, open("three").await],
            next: AtomicUsize::new(0),
        })
    }

    fn next(&self) -> &PostgresStore {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        &self.stores[next % self.stores.len()]
    }
}

#[async_trait]
impl Engine for Spread {
    type Row = Row;

    const DIALECT: Dialect = PostgresStore::DIALECT;

    fn caches(&self) -> &Arc<Caches> {
        self.stores[0].caches()
    }

    fn write_tasks(&self) -> &WriteTasks {
        self.next().write_tasks()
    }

    async fn rows(&self, query: Statement<'_>) -> Result<Vec<Row>, StoreError> {
        self.next().rows(query).await
    }

    async fn rows_of_one_moment(
        &self,
        queries: (Statement<'_>, Statement<'_>),
    ) -> Result<(Vec<Row>, Vec<Row>), StoreError> {
        self.next().rows_of_one_moment(queries).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_instances_keep_the_contract_of_one() {
    let store = Spread::on(&Database::migrated().await).await;
    commits::a_commit_is_all_or_nothing(&store).await;
    commits::only_an_active_device_is_admitted(&store).await;
    commits::what_cannot_be_written_refuses_its_own_commit_only(&store).await;
    records::all(&store).await;
    federation::all(&store).await;
    saml::all(&store).await;
    sessions::all(&store).await;
    revocations::all(&store).await;
    queries::all(&store).await;
    audit::every_chain_verifies(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn races_between_instances_have_one_winner() {
    let store = Spread::on(&Database::migrated().await).await;
    for _ in 0..3 {
        races::one_of_many_ends_a_session(&store).await;
        races::one_of_many_consumes_an_identifier(&store).await;
        races::one_of_many_gets_an_index(&store).await;
        races::one_of_many_writes_a_holder(&store).await;
        races::one_of_many_rotates_a_grant(&store).await;
        races::a_revocation_of_a_grant_beats_every_later_refresh(&store).await;
        races::increments_are_not_lost(&store).await;
        races::a_revocation_beats_every_later_approval(&store).await;
        races::an_acknowledged_write_is_read(&store).await;
        races::an_acknowledged_revocation_is_read(&store).await;
    }
    audit::every_chain_verifies(&store).await;
}
