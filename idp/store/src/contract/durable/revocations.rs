//! Revocations: what was issued before is revoked, what is issued afterwards is not, in one commit or in several.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "the suite runs in tests: a store that fails is a failed case"
)]

use idp_types::TokenId;
use oidc::{Grant, GrantId};

use super::{Refusal, Store, changes, list, put_grant, refusal};
use crate::Version;
use crate::contract::sample::{self, NOW};
use crate::durable::{Change, Commit, TokenStatus};

/// Every case.
pub async fn all(store: &Store) {
    tokens_are_revoked_by_device_and_by_holder(store).await;
    tokens_are_revoked_by_grant(store).await;
    tokens_are_revoked_by_session(store).await;
    one_token_is_revoked(store).await;
    nobodys_token_outlives_every_holder(store).await;
    a_revoked_grant_is_a_new_version(store).await;
    grants_end_with_their_holder_or_device(store).await;
    tokens_end_with_their_client(store).await;
    revocations_stay_in_order_when_others_are_forgotten(store).await;
}

fn of_grant(list: u32, index: u32, grant_id: &GrantId) -> Change {
    Change::IssueToken(TokenStatus {
        holder: None,
        grant_id: Some(grant_id.clone()),
        ..sample::token_status(list, index, &sample::token_id(), "phone")
    })
}

fn revoke_grant(grant_id: &GrantId) -> Change {
    Change::RevokeGrant {
        grant_id: grant_id.clone(),
        at: NOW.plus_seconds(7),
    }
}

fn revoke_holder(token_id: &TokenId, device: Option<&str>) -> Change {
    Change::RevokeTokens {
        token_id: token_id.clone(),
        device_id: device.map(sample::device_id),
    }
}

/// Asks one by one, too: the list and the entry always agree.
async fn revoked(store: &Store, list: u32) -> Vec<(u32, bool)> {
    let statuses = store.token_statuses(list, NOW).await.unwrap();
    for (index, is_revoked) in &statuses {
        for _ in 0..2 {
            let one = store.token_is_revoked(list, *index).await.unwrap();
            assert_eq!(one, Some(*is_revoked), "entry {index}");
        }
    }
    statuses
}

async fn commit(store: &Store, all: Vec<Change>) {
    store.commit(changes(all)).await.unwrap();
}

/// A holder's, or those of one device.
pub async fn tokens_are_revoked_by_device_and_by_holder(store: &Store) {
    let (list, mine, other) = (list(), sample::token_id(), sample::token_id());
    let issue = |index, token_id: &TokenId, device: &str| {
        Change::IssueToken(sample::token_status(list, index, token_id, device))
    };
    let issued = vec![
        issue(1, &mine, "phone"),
        issue(2, &mine, "tablet"),
        issue(3, &other, "phone"),
    ];
    commit(store, issued).await;
    assert_eq!(revoked(store, list).await, [(1, false), (2, false), (3, false)]);
    let by_device = vec![
        issue(4, &mine, "phone"),
        revoke_holder(&mine, Some("phone")),
        issue(5, &mine, "phone"),
    ];
    commit(store, by_device).await;
    let expected = [(1, true), (2, false), (3, false), (4, true), (5, false)];
    assert_eq!(revoked(store, list).await, expected);
    commit(store, vec![revoke_holder(&mine, None)]).await;
    let expected = [(1, true), (2, true), (3, false), (4, true), (5, true)];
    assert_eq!(revoked(store, list).await, expected);
}

/// Whether the grant is stored or not.
pub async fn tokens_are_revoked_by_grant(store: &Store) {
    let (list, mine, other) = (list(), sample::grant_id(), sample::grant_id());
    commit(store, vec![of_grant(list, 1, &mine), of_grant(list, 2, &other)]).await;
    let again = vec![
        of_grant(list, 3, &mine),
        revoke_grant(&mine),
        of_grant(list, 4, &mine),
    ];
    commit(store, again).await;
    let expected = [(1, true), (2, false), (3, true), (4, false)];
    assert_eq!(revoked(store, list).await, expected);
    commit(store, vec![revoke_grant(&mine), revoke_grant(&other)]).await;
    assert!(revoked(store, list).await.iter().all(|(_, revoked)| *revoked));
    assert!(store.grant(&mine).await.unwrap().is_none());
}

/// Those alone that were to end with it.
pub async fn tokens_are_revoked_by_session(store: &Store) {
    let (list, token_id) = (list(), sample::token_id());
    let grant_id = sample::grant_id();
    let in_session = |index, sid: Option<&str>| {
        Change::IssueToken(TokenStatus {
            grant_id: Some(grant_id.clone()),
            sid: sid.map(|sid| format!("{sid}-{}", token_id.as_str())),
            ..sample::token_status(list, index, &token_id, "phone")
        })
    };
    let first = [
        in_session(1, Some("here")),
        in_session(2, Some("there")),
        in_session(3, None),
    ];
    commit(store, first.into()).await;
    let revoke = Change::RevokeSession {
        sid: format!("here-{}", token_id.as_str()),
    };
    let second = vec![in_session(4, Some("here")), revoke, in_session(5, Some("here"))];
    commit(store, second).await;
    let expected = [(1, true), (2, false), (3, false), (4, true), (5, false)];
    assert_eq!(revoked(store, list).await, expected);
}

/// And no other; what is issued or revoked afterwards is as if it had not been.
pub async fn one_token_is_revoked(store: &Store) {
    let (list, grant_id) = (list(), sample::grant_id());
    let revoke = |index| Change::RevokeToken { list, index };
    assert_eq!(store.token_is_revoked(list, 1).await.unwrap(), None);
    commit(
        store,
        vec![of_grant(list, 1, &grant_id), of_grant(list, 2, &grant_id)],
    )
    .await;
    assert_eq!(revoked(store, list).await, [(1, false), (2, false)]);
    let same = vec![
        revoke(1),
        revoke(9),
        of_grant(list, 3, &grant_id),
        revoke(3),
        of_grant(list, 4, &grant_id),
    ];
    commit(store, same).await;
    let expected = [(1, true), (2, false), (3, true), (4, false)];
    assert_eq!(revoked(store, list).await, expected);
    commit(store, vec![revoke_grant(&grant_id)]).await;
    assert!(revoked(store, list).await.iter().all(|(_, revoked)| *revoked));
}

/// It has neither holder nor grant.
pub async fn nobodys_token_outlives_every_holder(store: &Store) {
    let (list, token_id) = (list(), sample::token_id());
    let nobodys = TokenStatus {
        holder: None,
        ..sample::token_status(list, 1, &token_id, "phone")
    };
    commit(store, vec![Change::IssueToken(nobodys)]).await;
    commit(
        store,
        vec![revoke_holder(&token_id, None), revoke_grant(&sample::grant_id())],
    )
    .await;
    assert_eq!(revoked(store, list).await, [(1, false)]);
}

fn put(grant: &Grant, expected: u64) -> Commit {
    changes(vec![put_grant(grant, expected)])
}

/// So that a refresh that was decided before does not undo it; the first time stands.
pub async fn a_revoked_grant_is_a_new_version(store: &Store) {
    let mut grant = sample::grant(&sample::client_id(), &sample::token_id());
    let revoke = changes(vec![revoke_grant(&grant.grant_id)]);
    store.commit(put(&grant, 0)).await.unwrap();
    store.commit(revoke.clone()).await.unwrap();
    assert_eq!(
        refusal(store.commit(put(&grant, 1)).await),
        Some(Refusal::Conflict)
    );
    let later = Change::RevokeGrant {
        grant_id: grant.grant_id.clone(),
        at: NOW.plus_seconds(100),
    };
    commit(store, vec![later]).await;
    let found = store.grant(&grant.grant_id).await.unwrap().unwrap();
    grant.revoked_at = Some(NOW.plus_seconds(7));
    assert_eq!((&found.value, found.version), (&grant, Version(3)));
    let mut together = sample::grant(&sample::client_id(), &sample::token_id());
    let revoke = revoke_grant(&together.grant_id);
    let stale = vec![put_grant(&together, 0), revoke.clone(), put_grant(&together, 1)];
    assert_eq!(
        refusal(store.commit(changes(stale)).await),
        Some(Refusal::Conflict)
    );
    commit(store, vec![put_grant(&together, 0), revoke]).await;
    let found = store.grant(&together.grant_id).await.unwrap().unwrap();
    together.revoked_at = Some(NOW.plus_seconds(7));
    assert_eq!((&found.value, found.version), (&together, Version(2)));
}

/// And are as if they had never been: no refresh that was decided before brings one back.
pub async fn grants_end_with_their_holder_or_device(store: &Store) {
    let token_id = sample::token_id();
    let phone = sample::grant(&sample::client_id(), &token_id);
    let mut tablet = sample::grant(&sample::client_id(), &token_id);
    tablet.authentication.device_id = sample::device_id("tablet");
    let others = sample::grant(&sample::client_id(), &sample::token_id());
    commit(
        store,
        [&phone, &tablet, &others].map(|grant| put_grant(grant, 0)).into(),
    )
    .await;
    let stale = vec![revoke_holder(&token_id, Some("phone")), put_grant(&phone, 1)];
    assert_eq!(
        refusal(store.commit(changes(stale)).await),
        Some(Refusal::Conflict)
    );
    let both = vec![put_grant(&phone, 1), revoke_holder(&token_id, Some("phone"))];
    commit(store, both).await;
    assert!(store.grant(&phone.grant_id).await.unwrap().is_none());
    assert_eq!(
        refusal(store.commit(put(&phone, 2)).await),
        Some(Refusal::Conflict)
    );
    assert!(store.grant(&tablet.grant_id).await.unwrap().is_some());
    commit(store, vec![revoke_holder(&token_id, None)]).await;
    assert!(store.grants_of(&token_id).await.unwrap().is_empty());
    assert!(store.grant(&others.grant_id).await.unwrap().is_some());
}

/// Under its grants, those that were stored in the same commit included.
pub async fn tokens_end_with_their_client(store: &Store) {
    let (list, client_id) = (list(), sample::client_id());
    let grants = [(); 2].map(|()| sample::grant(&client_id, &sample::token_id()));
    let put_client = Change::PutClient {
        client: Box::new(sample::client(&client_id)),
        expected: Version(0),
    };
    let remove = Change::RemoveClient {
        client_id: client_id.clone(),
        expected: Version(1),
    };
    let first = vec![
        put_client.clone(),
        put_grant(&grants[0], 0),
        of_grant(list, 1, &grants[0].grant_id),
    ];
    commit(store, first).await;
    let second = vec![
        put_grant(&grants[1], 0),
        of_grant(list, 2, &grants[1].grant_id),
        remove.clone(),
        of_grant(list, 3, &grants[1].grant_id),
    ];
    commit(store, second).await;
    assert_eq!(revoked(store, list).await, [(1, true), (2, true), (3, false)]);
    for grant in &grants {
        assert!(store.grant(&grant.grant_id).await.unwrap().is_none());
        assert_eq!(
            refusal(store.commit(put(grant, 1)).await),
            Some(Refusal::Conflict)
        );
    }
    // A client without grants leaves the order of tokens and revocations as it is.
    commit(
        store,
        vec![put_client, remove, of_grant(list, 4, &grants[0].grant_id)],
    )
    .await;
    commit(store, vec![revoke_grant(&grants[0].grant_id)]).await;
    assert_eq!(store.token_is_revoked(list, 4).await.unwrap(), Some(true));
}

/// Engines may number them: a number that was forgotten never comes again.
pub async fn revocations_stay_in_order_when_others_are_forgotten(store: &Store) {
    let (list, token_id) = (list(), sample::token_id());
    let issue = |index| Change::IssueToken(sample::token_status(list, index, &token_id, "phone"));
    let revoke = || revoke_holder(&token_id, None);
    commit(store, vec![revoke(), revoke(), issue(1)]).await;
    store.prune(NOW).await.unwrap();
    commit(store, vec![revoke(), issue(2)]).await;
    assert_eq!(revoked(store, list).await, [(1, true), (2, false)]);
}
