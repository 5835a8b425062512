//! Sessions: inserted once, replaced at their version, found by their holder.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "the suite runs in tests: a store that fails is a failed case"
)]

use std::sync::Arc;

use idp_core::approval::State;
use tokio::task::JoinSet;

use super::{CONTENDERS, Store};
use crate::Version;
use crate::contract::sample::{self, NOW};
use crate::ephemeral::Swap;

/// Every case.
pub async fn all(store: &Store) {
    a_session_reads_back_until_it_expires(store).await;
    a_session_is_inserted_once(store).await;
    a_session_is_replaced_at_its_version_only(store).await;
    a_session_that_gains_a_holder_is_found_by_it(store).await;
    sessions_of_a_holder_come_oldest_first(store).await;
    live_sessions_are_limited(store).await;
    one_of_many_replaces_a_session(store).await;
    what_nobody_ended_falls_due(store).await;
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

/// In the order of deadlines, whoever began it; what ended or got more time is not due.
pub async fn what_nobody_ended_falls_due(store: &Store) {
    // Before every other case: what these began is not due yet.
    let now = NOW.minus_seconds(1_000);
    let mut ids = Vec::new();
    for seconds in [-1, -3, -2, 0, 1] {
        let mut session = sample::session(None);
        session.expires_at = now.plus_seconds(seconds);
        ids.push(session.id.clone());
        store.insert_session(session, now.plus_seconds(60)).await.unwrap();
    }
    let due = |limit| async move {
        let due = store.due_sessions(limit, now).await.unwrap();
        due.into_iter().map(|session| session.id).collect::<Vec<_>>()
    };
    let [one, first, second, last, later] = <[_; 5]>::try_from(ids).unwrap();
    assert_eq!(due(2).await, [first.clone(), second.clone()]);
    for _ in 0..2 {
        let expected = [first.clone(), second.clone(), one.clone(), last.clone()];
        assert_eq!(due(10).await, expected, "until they are ended");
    }
    let mut ended = store.session(&first, now).await.unwrap().unwrap();
    ended.value.state = State::Expired { at: now };
    let mut moved = store.session(&second, now).await.unwrap().unwrap();
    moved.value.expires_at = now.plus_seconds(5);
    for changed in [ended, moved] {
        let until = now.plus_seconds(61);
        let swapped = store.replace_session(changed.value, changed.version, until).await;
        assert_eq!(swapped.unwrap(), Swap::Swapped);
    }
    assert_eq!(due(10).await, [one, last]);
    let then = store.due_sessions(10, now.plus_seconds(5)).await.unwrap();
    let then: Vec<_> = then.into_iter().map(|session| session.id).collect();
    assert_eq!(then[then.len() - 2..], [later, second]);
    let forgotten = store.due_sessions(10, now.plus_seconds(62)).await.unwrap();
    assert!(forgotten.is_empty(), "{forgotten:?}");
}
