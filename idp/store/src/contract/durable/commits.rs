//! What commits refuse, and that a refusal leaves nothing behind.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "the suite runs in tests: a store that fails is a failed case"
)]

use idp_core::approval::Status;
use idp_core::audit::AuditEvent;
use idp_core::enrolment::{Revocation, RevocationReason};
use idp_types::{DeviceId, TokenId};

use super::{Refusal, Store, changes, consume, list, name, put_holder, recorded, refusal};
use crate::contract::sample::{self, NOW};
use crate::durable::{Change, Consumption, ConsumptionKind};

/// Every case.
pub async fn all(store: &Store) {
    an_identifier_is_consumed_once(store).await;
    an_identifier_twice_in_one_commit_is_refused(store).await;
    a_session_ends_once(store).await;
    a_status_index_is_issued_once(store).await;
    a_commit_is_all_or_nothing(store).await;
    only_an_active_device_is_admitted(store).await;
    a_device_is_judged_after_the_changes_before_it(store).await;
    what_cannot_be_written_refuses_its_own_commit_only(store).await;
    an_empty_commit_is_one(store).await;
}

/// Identifiers of different kinds are different.
pub async fn an_identifier_is_consumed_once(store: &Store) {
    let id = name("jti");
    let first = changes(vec![consume(ConsumptionKind::AssertionId, &id)]);
    store.commit(first.clone()).await.unwrap();
    assert_eq!(refusal(store.commit(first).await), Some(Refusal::AlreadyConsumed));
    let other = changes(vec![consume(ConsumptionKind::SamlRequest, &id)]);
    store.commit(other).await.unwrap();
}

/// And leaves the identifier unused.
pub async fn an_identifier_twice_in_one_commit_is_refused(store: &Store) {
    let once = consume(ConsumptionKind::Result, &name("result"));
    let twice = changes(vec![once.clone(), once.clone()]);
    assert_eq!(refusal(store.commit(twice).await), Some(Refusal::AlreadyConsumed));
    store.commit(changes(vec![once])).await.unwrap();
}

/// However it ended first.
pub async fn a_session_ends_once(store: &Store) {
    let session_id = sample::session_id();
    let approved = sample::outcome(&session_id, Some(&sample::token_id()));
    let mut rejected = approved.clone();
    rejected.status = Status::Rejected;
    let first = changes(vec![Change::ResolveSession(approved.clone())]);
    store.commit(first).await.unwrap();
    let second = changes(vec![Change::ResolveSession(rejected)]);
    assert_eq!(
        refusal(store.commit(second).await),
        Some(Refusal::AlreadyConsumed)
    );
    assert_eq!(store.outcome(&session_id).await.unwrap(), Some(approved));
    let mut pending = sample::outcome(&sample::session_id(), None);
    pending.status = Status::Pending;
    let unended = store.commit(changes(vec![Change::ResolveSession(pending)])).await;
    assert_eq!(refusal(unended), Some(Refusal::Store));
}

/// Until it expired and was pruned.
pub async fn a_status_index_is_issued_once(store: &Store) {
    let (list, token_id) = (list(), sample::token_id());
    let issue = |index| {
        changes(vec![Change::IssueToken(sample::token_status(
            list, index, &token_id, "phone",
        ))])
    };
    store.commit(issue(7)).await.unwrap();
    assert_eq!(refusal(store.commit(issue(7)).await), Some(Refusal::IndexTaken));
    store.commit(issue(8)).await.unwrap();
}

/// Whichever change is refused, none happened, and nothing was recorded.
pub async fn a_commit_is_all_or_nothing(store: &Store) {
    let taken = consume(ConsumptionKind::AuthorizationCode, &name("code"));
    store.commit(changes(vec![taken.clone()])).await.unwrap();
    let (session_id, token_id, list) = (sample::session_id(), sample::token_id(), list());
    let record = sample::audit(AuditEvent::AuthApprove, Some(&session_id), None);
    let heads = store.audit_heads().await.unwrap();
    let all = vec![
        put_holder(&sample::holder(&token_id, &["phone"]), 0),
        Change::ResolveSession(sample::outcome(&session_id, None)),
        Change::IssueToken(sample::token_status(list, 1, &token_id, "phone")),
        Change::PutMark {
            name: token_id.to_string(),
            value: "value".to_owned(),
        },
        taken,
    ];
    let refused = store.commit(recorded(all.clone(), vec![record.clone()])).await;
    assert_eq!(refusal(refused), Some(Refusal::AlreadyConsumed));
    assert!(store.holder(&token_id).await.unwrap().is_none());
    assert!(store.outcome(&session_id).await.unwrap().is_none());
    assert!(store.token_statuses(list, NOW).await.unwrap().is_empty());
    assert!(store.mark(token_id.as_str()).await.unwrap().is_none());
    assert_eq!(store.audit_heads().await.unwrap(), heads);
    let without_last = all.into_iter().take(4).collect();
    store.commit(recorded(without_last, vec![record])).await.unwrap();
    assert_eq!(store.token_statuses(list, NOW).await.unwrap(), [(1, false)]);
}

fn require(token_id: &TokenId, device_id: &DeviceId) -> Change {
    Change::RequireActiveDevice {
        token_id: token_id.clone(),
        device_id: device_id.clone(),
    }
}

/// Unknown, revoked, of a revoked or of a superseded holder: none of these approves.
pub async fn only_an_active_device_is_admitted(store: &Store) {
    let (token_id, phone) = (sample::token_id(), sample::device_id("phone"));
    let admitted = changes(vec![require(&token_id, &phone)]);
    assert_eq!(
        refusal(store.commit(admitted.clone()).await),
        Some(Refusal::DeviceNotActive)
    );
    let holder = sample::holder(&token_id, &["phone", "tablet"]);
    store.commit(changes(vec![put_holder(&holder, 0)])).await.unwrap();
    store.commit(admitted.clone()).await.unwrap();
    let unknown = changes(vec![require(&token_id, &sample::device_id("watch"))]);
    assert_eq!(
        refusal(store.commit(unknown).await),
        Some(Refusal::DeviceNotActive)
    );
    let revocation = Some(Revocation {
        reason: RevocationReason::LostDevice,
        at: NOW,
    });
    let mut states = vec![holder.clone(), holder.clone(), holder.clone(), holder];
    states[0].revoked = revocation;
    states[1].superseded_by = Some(sample::token_id());
    states[2].devices[0].revoked = revocation;
    states[3].devices.remove(0);
    for (version, state) in (1..).zip(&states) {
        store
            .commit(changes(vec![put_holder(state, version)]))
            .await
            .unwrap();
        assert_eq!(
            refusal(store.commit(admitted.clone()).await),
            Some(Refusal::DeviceNotActive)
        );
    }
}

/// In its own commit.
pub async fn a_device_is_judged_after_the_changes_before_it(store: &Store) {
    let (token_id, phone) = (sample::token_id(), sample::device_id("phone"));
    let holder = sample::holder(&token_id, &["phone"]);
    let enrolled = changes(vec![put_holder(&holder, 0), require(&token_id, &phone)]);
    store.commit(enrolled).await.unwrap();
    let mut revoked = holder.clone();
    revoked.devices[0].revoked = Some(Revocation {
        reason: RevocationReason::Compromised,
        at: NOW,
    });
    let refused = changes(vec![put_holder(&revoked, 1), require(&token_id, &phone)]);
    assert_eq!(
        refusal(store.commit(refused).await),
        Some(Refusal::DeviceNotActive)
    );
    let unharmed = changes(vec![require(&token_id, &phone)]);
    store.commit(unharmed).await.unwrap();
}

/// A value beyond its limit fails, and those that were committed beside it do not.
pub async fn what_cannot_be_written_refuses_its_own_commit_only(store: &Store) {
    let too_long = Change::Consume(Consumption {
        kind: ConsumptionKind::Result,
        id: "x".repeat(257),
        expires_at: NOW,
    });
    let mark = Change::PutMark {
        name: name("mark"),
        value: "x".repeat(4097),
    };
    let good = changes(vec![consume(ConsumptionKind::Result, &name("good"))]);
    let (long, good, large) = tokio::join!(
        store.commit(changes(vec![too_long])),
        store.commit(good),
        store.commit(changes(vec![mark])),
    );
    assert_eq!(refusal(long), Some(Refusal::Store));
    assert_eq!(refusal(large), Some(Refusal::Store));
    good.unwrap();
}

/// It answers where the chain stands.
pub async fn an_empty_commit_is_one(store: &Store) {
    let record = sample::audit(AuditEvent::Start, None, None);
    let sequence = store.commit(recorded(Vec::new(), vec![record])).await.unwrap();
    assert!(store.commit(changes(Vec::new())).await.unwrap() >= sequence);
}
