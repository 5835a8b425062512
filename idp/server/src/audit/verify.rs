//! Verifying a chain with its checkpoints: what the command line and the admin interface share (profile 12).

use idp_jose::jws::{self, Expectation};
use idp_jose::jwt::Claims;
use idp_jose::{Algorithm, Jwk};
use idp_store::StoreError;
use idp_store::audit::{AuditFault, AuditReport, AuditVerifier};
use idp_store::durable::{ChainHead, Checkpoint};
use idp_types::encoding::{from_lowerhex, lowerhex};
use serde::Serialize;

use super::CHECKPOINT_TYPE;
use crate::app::App;
use crate::crypto::AwsVerifier;

/// Records that are read at once.
const BATCH: u32 = 1_000;

/// The largest checkpoint.
pub(crate) const STATEMENT_LIMIT: usize = 4_096;

/// What a checkpoint of ours says.
pub(crate) fn open_statement(statement: &str, keys: &[Jwk], issuer: &str) -> Option<ChainHead> {
    let claims = signed_claims(statement, keys)?;
    claims.require_issuer(issuer).ok()?;
    Some(ChainHead {
        chain: claims.required_text("chain").ok()?.to_owned(),
        sequence: claims.as_map().get("sequence")?.as_u64()?,
        hash: from_lowerhex(claims.required_text("hash").ok()?)?
            .try_into()
            .ok()?,
    })
}

/// The claims of a statement that one of these keys signed.
pub(crate) fn signed_claims(statement: &str, keys: &[Jwk]) -> Option<Claims> {
    let parsed = jws::parse(statement, STATEMENT_LIMIT).ok()?;
    let kid = parsed.header().kid.clone();
    let key = keys.iter().find(|jwk| jwk.kid == kid)?;
    let expectation = Expectation {
        algorithms: &[Algorithm::Es256],
        typ: CHECKPOINT_TYPE,
    };
    let verified = parsed.verify(&AwsVerifier, &key.key, &expectation).ok()?;
    Claims::from_verified(&verified).ok()
}

/// The record at which a fault shows.
const fn record_of(fault: &AuditFault) -> Option<u64> {
    match fault {
        AuditFault::Edited(record)
        | AuditFault::OutOfOrder(record)
        | AuditFault::CheckpointInvalid(record)
        | AuditFault::Rewritten(record) => Some(*record),
        AuditFault::Removed { first, .. } => Some(*first),
        AuditFault::Truncated { end, .. } => Some(*end + 1),
        _ => None,
    }
}

/// The first bad record of a chain, with what is wrong.
pub(crate) fn first_fault(report: &AuditReport) -> Option<&AuditFault> {
    report
        .faults
        .iter()
        .min_by_key(|fault| record_of(fault).unwrap_or(u64::MAX))
}

/// What the verification of one chain found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChainView {
    chain: String,
    /// Whether every record is what was written.
    intact: bool,
    /// How many records were checked.
    records: u64,
    /// How many checkpoints were valid and met.
    checkpoints: u64,
    /// The last sequence.
    sequence: u64,
    /// The last hash; SHA-256, hexadecimal.
    hash: String,
    /// The sequence at which the first fault shows.
    first_bad_record: Option<u64>,
    /// What is wrong, in words, the first of it.
    faults: Vec<String>,
    /// How many faults there are in all.
    fault_count: u64,
}

impl ChainView {
    pub(crate) fn of(report: &AuditReport) -> Self {
        Self {
            chain: report.head.chain.clone(),
            intact: report.is_intact(),
            records: report.records,
            checkpoints: report.checkpoints,
            sequence: report.head.sequence,
            hash: lowerhex(&report.head.hash),
            first_bad_record: first_fault(report).and_then(record_of),
            faults: report.faults.iter().map(ToString::to_string).collect(),
            fault_count: report.fault_count,
        }
    }
}

/// Reads a whole chain and checks it against these checkpoints.
///
/// # Errors
/// The store's.
pub(crate) async fn verify_chain(
    app: &App,
    chain: &str,
    checkpoints: &[Checkpoint],
    keys: &[Jwk],
) -> Result<AuditReport, StoreError> {
    let issuer = &app.config.issuer;
    let opened = |checkpoint: &Checkpoint| open_statement(&checkpoint.statement, keys, issuer);
    let mut verifier = AuditVerifier::new(chain, checkpoints, opened);
    let mut position = 0;
    loop {
        let run = app.durable.audit_run(chain, position, BATCH).await?;
        let Some(last) = run.last() else {
            return Ok(verifier.finish());
        };
        position = last.sequence;
        for record in &run {
            verifier.feed(record);
        }
    }
}
