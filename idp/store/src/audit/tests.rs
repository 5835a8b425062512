use idp_core::audit::AuditEvent;
use proptest::prelude::*;

use super::*;
use crate::contract::sample;
use crate::durable::Checkpoint;

fn chain(length: usize) -> Vec<ChainedRecord> {
    let mut head = ChainHead::empty("one");
    (0..length)
        .map(|number| {
            let mut record = sample::audit(AuditEvent::AuthInitiate, None, None);
            record.details = serde_json::json!({ "number": number.to_string() });
            head.append(record).unwrap()
        })
        .collect()
}

/// A checkpoint whose "signature" is its plain content.
fn checkpoint(record: &ChainedRecord) -> Checkpoint {
    Checkpoint {
        chain: record.chain.clone(),
        sequence: record.sequence,
        statement: idp_types::encoding::lowerhex(&record.hash),
    }
}

fn open(checkpoint: &Checkpoint) -> Option<ChainHead> {
    let hash = idp_types::encoding::from_lowerhex(&checkpoint.statement)?
        .try_into()
        .ok()?;
    Some(ChainHead {
        chain: checkpoint.chain.clone(),
        sequence: checkpoint.sequence,
        hash,
    })
}

fn verify(records: &[ChainedRecord], checkpoints: &[Checkpoint]) -> AuditReport {
    let mut verifier = AuditVerifier::new("one", checkpoints, open);
    for record in records {
        verifier.feed(record);
    }
    verifier.finish()
}

#[test]
fn an_untouched_chain_is_intact() {
    let records = chain(20);
    let report = verify(&records, &[checkpoint(&records[9]), checkpoint(&records[19])]);
    assert!(report.is_intact(), "{report:?}");
    assert_eq!((report.records, report.checkpoints), (20, 2));
    assert_eq!(report.head.hash, records[19].hash);
}

#[test]
fn the_hash_is_the_one_that_the_profile_defines() {
    let mut head = ChainHead::empty("one");
    head.advance(b"{}");
    let mut preimage = vec![0; 32];
    preimage.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 1]);
    preimage.extend_from_slice(b"{}");
    assert_eq!(head.hash, <[u8; 32]>::from(Sha256::digest(&preimage)));
}

#[test]
fn an_edit_is_found_where_it_is() {
    let mut records = chain(10);
    records[4].record.details = serde_json::json!({"number": "other"});
    assert_eq!(verify(&records, &[]).faults, [AuditFault::Edited(5)]);
    records[4].canonical = canonical(&records[4].record).unwrap();
    assert_eq!(verify(&records, &[]).faults, [AuditFault::Edited(5)]);
    records[4].hash = link(&records[3].hash, 5, &records[4].canonical);
    assert_eq!(verify(&records, &[]).faults, [AuditFault::Edited(6)]);
}

#[test]
fn removal_and_reordering_are_found() {
    let mut records = chain(10);
    records.drain(3..5);
    let removed = AuditFault::Removed { first: 4, last: 5 };
    assert_eq!(verify(&records, &[]).faults, [removed]);
    let mut records = chain(10);
    records.swap(3, 4);
    assert!(verify(&records, &[]).faults.contains(&AuditFault::OutOfOrder(4)));
}

#[test]
fn a_chain_computed_anew_differs_from_its_checkpoint() {
    let genuine = chain(10);
    let mut head = ChainHead::empty("one");
    let forged: Vec<_> = genuine
        .iter()
        .filter(|record| record.sequence != 4)
        .map(|record| head.append(record.record.clone()).unwrap())
        .collect();
    assert!(
        verify(&forged, &[]).is_intact(),
        "without checkpoints nobody can know"
    );
    let report = verify(&forged, &[checkpoint(&genuine[7])]);
    assert_eq!(report.faults, [AuditFault::Rewritten(8)]);
}

#[test]
fn truncation_is_found_by_a_checkpoint() {
    let records = chain(10);
    let report = verify(&records[..6], &[checkpoint(&records[5]), checkpoint(&records[8])]);
    assert_eq!(report.faults, [AuditFault::Truncated { end: 6, signed: 9 }]);
    let emptied = verify(&[], &[checkpoint(&records[0])]);
    assert_eq!(emptied.faults, [AuditFault::Truncated { end: 0, signed: 1 }]);
}

#[test]
fn a_forged_checkpoint_counts_as_a_fault() {
    let records = chain(3);
    let mut forged = checkpoint(&records[1]);
    forged.statement = "not signed".to_owned();
    assert_eq!(
        verify(&records, &[forged]).faults,
        [AuditFault::CheckpointInvalid(2)]
    );
    let mut moved = checkpoint(&records[1]);
    moved.chain = "two".to_owned();
    assert_eq!(
        verify(&records, &[moved]).faults,
        [AuditFault::CheckpointInvalid(2)]
    );
}

#[test]
fn a_chain_resumes_after_a_dropped_segment() {
    let records = chain(10);
    let head = ChainHead {
        chain: "one".to_owned(),
        sequence: 5,
        hash: records[4].hash,
    };
    let checkpoints = [checkpoint(&records[2]), checkpoint(&records[9])];
    let mut verifier = AuditVerifier::resuming(head, &checkpoints, open);
    for record in &records[5..] {
        verifier.feed(record);
    }
    let report = verifier.finish();
    assert!(report.is_intact(), "{report:?}");
}

#[test]
fn listed_faults_are_bounded() {
    let mut records = chain(FAULT_LIMIT + 10);
    for record in &mut records {
        record.canonical.clear();
    }
    let report = verify(&records, &[]);
    assert_eq!(report.faults.len(), FAULT_LIMIT);
    assert_eq!(report.fault_count, FAULT_LIMIT as u64 + 10);
}

proptest! {
    #[test]
    fn no_octets_make_the_parser_panic(octets in proptest::collection::vec(any::<u8>(), 0..512)) {
        crate::fuzzing::canonical_record(&octets);
    }

    #[test]
    fn any_single_tampering_is_found(place in 0_usize..20, kind in 0_u8..3) {
        let mut records = chain(20);
        let checkpoints = [checkpoint(&records[19])];
        match kind {
            0 => records[place].record.subject = Some("somebody else".to_owned()),
            1 => drop(records.remove(place)),
            _ => records[place].hash[0] ^= 1,
        }
        prop_assert!(!verify(&records, &checkpoints).is_intact());
    }
}
