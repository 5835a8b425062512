//! The contract of ephemeral stores, against one server, and what instances that share it see of each other. The server is the one that
//! `IDP_TEST_REDIS` names.

use std::sync::Arc;
use std::time::Duration;

use idp_store::EphemeralStore;
use idp_store::contract::ephemeral;
use idp_store::contract::sample::{self, NOW};
use idp_store::ephemeral::{Kind, Lifetime, Swap, Topic, VALUE_LIMIT};
use idp_store_redis::{Options, RedisStore};

use crate::servers::{open, options};

fn url() -> String {
    std::env::var("IDP_TEST_REDIS").expect(
        "IDP_TEST_REDIS names a Redis for tests, such as redis://127.0.0.1:6390; `tests/run` starts one and sets it",
    )
}

/// Two processes of one installation.
async fn pair() -> (RedisStore, RedisStore) {
    let options = options();
    (open(&url(), options.clone()).await, open(&url(), options).await)
}

async fn one(change: impl FnOnce(&mut Options)) -> RedisStore {
    let mut options = options();
    change(&mut options);
    open(&url(), options).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keeps_the_contract() {
    let store: Arc<dyn EphemeralStore> = Arc::new(one(|_| ()).await);
    ephemeral::all(&store).await;
}

#[tokio::test]
async fn what_one_instance_wrote_every_instance_decides_by() {
    let (one, other) = pair().await;
    let token_id = sample::token_id();
    let session = sample::session(Some(&token_id));
    let until = NOW.plus_seconds(60);
    one.insert_session(session.clone(), until).await.unwrap();
    assert!(other.insert_session(session.clone(), until).await.is_err());
    let found = other.sessions_of(&token_id, NOW).await.unwrap();
    assert_eq!(found.len(), 1);
    let version = found[0].version;
    let swapped = other.replace_session(session.clone(), version, until).await;
    assert_eq!(swapped.unwrap(), Swap::Swapped);
    let late = one.replace_session(session, version, until).await;
    assert_eq!(late.unwrap(), Swap::Conflict);
    one.put(Kind::Mailbox, "k", vec![1], until).await.unwrap();
    assert_eq!(other.take(Kind::Mailbox, "k", NOW).await.unwrap(), Some(vec![1]));
    assert_eq!(one.take(Kind::Mailbox, "k", NOW).await.unwrap(), None);
}

#[tokio::test]
async fn instances_wake_each_other() {
    let (one, other) = pair().await;
    for topic in [
        Topic::Session("sess_1".to_owned()),
        Topic::Holder(sample::token_id()),
    ] {
        let mut wakeups = one.subscribe(topic.clone()).await.unwrap();
        other.wake(topic).await.unwrap();
        let woken = tokio::time::timeout(Duration::from_secs(5), wakeups.recv()).await;
        assert_eq!(woken.unwrap(), Some(()));
    }
}

#[tokio::test]
async fn installations_with_other_prefixes_never_meet() {
    let (one, other) = (one(|_| ()).await, one(|_| ()).await);
    let session = sample::session(None);
    let until = NOW.plus_seconds(60);
    one.insert_session(session.clone(), until).await.unwrap();
    one.put(Kind::Mailbox, "k", vec![1], until).await.unwrap();
    assert!(other.session(&session.id, NOW).await.unwrap().is_none());
    assert!(other.live_sessions(1, NOW).await.unwrap().is_empty());
    assert!(other.take(Kind::Mailbox, "k", NOW).await.unwrap().is_none());
}

#[tokio::test]
async fn a_full_store_refuses_sessions_until_some_are_pruned() {
    let store = one(|options| options.sessions = 2).await;
    let until = NOW.plus_seconds(60);
    for _ in 0..2 {
        store.insert_session(sample::session(None), until).await.unwrap();
    }
    let refused = sample::session(None);
    assert!(store.insert_session(refused.clone(), until).await.is_err());
    assert!(store.session(&refused.id, NOW).await.unwrap().is_none());
    assert_eq!(store.prune(until).await.unwrap(), 2);
    store.insert_session(refused, until).await.unwrap();
}

#[tokio::test]
async fn more_sessions_than_one_page_are_listed() {
    let store = one(|_| ()).await;
    let token_id = sample::token_id();
    let mut ids = Vec::new();
    for _ in 0..300 {
        let session = sample::session(Some(&token_id));
        ids.push(session.id.clone());
        let until = NOW.plus_seconds(60);
        store.insert_session(session, until).await.unwrap();
    }
    assert_eq!(store.live_sessions(299, NOW).await.unwrap().len(), 299);
    assert_eq!(store.live_sessions(1_000, NOW).await.unwrap().len(), 300);
    let found = store.sessions_of(&token_id, NOW).await.unwrap();
    assert!(found.iter().map(|found| &found.value.id).eq(&ids));
}

#[tokio::test]
async fn values_and_subscriptions_are_bounded() {
    let store = one(|options| options.subscriptions = 1).await;
    let until = NOW.plus_seconds(60);
    let put = async |bytes| {
        let value = vec![0; bytes];
        store.put(Kind::Mailbox, "k", value, until).await.is_ok()
    };
    assert!(put(VALUE_LIMIT).await);
    assert!(!put(VALUE_LIMIT + 1).await);
    let read = store.read(Kind::Mailbox, "k", NOW).await.unwrap();
    assert_eq!(read.map(|value| value.len()), Some(VALUE_LIMIT));
    let topic = |name: &str| Topic::Session(name.to_owned());
    let first = store.subscribe(topic("a")).await.unwrap();
    assert!(store.subscribe(topic("a")).await.is_err());
    drop(first);
    store.subscribe(topic("a")).await.unwrap();
}

#[tokio::test]
async fn counting_a_value_that_is_no_count_is_refused() {
    let store = one(|_| ()).await;
    let until = NOW.plus_seconds(60);
    store
        .put(Kind::PushCount, "k", b"many".to_vec(), until)
        .await
        .unwrap();
    let life = Lifetime { now: NOW, until };
    assert!(store.count(Kind::PushCount, "k", life).await.is_err());
}
