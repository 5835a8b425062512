//! Listings, filters and what time makes of rows.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "the suite runs in tests: a store that fails is a failed case"
)]

use idp_core::approval::Status;
use idp_core::enrolment::{Revocation, RevocationReason};
use idp_types::{Timestamp, TrustLevel};

use super::{Store, changes, consume, list, name, put_holder, refusal};
use crate::contract::sample::{self, NOW};
use crate::durable::{
    Change, Consumption, ConsumptionKind, EnrolmentCode, HolderFilter, OutcomeFilter, Page,
};

/// Every case.
pub async fn all(store: &Store) {
    holders_are_listed_by_token_id(store).await;
    holders_are_found_by_their_seals(store).await;
    outcomes_are_listed_newest_first(store).await;
    token_entries_end_with_their_token(store).await;
    what_expired_is_pruned(store).await;
    store.ping().await.unwrap();
}

const FIRST: Page = Page { number: 1, limit: 2 };
const SECOND: Page = Page { number: 2, limit: 2 };

/// Filters narrow, pages cut, the total does not change with the page.
pub async fn holders_are_listed_by_token_id(store: &Store) {
    // The part of a tokenId is text: `_` and `%` are no patterns.
    let part = format!("li_st{}", sample::serial());
    let mut holders: Vec<_> = (0..3)
        .map(|number| {
            let token_id = idp_types::TokenId::parse(format!("x-{part}-{number}")).unwrap();
            sample::holder(&token_id, &["phone"])
        })
        .collect();
    holders[1].devices[0].seal.trust_level = TrustLevel::High;
    holders[2].revoked = Some(Revocation {
        reason: RevocationReason::Compromised,
        at: NOW,
    });
    for holder in holders.iter().rev() {
        store.commit(changes(vec![put_holder(holder, 0)])).await.unwrap();
    }
    let all = HolderFilter {
        token_id: Some(part.clone()),
        ..HolderFilter::default()
    };
    let first = store.holders(&all, FIRST).await.unwrap();
    assert_eq!((first.rows.as_slice(), first.total), (&holders[..2], 3));
    let second = store.holders(&all, SECOND).await.unwrap();
    assert_eq!((second.rows.as_slice(), second.total), (&holders[2..], 3));
    let pattern = HolderFilter {
        token_id: Some(part.replace('_', "%")),
        ..HolderFilter::default()
    };
    assert_eq!(store.holders(&pattern, FIRST).await.unwrap().total, 0);
    let high = HolderFilter {
        trust_level: Some(TrustLevel::High),
        ..all.clone()
    };
    assert_eq!(store.holders(&high, FIRST).await.unwrap().rows, holders[1..2]);
    let revoked = HolderFilter {
        is_revoked: Some(true),
        ..all.clone()
    };
    assert_eq!(store.holders(&revoked, FIRST).await.unwrap().rows, holders[2..]);
    let living = HolderFilter {
        is_revoked: Some(false),
        ..all
    };
    assert_eq!(store.holders(&living, FIRST).await.unwrap().rows, holders[..2]);
}

/// By the seal that any device has now, whatever its standing; each holder once.
pub async fn holders_are_found_by_their_seals(store: &Store) {
    let mut holder = sample::holder(&sample::token_id(), &["phone", "tablet"]);
    let seals: Vec<_> = holder
        .devices
        .iter()
        .map(|device| device.seal.fingerprint)
        .collect();
    store.commit(changes(vec![put_holder(&holder, 0)])).await.unwrap();
    let found = store.holders_of_seals(&seals).await.unwrap();
    assert_eq!(found, std::slice::from_ref(&holder.token_id));
    holder.devices[0].seal.fingerprint = sample::fingerprint();
    store.commit(changes(vec![put_holder(&holder, 1)])).await.unwrap();
    assert!(store.holders_of_seals(&seals[..1]).await.unwrap().is_empty());
    let found = store.holders_of_seals(&seals[1..]).await.unwrap();
    assert_eq!(found, [holder.token_id]);
    assert!(store.holders_of_seals(&[]).await.unwrap().is_empty());
}

/// Filters narrow, pages cut.
pub async fn outcomes_are_listed_newest_first(store: &Store) {
    let token_id = sample::token_id();
    let mut outcomes: Vec<_> = (0..3)
        .map(|number| {
            let mut outcome = sample::outcome(&sample::session_id(), Some(&token_id));
            outcome.resolved_at = NOW.plus_seconds(number);
            outcome
        })
        .collect();
    outcomes[0].status = Status::Expired;
    outcomes[1].service_id = sample::service_id();
    let resolve = outcomes.iter().cloned().map(Change::ResolveSession);
    store.commit(changes(resolve.collect())).await.unwrap();
    outcomes.reverse();
    let mine = OutcomeFilter {
        token_id: Some(token_id),
        ..OutcomeFilter::default()
    };
    let first = store.outcomes(&mine, FIRST).await.unwrap();
    assert_eq!((first.rows.as_slice(), first.total), (&outcomes[..2], 3));
    assert_eq!(store.outcomes(&mine, SECOND).await.unwrap().rows, outcomes[2..]);
    let expired = OutcomeFilter {
        status: Some(Status::Expired),
        ..mine.clone()
    };
    assert_eq!(store.outcomes(&expired, FIRST).await.unwrap().rows, outcomes[2..]);
    let service = OutcomeFilter {
        service_id: Some(outcomes[1].service_id.clone()),
        ..mine
    };
    assert_eq!(
        store.outcomes(&service, FIRST).await.unwrap().rows,
        outcomes[1..2]
    );
}

/// An entry is in use up to and not including its expiry, and so is its list.
pub async fn token_entries_end_with_their_token(store: &Store) {
    let (list, token_id) = (list(), sample::token_id());
    let mut late = sample::token_status(list, 2, &token_id, "phone");
    let early = sample::token_status(list, 9, &token_id, "phone");
    late.expires_at = early.expires_at.plus_seconds(60);
    let issued = vec![
        Change::IssueToken(early.clone()),
        Change::IssueToken(late.clone()),
    ];
    store.commit(changes(issued)).await.unwrap();
    let at = async |now| store.token_statuses(list, now).await.unwrap();
    assert_eq!(at(NOW).await, [(2, false), (9, false)]);
    assert_eq!(at(early.expires_at).await, [(2, false)]);
    assert!(at(late.expires_at).await.is_empty());
    let is_in_use = async |now| store.token_lists(now).await.unwrap().contains(&list);
    assert!(is_in_use(early.expires_at).await);
    assert!(!is_in_use(late.expires_at).await);
}

/// Nothing else is.
pub async fn what_expired_is_pruned(store: &Store) {
    let ancient = Timestamp::from_unix_seconds(1000);
    let id = name("ancient");
    let expired = Change::Consume(Consumption {
        kind: ConsumptionKind::AssertionId,
        id: id.clone(),
        expires_at: ancient,
    });
    let code = EnrolmentCode {
        digest: name("digest"),
        token_id: None,
        issued_by: "alice".to_owned(),
        expires_at: ancient,
    };
    let (list, token_id) = (list(), sample::token_id());
    let mut status = sample::token_status(list, 1, &token_id, "phone");
    status.expires_at = ancient;
    let mut old = sample::outcome(&sample::session_id(), None);
    old.resolved_at = ancient;
    let written = vec![
        expired.clone(),
        Change::PutEnrolmentCode(code.clone()),
        Change::IssueToken(status.clone()),
        Change::IssueToken(sample::token_status(list, 2, &token_id, "phone")),
        Change::ResolveSession(old.clone()),
    ];
    store.commit(changes(written)).await.unwrap();
    let live = consume(ConsumptionKind::AssertionId, &name("live"));
    store.commit(changes(vec![live.clone()])).await.unwrap();
    assert_eq!(store.prune(ancient).await.unwrap(), 0);
    assert_eq!(store.prune(ancient.plus_seconds(1)).await.unwrap(), 3);
    assert!(store.enrolment_code(&code.digest).await.unwrap().is_none());
    assert_eq!(store.token_statuses(list, NOW).await.unwrap(), [(2, false)]);
    let again = vec![expired, Change::IssueToken(status)];
    store.commit(changes(again)).await.unwrap();
    assert!(refusal(store.commit(changes(vec![live])).await).is_some());
    assert_eq!(store.outcome(&old.session_id).await.unwrap(), Some(old));
}
