//! The promises of an [`EphemeralStore`].

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "the suite runs in tests: a store that fails is a failed case"
)]

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::error::TryRecvError;
use tokio::task::JoinSet;

use super::sample::{self, NOW};
use crate::ephemeral::{Kind, Lifetime, Limit, Rate, Swap, Topic, Wakeups};
use crate::{EphemeralStore, Version};

type Store = Arc<dyn EphemeralStore>;

/// How many contenders a race has.
const CONTENDERS: usize = 64;

/// Every case.
pub async fn all(store: &Store) {
    a_session_reads_back_until_it_expires(store).await;
    a_session_is_inserted_once(store).await;
    a_session_is_replaced_at_its_version_only(store).await;
    a_session_that_gains_a_holder_is_found_by_it(store).await;
    sessions_of_a_holder_come_oldest_first(store).await;
    live_sessions_are_limited(store).await;
    one_of_many_replaces_a_session(store).await;
    a_new_value_does_not_replace_one(store).await;
    a_value_replaces_one(store).await;
    kinds_never_meet(store).await;
    one_of_many_takes_a_value(store).await;
    one_of_many_puts_a_new_value(store).await;
    a_count_ends_with_its_first(store).await;
    every_count_is_a_different_one(store).await;
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

/// What was inserted is read, at its first version, up to and not including `until`.
pub async fn a_session_reads_back_until_it_expires(store: &Store) {
    let session = sample::session(Some(&sample::token_id()));
    let until = NOW.plus_seconds(60);
    store.insert_session(session.clone(), until).await.unwrap();
    let found = store.session(&session.id, NOW).await.unwrap().unwrap();
    assert_eq!(found.value, session);
    assert_ne!(found.version, Version(0), "zero means that nothing is there");
    assert!(store.session(&session.id, until).await.unwrap().is_none());
    let token_id = session.token_id.unwrap();
    assert!(store.sessions_of(&token_id, until).await.unwrap().is_empty());
}

/// A second session never takes an identifier over.
pub async fn a_session_is_inserted_once(store: &Store) {
    let session = sample::session(None);
    let until = NOW.plus_seconds(60);
    store.insert_session(session.clone(), until).await.unwrap();
    assert!(store.insert_session(session, until).await.is_err());
}

/// A stale version is a conflict, an unknown session is gone, and the new lifetime counts.
pub async fn a_session_is_replaced_at_its_version_only(store: &Store) {
    let mut session = sample::session(None);
    let until = NOW.plus_seconds(60);
    let gone = store.replace_session(session.clone(), Version(1), until).await;
    assert_eq!(gone.unwrap(), Swap::Gone);
    store.insert_session(session.clone(), until).await.unwrap();
    let first = store.session(&session.id, NOW).await.unwrap().unwrap();
    session.random = "f".repeat(32);
    let later = NOW.plus_seconds(120);
    let swapped = store.replace_session(session.clone(), first.version, later).await;
    assert_eq!(swapped.unwrap(), Swap::Swapped);
    let stale = store.replace_session(session.clone(), first.version, later).await;
    assert_eq!(stale.unwrap(), Swap::Conflict);
    let second = store.session(&session.id, until).await.unwrap().unwrap();
    assert_eq!(second.value, session);
    assert!(second.version > first.version);
}

/// A scanned QR gives a session its holder, who then finds it.
pub async fn a_session_that_gains_a_holder_is_found_by_it(store: &Store) {
    let token_id = sample::token_id();
    let mut session = sample::session(None);
    let until = NOW.plus_seconds(60);
    store.insert_session(session.clone(), until).await.unwrap();
    assert!(store.sessions_of(&token_id, NOW).await.unwrap().is_empty());
    let version = store.session(&session.id, NOW).await.unwrap().unwrap().version;
    session.token_id = Some(token_id.clone());
    let swapped = store.replace_session(session.clone(), version, until).await;
    assert_eq!(swapped.unwrap(), Swap::Swapped);
    let found = store.sessions_of(&token_id, NOW).await.unwrap();
    assert_eq!(
        found.into_iter().map(|found| found.value).collect::<Vec<_>>(),
        [session]
    );
}

/// Whatever the order of insertion.
pub async fn sessions_of_a_holder_come_oldest_first(store: &Store) {
    let token_id = sample::token_id();
    for seconds in [20, 0, 10] {
        let mut session = sample::session(Some(&token_id));
        session.created_at = NOW.plus_seconds(seconds);
        store.insert_session(session, NOW.plus_seconds(60)).await.unwrap();
    }
    let found = store.sessions_of(&token_id, NOW).await.unwrap();
    let ages: Vec<_> = found
        .iter()
        .map(|found| found.value.created_at.millis_since(NOW))
        .collect();
    assert_eq!(ages, [0, 10_000, 20_000]);
}

/// The operator's page shows some of them, never all of a flood.
pub async fn live_sessions_are_limited(store: &Store) {
    for _ in 0..3 {
        let session = sample::session(None);
        store.insert_session(session, NOW.plus_seconds(60)).await.unwrap();
    }
    assert_eq!(store.live_sessions(2, NOW).await.unwrap().len(), 2);
    assert!(
        store
            .live_sessions(10_000, NOW.plus_seconds(86_400))
            .await
            .unwrap()
            .is_empty()
    );
}

/// Of many writers that read one version, one writes.
pub async fn one_of_many_replaces_a_session(store: &Store) {
    let session = sample::session(None);
    let until = NOW.plus_seconds(60);
    store.insert_session(session.clone(), until).await.unwrap();
    let version = store.session(&session.id, NOW).await.unwrap().unwrap().version;
    let mut race = JoinSet::new();
    for _ in 0..CONTENDERS {
        let (store, session) = (Arc::clone(store), session.clone());
        race.spawn(async move { store.replace_session(session, version, until).await.unwrap() });
    }
    let results = race.join_all().await;
    let swapped = results.iter().filter(|swap| **swap == Swap::Swapped).count();
    assert_eq!(swapped, 1);
    let conflicts = results.iter().filter(|swap| **swap == Swap::Conflict).count();
    assert_eq!(conflicts, CONTENDERS - 1);
}

/// The first value stays; an expired one is as none.
pub async fn a_new_value_does_not_replace_one(store: &Store) {
    let (kind, key) = (Kind::EnrolmentChallenge, key());
    assert!(
        store
            .put_new(kind, &key, b"first".to_vec(), life(60))
            .await
            .unwrap()
    );
    assert!(
        !store
            .put_new(kind, &key, b"second".to_vec(), life(60))
            .await
            .unwrap()
    );
    assert_eq!(
        store.read(kind, &key, NOW).await.unwrap().as_deref(),
        Some(&b"first"[..])
    );
    let later = Lifetime {
        now: NOW.plus_seconds(60),
        until: NOW.plus_seconds(120),
    };
    assert!(store.put_new(kind, &key, b"third".to_vec(), later).await.unwrap());
    assert_eq!(
        store.read(kind, &key, later.now).await.unwrap().as_deref(),
        Some(&b"third"[..])
    );
}

/// The last value stays.
pub async fn a_value_replaces_one(store: &Store) {
    let (kind, key) = (Kind::Mailbox, key());
    let until = NOW.plus_seconds(60);
    store.put(kind, &key, b"first".to_vec(), until).await.unwrap();
    store.put(kind, &key, vec![0, 255, 10], until).await.unwrap();
    assert_eq!(store.read(kind, &key, NOW).await.unwrap(), Some(vec![0, 255, 10]));
    assert_eq!(store.read(kind, &key, until).await.unwrap(), None);
}

/// One key, two kinds, two values.
pub async fn kinds_never_meet(store: &Store) {
    let key = key();
    let until = NOW.plus_seconds(60);
    store.put(Kind::Mailbox, &key, vec![1], until).await.unwrap();
    store.put(Kind::Block, &key, vec![2], until).await.unwrap();
    assert_eq!(store.take(Kind::Mailbox, &key, NOW).await.unwrap(), Some(vec![1]));
    assert_eq!(store.read(Kind::Block, &key, NOW).await.unwrap(), Some(vec![2]));
    assert_eq!(store.read(Kind::Mailbox, &key, NOW).await.unwrap(), None);
}

/// A value is taken once; an expired one never.
pub async fn one_of_many_takes_a_value(store: &Store) {
    let key = key();
    let until = NOW.plus_seconds(60);
    store
        .put(Kind::Mailbox, &key, b"result".to_vec(), until)
        .await
        .unwrap();
    let mut race = JoinSet::new();
    for _ in 0..CONTENDERS {
        let (store, key) = (Arc::clone(store), key.clone());
        race.spawn(async move { store.take(Kind::Mailbox, &key, NOW).await.unwrap() });
    }
    let taken: Vec<_> = race.join_all().await.into_iter().flatten().collect();
    assert_eq!(taken, [b"result".to_vec()]);
    store
        .put(Kind::Mailbox, &key, b"late".to_vec(), until)
        .await
        .unwrap();
    assert_eq!(store.take(Kind::Mailbox, &key, until).await.unwrap(), None);
}

/// A replayed request is seen, however close behind.
pub async fn one_of_many_puts_a_new_value(store: &Store) {
    let key = key();
    let mut race = JoinSet::new();
    for _ in 0..CONTENDERS {
        let (store, key) = (Arc::clone(store), key.clone());
        race.spawn(async move {
            let put = store.put_new(Kind::DeviceRequest, &key, Vec::new(), life(60));
            put.await.unwrap()
        });
    }
    let first = race.join_all().await.into_iter().filter(|new| *new).count();
    assert_eq!(first, 1);
}

/// Later counts do not prolong it, and taking it starts anew.
pub async fn a_count_ends_with_its_first(store: &Store) {
    let (kind, key) = (Kind::PushCount, key());
    assert_eq!(store.count(kind, &key, life(60)).await.unwrap(), 1);
    let later = Lifetime {
        now: NOW.plus_seconds(30),
        until: NOW.plus_seconds(90),
    };
    assert_eq!(store.count(kind, &key, later).await.unwrap(), 2);
    assert_eq!(
        store.read(kind, &key, NOW).await.unwrap().as_deref(),
        Some(&b"2"[..]),
        "a count reads as decimal text"
    );
    let ended = Lifetime {
        now: NOW.plus_seconds(60),
        until: NOW.plus_seconds(120),
    };
    assert_eq!(store.count(kind, &key, ended).await.unwrap(), 1);
    store.take(kind, &key, ended.now).await.unwrap();
    assert_eq!(store.count(kind, &key, ended).await.unwrap(), 1);
}

/// No two counters get one number.
pub async fn every_count_is_a_different_one(store: &Store) {
    let key = key();
    let mut race = JoinSet::new();
    for _ in 0..CONTENDERS {
        let (store, key) = (Arc::clone(store), key.clone());
        race.spawn(async move { store.count(Kind::PushCount, &key, life(60)).await.unwrap() });
    }
    let mut counts: Vec<usize> = race
        .join_all()
        .await
        .into_iter()
        .map(|count| usize::try_from(count).unwrap())
        .collect();
    counts.sort_unstable();
    assert!(counts.into_iter().eq(1..=CONTENDERS));
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

/// Every subscriber of the topic, no subscriber of another; earlier wake-ups are gone.
pub async fn a_wake_up_reaches_its_subscribers(store: &Store) {
    let topic = Topic::Session(key());
    store.wake(topic.clone()).await.unwrap();
    let mut first = store.subscribe(topic.clone()).await.unwrap();
    let mut second = store.subscribe(topic.clone()).await.unwrap();
    let mut other = store.subscribe(Topic::Holder(sample::token_id())).await.unwrap();
    assert_eq!(first.try_recv(), Err(TryRecvError::Empty));
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
    store.prune(early.plus_seconds(2)).await.unwrap();
    assert!(store.session(&expired.id, early).await.unwrap().is_none());
    assert!(store.read(Kind::Mailbox, &key, early).await.unwrap().is_none());
    let found = store.sessions_of(&token_id, early).await.unwrap();
    assert_eq!(
        found.into_iter().map(|found| found.value).collect::<Vec<_>>(),
        [live]
    );
}
