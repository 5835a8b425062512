//! The promises of an [`EphemeralStore`](crate::EphemeralStore).

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "the suite runs in tests: a store that fails is a failed case"
)]

pub mod sessions;
pub mod values;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::error::TryRecvError;
use tokio::task::JoinSet;

use super::sample::{self, NOW};
use crate::EphemeralStore;
use crate::ephemeral::{Kind, Lifetime, Limit, Rate, Topic, Wakeups};

/// The store under test.
pub type Store = Arc<dyn EphemeralStore>;

/// How many contenders a race has.
pub const CONTENDERS: usize = 64;

/// Every case.
pub async fn all(store: &Store) {
    sessions::all(store).await;
    values::all(store).await;
    a_window_allows_so_many(store).await;
    a_window_is_exact_under_contention(store).await;
    a_wake_up_reaches_its_subscribers(store).await;
    a_pending_wake_up_is_enough(store).await;
    expired_entries_are_pruned(store).await;
    store.ping().await.unwrap();
}

fn life(seconds: i64) -> Lifetime {
    Lifetime {
        now: NOW,
        until: NOW.plus_seconds(seconds),
    }
}

fn key() -> String {
    format!("key-{}", sample::serial())
}

/// So many, then a wait that is long enough, then so many again.
pub async fn a_window_allows_so_many(store: &Store) {
    let bucket = key();
    let limit = Limit {
        count: 3,
        seconds: 60,
    };
    for _ in 0..3 {
        assert_eq!(store.hit(&bucket, limit, NOW).await.unwrap(), Rate::Allowed);
    }
    let Rate::RetryAfter(seconds) = store.hit(&bucket, limit, NOW).await.unwrap() else {
        unreachable!("the fourth hit was allowed");
    };
    assert!((1..=60).contains(&seconds), "{seconds}");
    let after = NOW.plus_seconds(i64::from(seconds));
    assert_eq!(store.hit(&bucket, limit, after).await.unwrap(), Rate::Allowed);
    let nothing = Limit {
        count: 0,
        seconds: 60,
    };
    assert!(matches!(
        store.hit(&key(), nothing, NOW).await.unwrap(),
        Rate::RetryAfter(1..=60)
    ));
}

/// Not one more passes because many come at once.
pub async fn a_window_is_exact_under_contention(store: &Store) {
    let bucket = key();
    let limit = Limit {
        count: 10,
        seconds: 60,
    };
    let mut race = JoinSet::new();
    for _ in 0..CONTENDERS {
        let (store, bucket) = (Arc::clone(store), bucket.clone());
        race.spawn(async move { store.hit(&bucket, limit, NOW).await.unwrap() });
    }
    let results = race.join_all().await;
    let allowed = results.iter().filter(|rate| **rate == Rate::Allowed).count();
    assert_eq!(allowed, 10);
}

async fn woken(wakeups: &mut Wakeups) -> bool {
    let patience = Duration::from_secs(5);
    matches!(tokio::time::timeout(patience, wakeups.recv()).await, Ok(Some(())))
}

/// Every subscriber of the topic, no subscriber of another. One that was on its way before may still arrive: whoever wakes reads.
pub async fn a_wake_up_reaches_its_subscribers(store: &Store) {
    let topic = Topic::Session(key());
    let mut first = store.subscribe(topic.clone()).await.unwrap();
    let mut second = store.subscribe(topic.clone()).await.unwrap();
    let mut other = store.subscribe(Topic::Holder(sample::token_id())).await.unwrap();
    store.wake(topic.clone()).await.unwrap();
    assert!(woken(&mut first).await && woken(&mut second).await);
    assert_eq!(other.try_recv(), Err(TryRecvError::Empty));
    drop(second);
    store.wake(topic).await.unwrap();
    assert!(woken(&mut first).await, "a dropped subscription harms nobody");
}

/// Nobody's slowness holds the waker up.
pub async fn a_pending_wake_up_is_enough(store: &Store) {
    let topic = Topic::Holder(sample::token_id());
    let mut wakeups = store.subscribe(topic.clone()).await.unwrap();
    for _ in 0..100 {
        store.wake(topic.clone()).await.unwrap();
    }
    assert!(woken(&mut wakeups).await);
}

/// What expired is forgotten, what did not is not.
pub async fn expired_entries_are_pruned(store: &Store) {
    let early = NOW.minus_seconds(10_000);
    let token_id = sample::token_id();
    let expired = sample::session(Some(&token_id));
    let live = sample::session(Some(&token_id));
    store
        .insert_session(expired.clone(), early.plus_seconds(1))
        .await
        .unwrap();
    store
        .insert_session(live.clone(), NOW.plus_seconds(60))
        .await
        .unwrap();
    let key = key();
    store
        .put(Kind::Mailbox, &key, vec![1], early.plus_seconds(1))
        .await
        .unwrap();
    let late = early.plus_seconds(2);
    store.prune(late).await.unwrap();
    assert!(store.session(&expired.id, late).await.unwrap().is_none());
    assert!(store.read(Kind::Mailbox, &key, late).await.unwrap().is_none());
    let found = store.sessions_of(&token_id, late).await.unwrap();
    assert_eq!(
        found.into_iter().map(|found| found.value).collect::<Vec<_>>(),
        [live]
    );
}
