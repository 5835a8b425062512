//! That records read back as they were written, at the version they were written at.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "the suite runs in tests: a store that fails is a failed case"
)]

use idp_core::enrolment::{Revocation, RevocationReason};

use super::{Refusal, Store, changes, name, put_holder, refusal};
use crate::contract::sample::{self, NOW};
use crate::durable::{Change, EnrolmentCode, SubjectKey, Supersession};
use crate::{Version, Versioned};

/// Every case.
pub async fn all(store: &Store) {
    a_holder_reads_back(store).await;
    a_service_reads_back(store).await;
    a_supersession_reads_back_and_falls_due(store).await;
    an_enrolment_code_reads_back(store).await;
    a_subject_key_stays_until_it_is_erased(store).await;
    a_mark_is_overwritten(store).await;
    a_sealed_document_is_replaced_at_its_version_only(store).await;
}

/// Every member, to the millisecond, and at once after the commit.
pub async fn a_holder_reads_back(store: &Store) {
    let token_id = sample::token_id();
    assert!(store.holder(&token_id).await.unwrap().is_none());
    let mut holder = sample::holder(&token_id, &["phone", "tablet"]);
    holder.devices[1].revoked = Some(Revocation {
        reason: RevocationReason::UserRequest,
        at: NOW,
    });
    store.commit(changes(vec![put_holder(&holder, 0)])).await.unwrap();
    let found = store.holder(&token_id).await.unwrap().unwrap();
    assert_eq!((&found.value, found.version), (&holder, Version(1)));
    assert_eq!(
        refusal(store.commit(changes(vec![put_holder(&holder, 0)])).await),
        Some(Refusal::Conflict)
    );
    holder.trusted_services.clear();
    store.commit(changes(vec![put_holder(&holder, 1)])).await.unwrap();
    let found = store.holder(&token_id).await.unwrap().unwrap();
    assert_eq!((&found.value, found.version), (&holder, Version(2)));
    let skipped = store.commit(changes(vec![put_holder(&holder, 3)])).await;
    assert_eq!(refusal(skipped), Some(Refusal::Conflict));
}

/// With the same rule.
pub async fn a_service_reads_back(store: &Store) {
    let service_id = sample::service_id();
    let mut service = sample::service(&service_id);
    let put = |service: &idp_core::service::Service, expected| {
        changes(vec![Change::PutService {
            service: Box::new(service.clone()),
            expected: Version(expected),
        }])
    };
    assert!(store.service(&service_id).await.unwrap().is_none());
    store.commit(put(&service, 0)).await.unwrap();
    let found = store.service(&service_id).await.unwrap().unwrap();
    assert_eq!((&found.value, found.version), (&service, Version(1)));
    service.enabled = false;
    store.commit(put(&service, 1)).await.unwrap();
    assert_eq!(
        refusal(store.commit(put(&service, 1)).await),
        Some(Refusal::Conflict)
    );
    let found = store.service(&service_id).await.unwrap().unwrap();
    assert_eq!((&found.value, found.version), (&service, Version(2)));
    assert!(store.services().await.unwrap().contains(&service));
}

/// Due once its time came, while neither completed nor cancelled.
pub async fn a_supersession_reads_back_and_falls_due(store: &Store) {
    let token_id = sample::token_id();
    let mut asked = Supersession {
        token_id: token_id.clone(),
        by: sample::token_id(),
        requested_by: "alice".to_owned(),
        confirmed_by: None,
        requested_at: NOW,
        effective_at: None,
        completed_at: None,
        cancelled: false,
    };
    let put = |supersession: &Supersession, expected| {
        changes(vec![Change::PutSupersession {
            supersession: supersession.clone(),
            expected: Version(expected),
        }])
    };
    store.commit(put(&asked, 0)).await.unwrap();
    assert_eq!(
        refusal(store.commit(put(&asked, 0)).await),
        Some(Refusal::Conflict)
    );
    let due_at = NOW.plus_seconds(86_400);
    let is_due = async |now| {
        let due = store.due_supersessions(now).await.unwrap();
        due.iter().any(|due| due.value.token_id == token_id)
    };
    assert!(!is_due(due_at).await, "unconfirmed");
    asked.confirmed_by = Some("bob".to_owned());
    asked.effective_at = Some(due_at);
    store.commit(put(&asked, 1)).await.unwrap();
    assert!(!is_due(due_at.minus_seconds(1)).await);
    assert!(is_due(due_at).await);
    let found = store.supersession(&token_id).await.unwrap();
    let expected = Versioned {
        value: asked.clone(),
        version: Version(2),
    };
    assert_eq!(found, Some(expected));
    asked.completed_at = Some(due_at);
    store.commit(put(&asked, 2)).await.unwrap();
    assert!(!is_due(due_at).await, "completed");
    asked.completed_at = None;
    asked.cancelled = true;
    store.commit(put(&asked, 3)).await.unwrap();
    assert!(!is_due(due_at).await, "cancelled");
}

/// Registering it again replaces it.
pub async fn an_enrolment_code_reads_back(store: &Store) {
    let mut code = EnrolmentCode {
        digest: name("digest"),
        token_id: Some(sample::token_id()),
        issued_by: "alice".to_owned(),
        expires_at: NOW.plus_seconds(600),
    };
    let put = |code: &EnrolmentCode| changes(vec![Change::PutEnrolmentCode(code.clone())]);
    assert!(store.enrolment_code(&code.digest).await.unwrap().is_none());
    store.commit(put(&code)).await.unwrap();
    assert_eq!(
        store.enrolment_code(&code.digest).await.unwrap().as_ref(),
        Some(&code)
    );
    code.token_id = None;
    store.commit(put(&code)).await.unwrap();
    assert_eq!(
        store.enrolment_code(&code.digest).await.unwrap().as_ref(),
        Some(&code)
    );
}

/// A second key would make what the first one sealed unreadable.
pub async fn a_subject_key_stays_until_it_is_erased(store: &Store) {
    let key = |sealed: &[u8], reference: &str| SubjectKey {
        reference: reference.to_owned(),
        sealed: sealed.to_vec(),
    };
    let reference = name("subject");
    let (first, second) = (key(b"first", &reference), key(b"second", &reference));
    for put in [&first, &second] {
        let put = changes(vec![Change::PutSubjectKey(put.clone())]);
        store.commit(put).await.unwrap();
    }
    assert_eq!(store.subject_key(&reference).await.unwrap(), Some(first));
    let erase = changes(vec![Change::EraseSubjectKey {
        reference: reference.clone(),
    }]);
    store.commit(erase.clone()).await.unwrap();
    assert_eq!(store.subject_key(&reference).await.unwrap(), None);
    store.commit(erase).await.unwrap();
}

/// The last value stands.
pub async fn a_mark_is_overwritten(store: &Store) {
    let name = name("mark");
    for value in ["1", "2"] {
        let put = Change::PutMark {
            name: name.clone(),
            value: value.to_owned(),
        };
        store.commit(changes(vec![put])).await.unwrap();
    }
    assert_eq!(store.mark(&name).await.unwrap().as_deref(), Some("2"));
    assert_eq!(store.mark("no such mark").await.unwrap(), None);
}

/// A key ring, which several processes change.
pub async fn a_sealed_document_is_replaced_at_its_version_only(store: &Store) {
    let name = name("document");
    let put = |sealed: &[u8], expected| {
        changes(vec![Change::PutSealedDocument {
            name: name.clone(),
            sealed: sealed.to_vec(),
            expected: Version(expected),
        }])
    };
    assert!(store.sealed_document(&name).await.unwrap().is_none());
    store.commit(put(&[0, 255], 0)).await.unwrap();
    let found = store.sealed_document(&name).await.unwrap().unwrap();
    assert_eq!((found.value, found.version), (vec![0, 255], Version(1)));
    for stale in [0, 2] {
        let refused = store.commit(put(&[1], stale)).await;
        assert_eq!(refusal(refused), Some(Refusal::Conflict));
    }
    store.commit(put(&vec![7; 100_000], 1)).await.unwrap();
    let found = store.sealed_document(&name).await.unwrap().unwrap();
    assert_eq!((found.value.len(), found.version), (100_000, Version(2)));
}
