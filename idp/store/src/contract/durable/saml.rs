//! SAML service providers: they read back as they were written, one writer wins, and what is theirs goes with them.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "the suite runs in tests: a store that fails is a failed case"
)]

use ::saml::EntityId;
use ::saml::provider::ServiceProvider;
use idp_types::ClientId;
use oidc::link::LinkKind;

use super::{CONTENDERS, Refusal, Store, changes, refusal};
use crate::Version;
use crate::contract::sample;
use crate::durable::{Change, Commit, Page};

/// Every case.
pub async fn all(store: &Store) {
    a_provider_reads_back(store).await;
    providers_are_listed_by_entity_id(store).await;
    a_removed_provider_takes_its_links_along(store).await;
    one_writer_of_a_provider_wins(store).await;
}

fn put(provider: &ServiceProvider, expected: u64) -> Commit {
    changes(vec![Change::PutServiceProvider {
        provider: Box::new(provider.clone()),
        expected: Version(expected),
    }])
}

fn remove(entity_id: &EntityId, expected: u64) -> Commit {
    changes(vec![Change::RemoveServiceProvider {
        entity_id: entity_id.clone(),
        expected: Version(expected),
    }])
}

/// At its version, and not once it is removed; after that it is a new one.
pub async fn a_provider_reads_back(store: &Store) {
    let entity_id = sample::entity_id();
    let mut provider = sample::service_provider(&entity_id);
    assert!(store.service_provider(&entity_id).await.unwrap().is_none());
    store.commit(put(&provider, 0)).await.unwrap();
    let found = store.service_provider(&entity_id).await.unwrap().unwrap();
    assert_eq!((&found.value, found.version), (&provider, Version(1)));
    "Renamed".clone_into(&mut provider.display_name);
    store.commit(put(&provider, 1)).await.unwrap();
    for refused in [put(&provider, 1), put(&provider, 0), remove(&entity_id, 1)] {
        assert_eq!(refusal(store.commit(refused).await), Some(Refusal::Conflict));
    }
    let found = store.service_provider(&entity_id).await.unwrap().unwrap();
    assert_eq!((&found.value, found.version), (&provider, Version(2)));
    store.commit(remove(&entity_id, 2)).await.unwrap();
    assert!(store.service_provider(&entity_id).await.unwrap().is_none());
    let again = store.commit(remove(&entity_id, 2)).await;
    assert_eq!(refusal(again), Some(Refusal::Conflict));
    store.commit(put(&provider, 0)).await.unwrap();
    assert!(store.service_provider(&entity_id).await.unwrap().is_some());
}

/// In pages.
pub async fn providers_are_listed_by_entity_id(store: &Store) {
    for _ in 0..3 {
        let provider = sample::service_provider(&sample::entity_id());
        store.commit(put(&provider, 0)).await.unwrap();
    }
    let page = |limit| Page { number: 1, limit };
    let all = store.service_providers(page(100)).await.unwrap();
    assert_eq!(u64::try_from(all.rows.len()).unwrap(), all.total);
    assert!(all.rows.is_sorted_by_key(|provider| provider.entity_id.as_str()));
    let first = store.service_providers(page(2)).await.unwrap();
    assert!(all.rows.starts_with(&first.rows));
    assert_eq!((first.rows.len(), first.total), (2, all.total));
}

/// Another provider's stay.
pub async fn a_removed_provider_takes_its_links_along(store: &Store) {
    let token_id = sample::token_id();
    let (removed, kept) = (sample::entity_id(), sample::entity_id());
    for entity_id in [&removed, &kept] {
        let handle = ClientId::parse(entity_id.handle()).unwrap();
        let link = sample::account_link(LinkKind::Address, &handle, &token_id);
        let mut written = put(&sample::service_provider(entity_id), 0);
        written
            .changes
            .push(Change::PutAccountLink { link: Box::new(link) });
        store.commit(written).await.unwrap();
    }
    store.commit(remove(&removed, 1)).await.unwrap();
    let of_holder = crate::durable::LinkFilter {
        token_id: Some(token_id),
        ..Default::default()
    };
    let page = Page { number: 1, limit: 9 };
    let links = store.account_links(&of_holder, page).await.unwrap();
    let owners: Vec<_> = links.rows.iter().map(|link| link.client_id.to_string()).collect();
    assert_eq!(owners, [kept.handle()]);
}

/// Whoever else read the same version is told so.
pub async fn one_writer_of_a_provider_wins(store: &Store) {
    let provider = sample::service_provider(&sample::entity_id());
    let mut contenders = tokio::task::JoinSet::new();
    for _ in 0..CONTENDERS {
        let (store, commit) = (store.clone(), put(&provider, 0));
        contenders.spawn(async move { refusal(store.commit(commit).await) });
    }
    let verdicts = contenders.join_all().await;
    let winners = verdicts.iter().filter(|verdict| verdict.is_none()).count();
    assert_eq!(winners, 1);
}
