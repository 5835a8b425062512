//! The audit chain: in order, joined, searchable.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "the suite runs in tests: a store that fails is a failed case"
)]

use idp_core::audit::AuditEvent;

use idp_types::encoding::{from_lowerhex, lowerhex};

use super::{Store, changes, consume, name, recorded};
use crate::audit::{AuditReport, AuditVerifier, canonical};
use crate::contract::sample::{self, NOW};
use crate::durable::{AuditFilter, ChainHead, Checkpoint, ConsumptionKind, Page};

/// Every case.
pub async fn all(store: &Store) {
    records_are_chained_in_order(store).await;
    the_head_is_the_last_record(store).await;
    records_are_found_newest_first(store).await;
    checkpoints_read_back_in_order(store).await;
    every_chain_verifies(store).await;
}

/// The commit answers the sequence of its last record; the run before it ends with its records.
pub async fn records_are_chained_in_order(store: &Store) {
    let session_id = sample::session_id();
    let records = vec![
        sample::audit(AuditEvent::Consent, Some(&session_id), Some("subject")),
        sample::audit(AuditEvent::AuthApprove, Some(&session_id), None),
    ];
    let consumed = consume(ConsumptionKind::Result, &name("result"));
    let commit = recorded(vec![consumed], records.clone());
    let sequence = store.commit(commit).await.unwrap();
    let filter = AuditFilter {
        session_id: Some(session_id),
        ..AuditFilter::default()
    };
    let page = Page { number: 1, limit: 10 };
    let found = store.audit_search(&filter, page).await.unwrap();
    let chain = &found.rows[0].chain;
    let run = store.audit_run(chain, sequence - 2, 10).await.unwrap();
    assert_eq!(run.len(), 2);
    assert_eq!((run[0].sequence, run[1].sequence), (sequence - 1, sequence));
    assert_eq!([&run[0].record, &run[1].record], [&records[0], &records[1]]);
    assert_eq!(run[0].canonical, canonical(&records[0]).unwrap());
    assert_eq!(store.audit_run(chain, sequence - 2, 1).await.unwrap(), run[..1]);
    assert!(store.audit_run("no such chain", 0, 10).await.unwrap().is_empty());
}

/// A commit without records does not move it.
pub async fn the_head_is_the_last_record(store: &Store) {
    let record = sample::audit(AuditEvent::Start, None, None);
    let sequence = store.commit(recorded(Vec::new(), vec![record])).await.unwrap();
    let consumed = consume(ConsumptionKind::Result, &name("result"));
    store.commit(changes(vec![consumed])).await.unwrap();
    let heads = store.audit_heads().await.unwrap();
    let head = heads.iter().find(|head| head.sequence == sequence).unwrap();
    let run = store.audit_run(&head.chain, sequence - 1, 10).await.unwrap();
    assert_eq!(run.len(), 1);
    assert_eq!(run[0].hash, head.hash);
}

/// By event, subject, session and time.
pub async fn records_are_found_newest_first(store: &Store) {
    let (session_id, subject) = (sample::session_id(), name("subject"));
    let mut records: Vec<_> = [AuditEvent::AuthInitiate, AuditEvent::Consent, AuditEvent::Consent]
        .into_iter()
        .map(|event| sample::audit(event, Some(&session_id), Some(&subject)))
        .collect();
    for (record, seconds) in records.iter_mut().zip(0..) {
        record.at = NOW.plus_seconds(seconds);
    }
    store.commit(recorded(Vec::new(), records.clone())).await.unwrap();
    records.reverse();
    let mine = AuditFilter {
        subject: Some(subject),
        ..AuditFilter::default()
    };
    let page = |number| Page { number, limit: 2 };
    let search = async |filter: &AuditFilter, number| {
        let found = store.audit_search(filter, page(number)).await.unwrap();
        let rows: Vec<_> = found.rows.into_iter().map(|row| row.record).collect();
        (rows, found.total)
    };
    assert_eq!(search(&mine, 1).await, (records[..2].to_vec(), 3));
    assert_eq!(search(&mine, 2).await, (records[2..].to_vec(), 3));
    let consent = AuditFilter {
        event: Some(AuditEvent::Consent),
        session_id: Some(session_id),
        ..AuditFilter::default()
    };
    assert_eq!(search(&consent, 1).await, (records[..2].to_vec(), 2));
    let between = AuditFilter {
        since: Some(NOW.plus_seconds(1)),
        until: Some(NOW.plus_seconds(2)),
        ..mine
    };
    assert_eq!(search(&between, 1).await, (records[1..2].to_vec(), 1));
}

/// A second one at the same place is refused: it would say two things.
pub async fn checkpoints_read_back_in_order(store: &Store) {
    let record = sample::audit(AuditEvent::Start, None, None);
    let last = store
        .commit(recorded(Vec::new(), vec![record.clone(), record]))
        .await
        .unwrap();
    let heads = store.audit_heads().await.unwrap();
    let chain = &heads.iter().find(|head| head.sequence == last).unwrap().chain;
    let checkpoint = |sequence: u64| Checkpoint {
        chain: chain.clone(),
        sequence,
        statement: format!("statement {sequence}"),
    };
    store.put_checkpoint(checkpoint(last)).await.unwrap();
    store.put_checkpoint(checkpoint(last - 1)).await.unwrap();
    assert!(store.put_checkpoint(checkpoint(last)).await.is_err());
    let found = store.checkpoints(chain).await.unwrap();
    assert_eq!(found, [checkpoint(last - 1), checkpoint(last)]);
    let mut elsewhere = checkpoint(last);
    "no such chain".clone_into(&mut elsewhere.chain);
    assert!(store.put_checkpoint(elsewhere).await.is_err());
}

/// From its first record to its head.
pub async fn every_chain_verifies(store: &Store) {
    for head in store.audit_heads().await.unwrap() {
        assert_eq!(verified(store, &head.chain).await, head);
    }
}

/// The head of a chain, computed from its records.
pub async fn verified(store: &Store, chain: &str) -> ChainHead {
    let report = verify(store, chain, &[]).await;
    assert!(report.is_intact(), "{:?}", report.faults);
    report.head
}

/// Twenty records of a chain that has none, and a checkpoint at the last one, whose "signature" is its plain content.
pub async fn twenty_signed_records(store: &Store, chain: &str) {
    for _ in 0..10 {
        let session_id = sample::session_id();
        let audit = [AuditEvent::AuthInitiate, AuditEvent::AuthApprove]
            .map(|event| sample::audit(event, Some(&session_id), Some("subject")));
        store.commit(recorded(Vec::new(), audit.to_vec())).await.unwrap();
    }
    let heads = store.audit_heads().await.unwrap();
    let head = heads.iter().find(|head| head.chain == chain).unwrap();
    let checkpoint = Checkpoint {
        chain: chain.to_owned(),
        sequence: head.sequence,
        statement: lowerhex(&head.hash),
    };
    store.put_checkpoint(checkpoint).await.unwrap();
}

/// What a verification of a chain finds, with the checkpoints of [`twenty_signed_records`].
pub async fn report(store: &Store, chain: &str) -> AuditReport {
    let checkpoints = store.checkpoints(chain).await.unwrap();
    verify(store, chain, &checkpoints).await
}

async fn verify(store: &Store, chain: &str, checkpoints: &[Checkpoint]) -> AuditReport {
    let mut verifier = AuditVerifier::new(chain, checkpoints, |checkpoint| {
        Some(ChainHead {
            chain: checkpoint.chain.clone(),
            sequence: checkpoint.sequence,
            hash: from_lowerhex(&checkpoint.statement)?.try_into().ok()?,
        })
    });
    let mut after = 0;
    loop {
        let run = store.audit_run(chain, after, 1000).await.unwrap();
        let Some(last) = run.last() else {
            break;
        };
        after = last.sequence;
        for record in &run {
            verifier.feed(record);
        }
    }
    verifier.finish()
}
