//! Values and counts under a key: one winner, whatever the number of contenders.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "the suite runs in tests: a store that fails is a failed case"
)]

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{CONTENDERS, Store, key, life};
use crate::contract::sample::NOW;
use crate::ephemeral::{Kind, Lifetime, Replacement, Swap};

/// Every case.
pub async fn all(store: &Store) {
    a_new_value_does_not_replace_one(store).await;
    a_value_replaces_one(store).await;
    kinds_never_meet(store).await;
    one_of_many_takes_a_value(store).await;
    one_of_many_puts_a_new_value(store).await;
    a_value_is_swapped_for_the_expected_one_only(store).await;
    one_of_many_swaps_a_value(store).await;
    a_count_ends_with_its_first(store).await;
    every_count_is_a_different_one(store).await;
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

fn replacement<'a>(expected: &'a [u8], new: &[u8], life: Lifetime) -> Replacement<'a> {
    Replacement {
        expected,
        new: new.to_vec(),
        life,
    }
}

/// Another value is a conflict; none, or an expired one, is gone; the new lifetime counts.
pub async fn a_value_is_swapped_for_the_expected_one_only(store: &Store) {
    let (kind, key) = (Kind::DeviceAuthorization, key());
    let swap = async |expected: &[u8], new: &[u8], life| {
        let swap = store.swap(kind, &key, replacement(expected, new, life));
        swap.await.unwrap()
    };
    assert_eq!(swap(b"", b"first", life(60)).await, Swap::Gone);
    let until = NOW.plus_seconds(60);
    store.put(kind, &key, b"first".to_vec(), until).await.unwrap();
    assert_eq!(swap(b"other", b"second", life(60)).await, Swap::Conflict);
    assert_eq!(swap(b"first", b"second", life(120)).await, Swap::Swapped);
    assert_eq!(
        store.read(kind, &key, until).await.unwrap().as_deref(),
        Some(&b"second"[..])
    );
    let late = Lifetime {
        now: NOW.plus_seconds(120),
        until: NOW.plus_seconds(180),
    };
    assert_eq!(swap(b"second", b"third", late).await, Swap::Gone);
}

/// Of many that read one value, one writes.
pub async fn one_of_many_swaps_a_value(store: &Store) {
    let (kind, key) = (Kind::CibaRequest, key());
    let until = NOW.plus_seconds(60);
    store.put(kind, &key, b"pending".to_vec(), until).await.unwrap();
    let mut race = JoinSet::new();
    for contender in 0..CONTENDERS {
        let (store, key) = (Arc::clone(store), key.clone());
        race.spawn(async move {
            let new = format!("taken by {contender}");
            let swap = store.swap(kind, &key, replacement(b"pending", new.as_bytes(), life(60)));
            swap.await.unwrap()
        });
    }
    let results = race.join_all().await;
    let swapped = results.iter().filter(|swap| **swap == Swap::Swapped).count();
    assert_eq!(swapped, 1);
    let conflicts = results.iter().filter(|swap| **swap == Swap::Conflict).count();
    assert_eq!(conflicts, CONTENDERS - 1);
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
