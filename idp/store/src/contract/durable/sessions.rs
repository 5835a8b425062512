//! Browsers' sessions and the logouts that follow them: they fall due, and end in time.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "the suite runs in tests: a store that fails is a failed case"
)]

use std::sync::Arc;

use idp_types::Timestamp;
use oidc::BrowserSession;
use oidc::logout::LogoutDelivery;
use oidc::session::SessionEnd;

use super::{Refusal, Store, changes, name, put_delivery, put_grant, refusal};
use crate::contract::sample::{self, NOW};
use crate::durable::{Change, Commit};
use crate::{Version, Versioned};

/// Every case.
pub async fn all(store: &Store) {
    a_session_reads_back(store).await;
    sessions_of_a_holder_are_those_that_have_not_ended(store).await;
    sessions_fall_due_when_their_time_is_over(store).await;
    logouts_fall_due_until_they_are_too_old(store).await;
    what_ended_is_pruned(store).await;
}

fn put_session(session: &BrowserSession, expected: u64) -> Commit {
    changes(vec![Change::PutBrowserSession {
        session: Box::new(session.clone()),
        expected: Version(expected),
    }])
}

/// At its version, ended or not.
pub async fn a_session_reads_back(store: &Store) {
    let mut session = sample::browser_session(&sample::token_id());
    assert!(store.browser_session(&session.id).await.unwrap().is_none());
    store.commit(put_session(&session, 0)).await.unwrap();
    session.clients.clear();
    session.ended = Some((NOW.plus_seconds(5), SessionEnd::LoggedOut));
    store.commit(put_session(&session, 1)).await.unwrap();
    for stale in [0, 1, 3] {
        let refused = store.commit(put_session(&session, stale)).await;
        assert_eq!(refusal(refused), Some(Refusal::Conflict));
    }
    let expected = Versioned {
        value: session.clone(),
        version: Version(2),
    };
    assert_eq!(
        store.browser_session(&session.id).await.unwrap(),
        Some(Arc::new(expected))
    );
}

/// Oldest first.
pub async fn sessions_of_a_holder_are_those_that_have_not_ended(store: &Store) {
    let token_id = sample::token_id();
    let mut sessions = [(); 3].map(|()| sample::browser_session(&token_id));
    for session in &sessions {
        store.commit(put_session(session, 0)).await.unwrap();
    }
    sessions[1].ended = Some((NOW, SessionEnd::Revoked));
    store.commit(put_session(&sessions[1], 1)).await.unwrap();
    let found = store.browser_sessions_of(&token_id).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|session| session.value).collect();
    assert_eq!(found, [sessions[0].clone(), sessions[2].clone()]);
}

/// From their expiry on, until they are ended; the first ones first.
pub async fn sessions_fall_due_when_their_time_is_over(store: &Store) {
    let token_id = sample::token_id();
    let long_ago = Timestamp::from_unix_seconds(2000);
    let mut sessions = [2, 0, 1].map(|seconds| BrowserSession {
        expires_at: long_ago.plus_seconds(seconds),
        ..sample::browser_session(&token_id)
    });
    for session in &sessions {
        store.commit(put_session(session, 0)).await.unwrap();
    }
    let due = async |now, limit| {
        let due = store.due_browser_sessions(now, limit).await.unwrap();
        due.into_iter().map(|due| due.value.id).collect::<Vec<_>>()
    };
    let ids = [1, 2, 0].map(|place: usize| sessions[place].id.clone());
    assert!(due(long_ago.minus_seconds(1), 9).await.is_empty());
    assert_eq!(due(long_ago.plus_seconds(1), 9).await, ids[..2]);
    assert_eq!(due(long_ago.plus_seconds(2), 9).await, ids);
    assert_eq!(due(long_ago.plus_seconds(2), 1).await, ids[..1]);
    for session in &mut sessions {
        session.ended = Some((NOW, SessionEnd::Expired));
        store.commit(put_session(session, 1)).await.unwrap();
    }
    assert!(due(long_ago.plus_seconds(2), 9).await.is_empty());
}

/// A later try takes the place of the one before, and one that was taken is gone.
pub async fn logouts_fall_due_until_they_are_too_old(store: &Store) {
    let long_ago = Timestamp::from_unix_seconds(3000);
    let mut delivery = LogoutDelivery {
        due_at: long_ago,
        expires_at: long_ago.plus_seconds(60),
        ..sample::logout_delivery(&sample::client_id())
    };
    let later = LogoutDelivery {
        due_at: long_ago.plus_seconds(1),
        ..LogoutDelivery {
            id: name("delivery"),
            ..delivery.clone()
        }
    };
    let due = async |seconds, limit| {
        let now = long_ago.plus_seconds(seconds);
        store.due_logout_deliveries(now, limit).await.unwrap()
    };
    let put = vec![put_delivery(&later), put_delivery(&delivery)];
    store.commit(changes(put)).await.unwrap();
    assert_eq!(due(-1, 9).await, []);
    assert_eq!(due(0, 9).await, [delivery.clone()]);
    assert_eq!(due(59, 9).await, [delivery.clone(), later.clone()]);
    assert_eq!(due(59, 1).await, [delivery.clone()]);
    assert_eq!(due(60, 9).await, []);
    delivery.attempts += 1;
    delivery.due_at = long_ago.plus_seconds(30);
    store
        .commit(changes(vec![put_delivery(&delivery)]))
        .await
        .unwrap();
    assert_eq!(due(59, 9).await, [later.clone(), delivery.clone()]);
    let removed =
        [&later.id, &delivery.id, &later.id].map(|id| Change::RemoveLogoutDelivery { id: id.clone() });
    store.commit(changes(removed.into())).await.unwrap();
    assert_eq!(due(59, 9).await, []);
}

/// Grants and logouts when they expired; sessions a day after they ended, and never before they are ended.
pub async fn what_ended_is_pruned(store: &Store) {
    let ancient = Timestamp::from_unix_seconds(500);
    let (client_id, token_id) = (sample::client_id(), sample::token_id());
    let mut grant = sample::grant(&client_id, &token_id);
    grant.expires_at = ancient;
    let mut delivery = sample::logout_delivery(&client_id);
    (delivery.due_at, delivery.expires_at) = (ancient, ancient.plus_seconds(1));
    let mut unended = sample::browser_session(&token_id);
    unended.expires_at = ancient;
    let mut ended = sample::browser_session(&token_id);
    ended.ended = Some((ancient, SessionEnd::LoggedOut));
    let written = vec![put_grant(&grant, 0), put_delivery(&delivery)];
    for commit in [changes(written), put_session(&unended, 0), put_session(&ended, 0)] {
        store.commit(commit).await.unwrap();
    }
    let day_after = ancient.plus_seconds(86_400);
    assert_eq!(store.prune(ancient).await.unwrap(), 0);
    assert_eq!(store.prune(ancient.plus_seconds(2)).await.unwrap(), 2);
    assert!(store.grant(&grant.grant_id).await.unwrap().is_none());
    assert!(store.due_logout_deliveries(ancient, 9).await.unwrap().is_empty());
    assert!(store.browser_session(&ended.id).await.unwrap().is_some());
    store.prune(day_after.plus_seconds(1)).await.unwrap();
    assert!(store.browser_session(&ended.id).await.unwrap().is_none());
    assert!(store.browser_session(&unended.id).await.unwrap().is_some());
    unended.ended = Some((NOW, SessionEnd::Expired));
    store.commit(put_session(&unended, 1)).await.unwrap();
}
