//! Races: whatever the number of contenders, one wins.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "the suite runs in tests: a store that fails is a failed case"
)]

use std::sync::Arc;

use idp_core::audit::AuditEvent;
use tokio::task::JoinSet;

use super::audit::verified;
use super::{
    CONTENDERS, Refusal, Store, changes, consume, list, name, put_grant, put_holder, recorded, refusal,
};
use crate::Version;
use crate::contract::sample;
use crate::durable::{Change, Commit, ConsumptionKind, HolderFilter, Page};

/// Every case.
pub async fn all(store: &Store) {
    one_of_many_ends_a_session(store).await;
    one_of_many_consumes_an_identifier(store).await;
    one_of_many_gets_an_index(store).await;
    one_of_many_writes_a_holder(store).await;
    one_of_many_rotates_a_grant(store).await;
    one_of_many_replaces_a_sealed_document(store).await;
    a_revocation_of_a_grant_beats_every_later_refresh(store).await;
    increments_are_not_lost(store).await;
    a_revocation_beats_every_later_approval(store).await;
    records_of_many_writers_stay_one_chain(store).await;
    an_acknowledged_write_is_read(store).await;
    an_acknowledged_revocation_is_read(store).await;
}

/// Commits all of them at once; the refusals.
async fn race(store: &Store, commits: impl IntoIterator<Item = Commit>) -> Vec<Option<Refusal>> {
    let mut race = JoinSet::new();
    for commit in commits {
        let store = Arc::clone(store);
        race.spawn(async move { refusal(store.commit(commit).await) });
    }
    race.join_all().await
}

fn assert_one_winner(results: &[Option<Refusal>], refusal: Refusal) {
    let winners = results.iter().filter(|result| result.is_none()).count();
    assert_eq!(winners, 1);
    assert!(results.iter().flatten().all(|other| *other == refusal));
    assert_eq!(results.len(), CONTENDERS);
}

/// And only the winner is recorded.
pub async fn one_of_many_ends_a_session(store: &Store) {
    let session_id = sample::session_id();
    let resolve = Change::ResolveSession(sample::outcome(&session_id, None));
    let record = sample::audit(AuditEvent::AuthApprove, Some(&session_id), None);
    let commit = recorded(vec![resolve], vec![record]);
    let results = race(store, std::iter::repeat_n(commit, CONTENDERS)).await;
    assert_one_winner(&results, Refusal::AlreadyConsumed);
    let filter = crate::durable::AuditFilter {
        session_id: Some(session_id),
        ..crate::durable::AuditFilter::default()
    };
    let page = Page {
        number: 1,
        limit: 100,
    };
    assert_eq!(store.audit_search(&filter, page).await.unwrap().total, 1);
}

/// Codes, assertions, results.
pub async fn one_of_many_consumes_an_identifier(store: &Store) {
    let commit = changes(vec![consume(ConsumptionKind::AuthorizationCode, &name("code"))]);
    let results = race(store, std::iter::repeat_n(commit, CONTENDERS)).await;
    assert_one_winner(&results, Refusal::AlreadyConsumed);
}

/// The others draw again.
pub async fn one_of_many_gets_an_index(store: &Store) {
    let list = list();
    let commits = (0..CONTENDERS).map(|_| {
        let status = sample::token_status(list, 5, &sample::token_id(), "phone");
        changes(vec![Change::IssueToken(status)])
    });
    let results = race(store, commits).await;
    assert_one_winner(&results, Refusal::IndexTaken);
}

/// Both when it is new and when it is known.
pub async fn one_of_many_writes_a_holder(store: &Store) {
    let holder = sample::holder(&sample::token_id(), &["phone"]);
    for expected in 0..2 {
        let commit = changes(vec![put_holder(&holder, expected)]);
        let results = race(store, std::iter::repeat_n(commit, CONTENDERS)).await;
        assert_one_winner(&results, Refusal::Conflict);
        let found = store.holder(&holder.token_id).await.unwrap().unwrap();
        assert_eq!(found.version, Version(expected + 1));
    }
}

/// Whoever loses reads what the winner wrote.
pub async fn one_of_many_replaces_a_sealed_document(store: &Store) {
    let name = name("document");
    for expected in 0..3 {
        let commits = (0..CONTENDERS).map(|contender| {
            changes(vec![Change::PutSealedDocument {
                name: name.clone(),
                sealed: vec![u8::try_from(contender).unwrap()],
                expected: Version(expected),
            }])
        });
        let results = race(store, commits).await;
        assert_one_winner(&results, Refusal::Conflict);
        let found = store.sealed_document(&name).await.unwrap().unwrap();
        assert_eq!(found.version, Version(expected + 1));
    }
}

/// Only the winner's token is issued, and recorded.
pub async fn one_of_many_rotates_a_grant(store: &Store) {
    let list = list();
    let grant = sample::grant(&sample::client_id(), &sample::token_id());
    for expected in 0..2 {
        let commits = (0..CONTENDERS).map(|index| {
            let index = u32::try_from(index).unwrap() + expected * 100;
            let status = sample::token_status(list, index, &grant.authentication.token_id, "phone");
            let issue = Change::IssueToken(status);
            let record = sample::audit(AuditEvent::AuthApprove, None, None);
            recorded(vec![put_grant(&grant, expected.into()), issue], vec![record])
        });
        let results = race(store, commits).await;
        assert_one_winner(&results, Refusal::Conflict);
        let found = store.grant(&grant.grant_id).await.unwrap().unwrap();
        assert_eq!(found.version, Version(u64::from(expected) + 1));
    }
    let issued = store.token_statuses(list, sample::NOW).await.unwrap();
    assert_eq!(issued.len(), 2);
}

/// Whoever refreshes while it is revoked loses, or its token is revoked with the others.
pub async fn a_revocation_of_a_grant_beats_every_later_refresh(store: &Store) {
    let list = list();
    let grant = sample::grant(&sample::client_id(), &sample::token_id());
    store.commit(changes(vec![put_grant(&grant, 0)])).await.unwrap();
    let mut race = JoinSet::new();
    for index in 0..u32::try_from(CONTENDERS).unwrap() {
        let (store, grant) = (Arc::clone(store), grant.clone());
        race.spawn(async move {
            while let Some(found) = store.grant(&grant.grant_id).await.unwrap()
                && found.value.revoked_at.is_none()
            {
                let mut status = sample::token_status(list, index, &sample::token_id(), "phone");
                status.grant_id = Some(grant.grant_id.clone());
                let refresh = vec![
                    put_grant(&found.value, found.version.0),
                    Change::IssueToken(status),
                ];
                match refusal(store.commit(changes(refresh)).await) {
                    None => break,
                    Some(other) => assert_eq!(other, Refusal::Conflict),
                }
            }
        });
    }
    let revoke = Change::RevokeGrant {
        grant_id: grant.grant_id.clone(),
        at: sample::NOW,
    };
    store.commit(changes(vec![revoke])).await.unwrap();
    race.join_all().await;
    let found = store.grant(&grant.grant_id).await.unwrap().unwrap();
    assert_eq!(found.value.revoked_at, Some(sample::NOW));
    let issued = store.token_statuses(list, sample::NOW).await.unwrap();
    assert!(issued.iter().all(|(_, revoked)| *revoked));
}

/// Load, decide, commit, and again on conflict: every increment counts.
pub async fn increments_are_not_lost(store: &Store) {
    const INCREMENTS: u16 = 16;
    let mut holder = sample::holder(&sample::token_id(), &["phone"]);
    holder.devices[0].failures = 0;
    store.commit(changes(vec![put_holder(&holder, 0)])).await.unwrap();
    let mut race = JoinSet::new();
    for _ in 0..INCREMENTS {
        let (store, token_id) = (Arc::clone(store), holder.token_id.clone());
        race.spawn(async move {
            loop {
                let found = store.holder(&token_id).await.unwrap().unwrap();
                let mut next = found.value.clone();
                next.devices[0].failures += 1;
                let put = changes(vec![put_holder(&next, found.version.0)]);
                match refusal(store.commit(put).await) {
                    None => break,
                    Some(other) => assert_eq!(other, Refusal::Conflict),
                }
            }
        });
    }
    race.join_all().await;
    let found = store.holder(&holder.token_id).await.unwrap().unwrap();
    assert_eq!(found.value.devices[0].failures, INCREMENTS);
}

/// Nothing is approved by a device once its revocation was acknowledged, however many approvals are under way.
pub async fn a_revocation_beats_every_later_approval(store: &Store) {
    let mut holder = sample::holder(&sample::token_id(), &["phone"]);
    store.commit(changes(vec![put_holder(&holder, 0)])).await.unwrap();
    let approve = |holder: &idp_core::enrolment::Holder, list, index| {
        changes(vec![
            Change::RequireActiveDevice {
                token_id: holder.token_id.clone(),
                device_id: sample::device_id("phone"),
            },
            Change::ResolveSession(sample::outcome(&sample::session_id(), Some(&holder.token_id))),
            Change::IssueToken(sample::token_status(list, index, &holder.token_id, "phone")),
        ])
    };
    let list = list();
    let mut approvals = JoinSet::new();
    for index in 0..u32::try_from(CONTENDERS).unwrap() {
        let (store, commit) = (Arc::clone(store), approve(&holder, list, index));
        approvals.spawn(async move { store.commit(commit).await.is_ok() });
    }
    holder.devices[0].revoked = Some(idp_core::enrolment::Revocation {
        reason: idp_core::enrolment::RevocationReason::LostDevice,
        at: sample::NOW,
    });
    let revoke = changes(vec![
        put_holder(&holder, 1),
        Change::RevokeTokens {
            token_id: holder.token_id.clone(),
            device_id: None,
        },
    ]);
    store.commit(revoke).await.unwrap();
    let late = store.commit(approve(&holder, list, u32::MAX)).await;
    assert_eq!(refusal(late), Some(Refusal::DeviceNotActive));
    let approved = approvals.join_all().await.into_iter().filter(|ok| *ok).count();
    let statuses = store.token_statuses(list, sample::NOW).await.unwrap();
    assert_eq!(statuses.len(), approved);
    assert!(statuses.iter().all(|(_, revoked)| *revoked), "{statuses:?}");
}

/// No gap, no fork, however many write.
pub async fn records_of_many_writers_stay_one_chain(store: &Store) {
    let mut race = JoinSet::new();
    for _ in 0..CONTENDERS {
        let store = Arc::clone(store);
        race.spawn(async move {
            let record = sample::audit(AuditEvent::AuthInitiate, Some(&sample::session_id()), None);
            store
                .commit(recorded(Vec::new(), vec![record.clone(), record]))
                .await
                .unwrap()
        });
    }
    let mut sequences = race.join_all().await;
    sequences.sort_unstable();
    assert!(sequences.is_sorted_by(|one, next| *next >= one + 2));
    for head in store.audit_heads().await.unwrap() {
        assert_eq!(verified(store, &head.chain).await, head);
    }
}

/// Even while others read the same record: nobody keeps a stale one.
pub async fn an_acknowledged_write_is_read(store: &Store) {
    let holder = sample::holder(&sample::token_id(), &["phone"]);
    store.commit(changes(vec![put_holder(&holder, 0)])).await.unwrap();
    let mut readers = JoinSet::new();
    for _ in 0..8 {
        let (store, token_id) = (Arc::clone(store), holder.token_id.clone());
        readers.spawn(async move {
            let mut last = Version(0);
            while last < Version(50) {
                let found = store.holder(&token_id).await.unwrap().unwrap().version;
                assert!(found >= last, "a reader went back from {last:?} to {found:?}");
                last = found;
                tokio::task::yield_now().await;
            }
        });
    }
    for expected in 1..50 {
        store
            .commit(changes(vec![put_holder(&holder, expected)]))
            .await
            .unwrap();
        let found = store.holder(&holder.token_id).await.unwrap().unwrap();
        assert_eq!(found.version, Version(expected + 1));
    }
    readers.join_all().await;
    let filter = HolderFilter {
        token_id: Some(holder.token_id.to_string()),
        ..HolderFilter::default()
    };
    let page = Page { number: 1, limit: 1 };
    assert_eq!(store.holders(&filter, page).await.unwrap().total, 1);
}

/// Even while others ask for the same token: nobody who saw it revoked sees it valid again.
pub async fn an_acknowledged_revocation_is_read(store: &Store) {
    let (list, token_id) = (list(), sample::token_id());
    for index in 0..20 {
        let issue = Change::IssueToken(sample::token_status(list, index, &token_id, "phone"));
        store.commit(changes(vec![issue])).await.unwrap();
        let mut readers = JoinSet::new();
        for _ in 0..8 {
            let store = Arc::clone(store);
            readers.spawn(async move {
                while store.token_is_revoked(list, index).await.unwrap() == Some(false) {
                    tokio::task::yield_now().await;
                }
                assert_eq!(store.token_is_revoked(list, index).await.unwrap(), Some(true));
            });
        }
        let revoke = Change::RevokeTokens {
            token_id: token_id.clone(),
            device_id: None,
        };
        store.commit(changes(vec![revoke])).await.unwrap();
        assert_eq!(store.token_is_revoked(list, index).await.unwrap(), Some(true));
        readers.join_all().await;
    }
}
