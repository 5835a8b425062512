//! What the crash tests of engines commit, and what they look for afterwards: each engine dies in its own way.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "the suite runs in tests: a store that fails is a failed case"
)]

use idp_core::audit::AuditEvent;
use idp_types::SessionId;

use super::audit::verified;
use super::{Store, recorded};
use crate::contract::sample;
use crate::durable::{Change, Commit, OutcomeFilter, Page};

/// One outcome and two records.
pub fn approval(session_id: &SessionId) -> Commit {
    let resolve = Change::ResolveSession(sample::outcome(session_id, None));
    let records = [AuditEvent::Consent, AuditEvent::AuthApprove]
        .map(|event| sample::audit(event, Some(session_id), None));
    recorded(vec![resolve], records.to_vec())
}

/// Whether everything that was acknowledged is there, each outcome with its two records, in an intact chain. Nothing but approvals may
/// have been committed, all of them in this chain.
pub async fn assert_whole(store: &Store, chain: &str, acknowledged: &[(SessionId, u64)]) {
    let head = verified(store, chain).await;
    for (session_id, sequence) in acknowledged {
        assert!(*sequence <= head.sequence);
        assert!(store.outcome(session_id).await.unwrap().is_some(), "{session_id}");
    }
    let page = Page { number: 1, limit: 1 };
    let outcomes = store.outcomes(&OutcomeFilter::default(), page).await.unwrap();
    assert_eq!(outcomes.total * 2, head.sequence, "no commit is there in part");
}
