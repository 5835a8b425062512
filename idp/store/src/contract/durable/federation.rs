//! Clients, grants and account links: they read back as they were written and are found by what they are searched for.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "the suite runs in tests: a store that fails is a failed case"
)]

use std::sync::Arc;

use idp_types::ClientId;
use oidc::link::{AccountLink, LinkKind};
use oidc::{Client, Grant};
use tokio::task::JoinSet;

use super::{Refusal, Store, changes, put_delivery, put_grant, refusal};
use crate::contract::sample::{self, NOW};
use crate::durable::{Change, Commit, LinkFilter, Page};
use crate::{Version, Versioned};

/// Every case.
pub async fn all(store: &Store) {
    a_client_reads_back(store).await;
    clients_are_listed_by_client_id(store).await;
    a_removed_client_takes_what_is_its_own_along(store).await;
    a_grant_reads_back(store).await;
    grants_of_a_holder_come_oldest_first(store).await;
    an_account_link_reads_back(store).await;
    a_link_is_added_where_there_is_none(store).await;
    what_was_decided_on_a_version_holds_for_it_alone(store).await;
    account_links_are_found_by_client_and_holder(store).await;
}

const FIRST: Page = Page { number: 1, limit: 2 };
const ALL: Page = Page {
    number: 1,
    limit: 100,
};

fn put_client(client: &Client, expected: u64) -> Commit {
    changes(vec![Change::PutClient {
        client: Box::new(client.clone()),
        expected: Version(expected),
    }])
}

fn remove_client(client_id: &ClientId, expected: u64) -> Commit {
    changes(vec![Change::RemoveClient {
        client_id: client_id.clone(),
        expected: Version(expected),
    }])
}

fn put_link(link: &AccountLink) -> Change {
    Change::PutAccountLink {
        link: Box::new(link.clone()),
    }
}

/// At its version, and not once it is removed; after that it is a new one.
pub async fn a_client_reads_back(store: &Store) {
    let client_id = sample::client_id();
    let mut client = sample::client(&client_id);
    assert!(store.client(&client_id).await.unwrap().is_none());
    store.commit(put_client(&client, 0)).await.unwrap();
    let found = store.client(&client_id).await.unwrap().unwrap();
    assert_eq!((&found.value, found.version), (&client, Version(1)));
    client.enabled = false;
    store.commit(put_client(&client, 1)).await.unwrap();
    for refused in [put_client(&client, 1), remove_client(&client_id, 1)] {
        assert_eq!(refusal(store.commit(refused).await), Some(Refusal::Conflict));
    }
    let found = store.client(&client_id).await.unwrap().unwrap();
    assert_eq!((&found.value, found.version), (&client, Version(2)));
    store.commit(remove_client(&client_id, 2)).await.unwrap();
    assert!(store.client(&client_id).await.unwrap().is_none());
    let again = store.commit(remove_client(&client_id, 2)).await;
    assert_eq!(refusal(again), Some(Refusal::Conflict));
    store.commit(put_client(&client, 0)).await.unwrap();
    assert!(store.client(&client_id).await.unwrap().is_some());
}

/// In pages, and from one on.
pub async fn clients_are_listed_by_client_id(store: &Store) {
    for _ in 0..3 {
        let client = sample::client(&sample::client_id());
        store.commit(put_client(&client, 0)).await.unwrap();
    }
    let all = store.clients(None, ALL).await.unwrap();
    assert_eq!(u64::try_from(all.rows.len()).unwrap(), all.total);
    assert!(all.rows.is_sorted_by_key(|client| client.client_id.as_str()));
    let first = store.clients(None, FIRST).await.unwrap();
    assert!(all.rows.starts_with(&first.rows));
    assert_eq!((first.rows.len(), first.total), (2, all.total));
    let rest = store.clients(Some(&first.rows[1].client_id), ALL).await.unwrap();
    assert_eq!((&all.rows[2..], all.total - 2), (&rest.rows[..], rest.total));
}

/// Another client's stay.
pub async fn a_removed_client_takes_what_is_its_own_along(store: &Store) {
    let token_id = sample::token_id();
    let (removed, kept) = (sample::client_id(), sample::client_id());
    let mut written = vec![put_client(&sample::client(&removed), 0).changes.remove(0)];
    for client_id in [&removed, &kept] {
        let link = sample::account_link(LinkKind::Address, client_id, &token_id);
        let delivery = sample::logout_delivery(client_id);
        let grant = sample::grant(client_id, &token_id);
        written.extend([put_grant(&grant, 0), put_link(&link), put_delivery(&delivery)]);
    }
    store.commit(changes(written)).await.unwrap();
    store.commit(remove_client(&removed, 1)).await.unwrap();
    let grants = store.grants_of(&token_id).await.unwrap();
    let owners: Vec<_> = grants.iter().map(|grant| &grant.value.client_id).collect();
    assert_eq!(owners, [&kept]);
    let of_holder = LinkFilter {
        token_id: Some(token_id),
        ..LinkFilter::default()
    };
    let links = store.account_links(&of_holder, ALL).await.unwrap();
    assert_eq!((links.total, &links.rows[0].client_id), (1, &kept));
    let due = store.due_logout_deliveries(NOW, 1000).await.unwrap();
    assert!(due.iter().any(|delivery| delivery.client_id == kept));
    assert!(due.iter().all(|delivery| delivery.client_id != removed));
}

/// At its version, revoked or not.
pub async fn a_grant_reads_back(store: &Store) {
    let mut grant = sample::grant(&sample::client_id(), &sample::token_id());
    let put = |grant: &Grant, expected| changes(vec![put_grant(grant, expected)]);
    assert!(store.grant(&grant.grant_id).await.unwrap().is_none());
    store.commit(put(&grant, 0)).await.unwrap();
    let found = store.grant(&grant.grant_id).await.unwrap().unwrap();
    assert_eq!((&found.value, found.version), (&grant, Version(1)));
    let family = grant.refresh.as_mut().unwrap();
    family.generation += 1;
    family.previous = Some(std::mem::replace(&mut family.current, "55".repeat(32)));
    family.rotated_at = Some(NOW.plus_seconds(60));
    store.commit(put(&grant, 1)).await.unwrap();
    for stale in [0, 1, 3] {
        let refused = store.commit(put(&grant, stale)).await;
        assert_eq!(refusal(refused), Some(Refusal::Conflict));
    }
    grant.revoked_at = Some(NOW.plus_seconds(61));
    store.commit(put(&grant, 2)).await.unwrap();
    let found = store.grant(&grant.grant_id).await.unwrap().unwrap();
    assert_eq!((&found.value, found.version), (&grant, Version(3)));
}

/// Without those that are revoked.
pub async fn grants_of_a_holder_come_oldest_first(store: &Store) {
    let token_id = sample::token_id();
    let grants = [(); 3].map(|()| sample::grant(&sample::client_id(), &token_id));
    for grant in &grants {
        store.commit(changes(vec![put_grant(grant, 0)])).await.unwrap();
    }
    let revoke = Change::RevokeGrant {
        grant_id: grants[1].grant_id.clone(),
        at: NOW,
    };
    store.commit(changes(vec![revoke])).await.unwrap();
    let found = store.grants_of(&token_id).await.unwrap();
    let expected = [&grants[0], &grants[2]].map(|grant| Versioned {
        value: grant.clone(),
        version: Version(1),
    });
    assert_eq!(found, expected);
    assert!(store.grants_of(&sample::token_id()).await.unwrap().is_empty());
}

/// The last one stands; kinds and clients never meet.
pub async fn an_account_link_reads_back(store: &Store) {
    let client_id = sample::client_id();
    let mut link = sample::account_link(LinkKind::Foreign, &client_id, &sample::token_id());
    store.commit(changes(vec![put_link(&link)])).await.unwrap();
    link.token_id = sample::token_id();
    link.made_by = None;
    store.commit(changes(vec![put_link(&link)])).await.unwrap();
    let read =
        async |kind, client_id: &ClientId| store.account_link(kind, &link.key, client_id).await.unwrap();
    assert_eq!(read(LinkKind::Foreign, &client_id).await.as_ref(), Some(&link));
    assert_eq!(read(LinkKind::Address, &client_id).await, None);
    assert_eq!(read(LinkKind::Foreign, &sample::client_id()).await, None);
    let remove = Change::RemoveAccountLink {
        kind: LinkKind::Foreign,
        key: link.key.clone(),
        client_id: client_id.clone(),
    };
    store.commit(changes(vec![remove.clone(), remove])).await.unwrap();
    assert_eq!(read(LinkKind::Foreign, &client_id).await, None);
}

/// Of many who add one at once, one does; whoever removed it may add it again, in the same commit too.
pub async fn a_link_is_added_where_there_is_none(store: &Store) {
    let link = sample::account_link(LinkKind::Address, &sample::client_id(), &sample::token_id());
    let add = || Change::AddAccountLink {
        link: Box::new(link.clone()),
    };
    let mut adding = JoinSet::new();
    for _ in 0..16 {
        let (store, commit) = (Arc::clone(store), changes(vec![add()]));
        adding.spawn(async move { store.commit(commit).await });
    }
    let done = adding.join_all().await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1);
    for refused in done.into_iter().filter(Result::is_err) {
        assert_eq!(refusal(refused), Some(Refusal::Conflict));
    }
    let remove = Change::RemoveAccountLink {
        kind: link.kind,
        key: link.key.clone(),
        client_id: link.client_id.clone(),
    };
    let both = changes(vec![remove.clone(), add()]);
    store.commit(both).await.unwrap();
    let twice = changes(vec![remove, add(), add()]);
    assert_eq!(refusal(store.commit(twice).await), Some(Refusal::Conflict));
    let found = store.account_link(link.kind, &link.key, &link.client_id).await;
    assert_eq!(
        found.unwrap().as_ref(),
        Some(&link),
        "nothing of a refused commit"
    );
}

/// Of a client and of a service.
pub async fn what_was_decided_on_a_version_holds_for_it_alone(store: &Store) {
    let client_id = sample::client_id();
    let service = sample::service(&sample::service_id());
    let require = |version| {
        let (client_id, service_id) = (client_id.clone(), service.service_id.clone());
        let expected = Version(version);
        [
            changes(vec![Change::RequireClient { client_id, expected }]),
            changes(vec![Change::RequireService { service_id, expected }]),
        ]
    };
    let put_service = Change::PutService {
        service: Box::new(service.clone()),
        expected: Version(0),
    };
    let mut written = put_client(&sample::client(&client_id), 0);
    written.changes.push(put_service);
    store.commit(written).await.unwrap();
    for commit in require(1) {
        store.commit(commit).await.unwrap();
    }
    for commit in require(0).into_iter().chain(require(2)) {
        assert_eq!(refusal(store.commit(commit).await), Some(Refusal::Conflict));
    }
}

/// Oldest first, in pages.
pub async fn account_links_are_found_by_client_and_holder(store: &Store) {
    let (client_id, token_id) = (sample::client_id(), sample::token_id());
    let mut links = [
        sample::account_link(LinkKind::Address, &client_id, &token_id),
        sample::account_link(LinkKind::Foreign, &client_id, &sample::token_id()),
        sample::account_link(LinkKind::Foreign, &client_id, &token_id),
    ];
    for (link, seconds) in links.iter_mut().zip([1, 2, 3]) {
        link.created_at = NOW.plus_seconds(seconds);
    }
    let put = links.iter().rev().map(put_link).collect();
    store.commit(changes(put)).await.unwrap();
    let of_client = LinkFilter {
        client_id: Some(client_id),
        ..LinkFilter::default()
    };
    let found = store.account_links(&of_client, FIRST).await.unwrap();
    assert_eq!((found.rows.as_slice(), found.total), (&links[..2], 3));
    let of_both = LinkFilter {
        token_id: Some(token_id.clone()),
        ..of_client
    };
    let found = store.account_links(&of_both, ALL).await.unwrap();
    assert_eq!(found.rows, [links[0].clone(), links[2].clone()]);
    let of_holder = LinkFilter {
        token_id: Some(token_id),
        ..LinkFilter::default()
    };
    assert_eq!(store.account_links(&of_holder, ALL).await.unwrap().total, 2);
}
