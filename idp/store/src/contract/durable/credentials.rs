//! Copies of credentials: a place is given once, a revocation misses no copy, the past can be asked for.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "the suite runs in tests: a store that fails is a failed case"
)]

use idp_core::enrolment::{Revocation, RevocationReason};
use idp_types::{DeviceId, TokenId};
use tokio::task::JoinSet;

use super::{CONTENDERS, NOW, Refusal, Store, changes, list, put_holder, refusal};
use crate::contract::sample;
use crate::durable::{Change, Commit, CredentialStatus, CredentialsOf};

/// Every case.
pub async fn all(store: &Store) {
    a_place_is_given_once(store).await;
    a_revocation_takes_every_copy(store).await;
    a_device_is_revoked_alone(store).await;
    nothing_is_issued_behind_a_revocation(store).await;
    one_of_many_gets_a_place(store).await;
}

fn issue(status: &CredentialStatus) -> Commit {
    changes(vec![Change::IssueCredential(Box::new(status.clone()))])
}

fn revoke(whose: CredentialsOf, seconds: i64) -> Commit {
    let at = NOW.plus_seconds(seconds);
    changes(vec![Change::RevokeCredentials { whose, at }])
}

fn issuance() -> String {
    sample::token_id().to_string()
}

/// In one commit, in a later one, and after its end.
pub async fn a_place_is_given_once(store: &Store) {
    let (list, token_id, id) = (list(), sample::token_id(), issuance());
    let mut status = sample::credential_status(list, 7, &token_id, &id);
    status.expires_at = NOW.minus_seconds(7200);
    let mut twice = issue(&status);
    twice.changes.extend(issue(&status).changes);
    assert_eq!(refusal(store.commit(twice).await), Some(Refusal::IndexTaken));
    store.commit(issue(&status)).await.unwrap();
    assert_eq!(
        refusal(store.commit(issue(&status)).await),
        Some(Refusal::IndexTaken)
    );
    store.prune(NOW.minus_seconds(3600)).await.unwrap();
    assert_eq!(
        refusal(store.commit(issue(&status)).await),
        Some(Refusal::IndexTaken)
    );
    let of_issuance = CredentialsOf::Issuance(id);
    assert_eq!(store.credentials(&of_issuance).await.unwrap(), [status]);
    let lists = store.credential_lists().await.unwrap();
    assert!(lists.contains(&(list, 1)));
}

/// All copies of an issuance, at one time, which a second revocation does not change.
pub async fn a_revocation_takes_every_copy(store: &Store) {
    let (list, token_id, id) = (list(), sample::token_id(), issuance());
    for index in [9, 3, 5] {
        store
            .commit(issue(&sample::credential_status(list, index, &token_id, &id)))
            .await
            .unwrap();
    }
    let other = sample::credential_status(list, 4, &token_id, &issuance());
    store.commit(issue(&other)).await.unwrap();
    let whose = CredentialsOf::Issuance(id);
    store.commit(revoke(whose.clone(), 10)).await.unwrap();
    store.commit(revoke(whose, 20)).await.unwrap();
    let at = |seconds| store.revoked_credentials(list, NOW.plus_seconds(seconds));
    assert_eq!(
        at(10).await.unwrap(),
        [0_u32; 0],
        "what was revoked before, not then"
    );
    assert_eq!(at(11).await.unwrap(), [3, 5, 9]);
    let of_holder = CredentialsOf::Holder(token_id, None);
    store.commit(revoke(of_holder, 30)).await.unwrap();
    assert_eq!(at(31).await.unwrap(), [3, 4, 5, 9]);
    assert_eq!(at(30).await.unwrap(), [3, 5, 9], "the past stays what it was");
}

/// And what another device consented to stays.
pub async fn a_device_is_revoked_alone(store: &Store) {
    let (list, token_id) = (list(), sample::token_id());
    let mut tablet = sample::credential_status(list, 1, &token_id, &issuance());
    tablet.device_id = DeviceId::parse("tablet").unwrap();
    let phone = sample::credential_status(list, 2, &token_id, &issuance());
    for status in [&tablet, &phone] {
        store.commit(issue(status)).await.unwrap();
    }
    let whose = CredentialsOf::Holder(token_id.clone(), Some(tablet.device_id.clone()));
    store.commit(revoke(whose.clone(), 10)).await.unwrap();
    let revoked = store
        .revoked_credentials(list, NOW.plus_seconds(60))
        .await
        .unwrap();
    assert_eq!(revoked, [1]);
    assert_eq!(store.credentials(&whose).await.unwrap().len(), 1);
    let all = store
        .credentials(&CredentialsOf::Holder(token_id, None))
        .await
        .unwrap();
    assert_eq!(all.len(), 2);
}

/// A commit that requires the device, against one that revokes its holder: either it is refused, or its credential is revoked.
pub async fn nothing_is_issued_behind_a_revocation(store: &Store) {
    let (list, token_id) = (list(), sample::token_id());
    let mut holder = sample::holder(&token_id, &["phone"]);
    store.commit(changes(vec![put_holder(&holder, 0)])).await.unwrap();
    let device_id = holder.devices.first().unwrap().device_id.clone();
    holder.revoked = Some(Revocation {
        reason: RevocationReason::LostDevice,
        at: NOW,
    });
    let end = vec![
        put_holder(&holder, 1),
        Change::RevokeCredentials {
            whose: CredentialsOf::Holder(token_id.clone(), None),
            at: NOW,
        },
    ];
    let mut racers = JoinSet::new();
    for index in 0..8 {
        let status = sample::credential_status(list, index, &token_id, &issuance());
        let required = Change::RequireActiveDevice {
            token_id: token_id.clone(),
            device_id: device_id.clone(),
        };
        let commit = changes(vec![required, Change::IssueCredential(Box::new(status))]);
        let store = store.clone();
        racers.spawn(async move { store.commit(commit).await.is_ok() });
    }
    store.commit(changes(end)).await.unwrap();
    let issued = racers
        .join_all()
        .await
        .into_iter()
        .filter(|issued| *issued)
        .count();
    let revoked = store
        .revoked_credentials(list, NOW.plus_seconds(1))
        .await
        .unwrap();
    assert_eq!(revoked.len(), issued);
}

/// However many want it.
pub async fn one_of_many_gets_a_place(store: &Store) {
    let list = list();
    let mut racers = JoinSet::new();
    for _ in 0..CONTENDERS {
        let token_id: TokenId = sample::token_id();
        let commit = issue(&sample::credential_status(list, 1, &token_id, &issuance()));
        let store = store.clone();
        racers.spawn(async move { store.commit(commit).await.is_ok() });
    }
    let won = racers.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
}
