use std::sync::Arc;

use super::*;
use crate::contract;
use crate::contract::sample::{self, NOW};
use crate::ephemeral::VALUE_LIMIT;

const FEW: MemoryLimits = MemoryLimits {
    sessions: 2,
    values: 2,
    buckets: 2,
    subscriptions: 2,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keeps_the_contract() {
    let store: Arc<dyn EphemeralStore> = Arc::new(MemoryStore::default());
    contract::ephemeral::all(&store).await;
}

#[tokio::test]
async fn a_full_store_refuses_sessions_until_some_are_pruned() {
    let store = MemoryStore::new(FEW);
    let until = NOW.plus_seconds(60);
    for _ in 0..2 {
        store.insert_session(sample::session(None), until).await.unwrap();
    }
    assert!(store.insert_session(sample::session(None), until).await.is_err());
    assert_eq!(store.prune(until).await.unwrap(), 2);
    store.insert_session(sample::session(None), until).await.unwrap();
}

#[tokio::test]
async fn what_was_pruned_is_not_there_at_any_time() {
    let store = MemoryStore::new(FEW);
    let until = NOW.plus_seconds(60);
    let session = sample::session(None);
    store.insert_session(session.clone(), until).await.unwrap();
    store.put(Kind::Mailbox, "a", vec![1], until).await.unwrap();
    assert_eq!(store.prune(until).await.unwrap(), 2);
    assert!(store.session(&session.id, NOW).await.unwrap().is_none());
    assert!(store.read(Kind::Mailbox, "a", NOW).await.unwrap().is_none());
}

#[tokio::test]
async fn a_refused_session_leaves_no_trace() {
    let store = MemoryStore::new(FEW);
    let token_id = sample::token_id();
    let until = NOW.plus_seconds(60);
    for _ in 0..3 {
        let _ = store
            .insert_session(sample::session(Some(&token_id)), until)
            .await;
    }
    assert_eq!(store.sessions_of(&token_id, NOW).await.unwrap().len(), 2);
    store.prune(until).await.unwrap();
    assert!(store.holders.lock(&token_id).value(&token_id).is_none());
}

#[tokio::test]
async fn a_full_store_counts_known_buckets_and_refuses_new_ones() {
    let store = MemoryStore::new(FEW);
    let limit = Limit {
        count: 5,
        seconds: 60,
    };
    for bucket in ["a", "b", "a", "b"] {
        assert_eq!(store.hit(bucket, limit, NOW).await.unwrap(), Rate::Allowed);
    }
    assert!(store.hit("c", limit, NOW).await.is_err());
}

#[tokio::test]
async fn values_are_bounded() {
    let store = MemoryStore::new(FEW);
    let until = NOW.plus_seconds(60);
    for key in ["a", "b", "a"] {
        store.put(Kind::Mailbox, key, vec![1], until).await.unwrap();
    }
    assert!(store.put(Kind::Mailbox, "c", vec![1], until).await.is_err());
    store.take(Kind::Mailbox, "a", NOW).await.unwrap();
    store.put(Kind::Mailbox, "c", vec![1], until).await.unwrap();
}

#[tokio::test]
async fn claims_of_tokens_take_no_room_from_what_a_login_needs() {
    let store = MemoryStore::new(FEW);
    let until = NOW.plus_seconds(60);
    let put = async |kind, key: &str| store.put(kind, key, vec![1], until).await;
    put(Kind::AccessClaims, "a").await.unwrap();
    put(Kind::RefreshClaims, "b").await.unwrap();
    assert!(put(Kind::SessionClaims, "c").await.is_err());
    put(Kind::AuthorizationCode, "a").await.unwrap();
    assert_eq!(store.prune(until).await.unwrap(), 3);
}

#[tokio::test]
async fn what_values_take_together_is_bounded() {
    let store = MemoryStore::new(MemoryLimits { values: 1000, ..FEW });
    let until = NOW.plus_seconds(60);
    let put = async |key: usize, bytes| {
        let value = vec![0; bytes];
        store
            .put(Kind::Mailbox, &key.to_string(), value, until)
            .await
            .is_ok()
    };
    assert!(!put(0, VALUE_LIMIT + 1).await);
    let mut stored = 0;
    while put(stored, VALUE_LIMIT).await {
        stored += 1;
    }
    assert_eq!(stored, 64);
    assert!(store.take(Kind::Mailbox, "0", NOW).await.unwrap().is_some());
    assert!(put(0, VALUE_LIMIT).await);
    assert!(!put(1, 1).await);
    store.prune(until).await.unwrap();
    assert!(put(0, VALUE_LIMIT).await);
}

#[tokio::test]
async fn counting_a_value_that_is_no_count_is_refused() {
    let store = MemoryStore::default();
    let until = NOW.plus_seconds(60);
    store
        .put(Kind::PushCount, "k", b"many".to_vec(), until)
        .await
        .unwrap();
    let life = Lifetime { now: NOW, until };
    assert!(store.count(Kind::PushCount, "k", life).await.is_err());
}

#[tokio::test]
async fn an_earlier_wake_up_is_gone() {
    let store = MemoryStore::new(FEW);
    let topic = Topic::Session("a".to_owned());
    store.wake(topic.clone()).await.unwrap();
    let mut wakeups = store.subscribe(topic).await.unwrap();
    assert!(wakeups.try_recv().is_err());
}

#[tokio::test]
async fn dropped_subscriptions_make_room() {
    let store = MemoryStore::new(FEW);
    let topic = |name: &str| Topic::Session(name.to_owned());
    let first = store.subscribe(topic("a")).await.unwrap();
    let _second = store.subscribe(topic("a")).await.unwrap();
    assert!(store.subscribe(topic("b")).await.is_err());
    drop(first);
    store.prune(NOW).await.unwrap();
    let _third = store.subscribe(topic("b")).await.unwrap();
    assert!(store.subscribe(topic("c")).await.is_err());
}
