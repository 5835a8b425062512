//! The audit chains.

use idp_core::audit::{Actor, AuditEvent};
use idp_types::Timestamp;

use super::{Conditions, Source};
use crate::StoreError;
use crate::audit::parse_canonical;
use crate::durable::{AuditFilter, AuditRecord, ChainHead, ChainedRecord, Checkpoint, Listing, Page};
use crate::sql::engine::Engine;
use crate::sql::value::{Columns, RowError, hash, octets, optional_identifier, text, time, unsigned};

pub(in crate::sql) async fn heads<E: Engine>(engine: &E) -> Result<Vec<ChainHead>, StoreError> {
    let query = "SELECT c.name AS chain, r.sequence, r.hash FROM audit_chains AS c JOIN audit_records AS r
         ON r.chain_id = c.id AND r.sequence = (SELECT MAX(sequence) FROM audit_records WHERE chain_id = c.id)
         ORDER BY c.name";
    let parse = |row: &E::Row| {
        Ok(ChainHead {
            chain: text(row, "chain")?,
            sequence: unsigned(row, "sequence")?,
            hash: hash(row, "hash")?,
        })
    };
    super::all(engine, query, Vec::new(), parse).await
}

pub(in crate::sql) async fn run<E: Engine>(
    engine: &E,
    chain: &str,
    after: u64,
    limit: u32,
) -> Result<Vec<ChainedRecord>, StoreError> {
    let query =
        "SELECT c.name AS chain, r.* FROM audit_chains AS c JOIN audit_records AS r ON r.chain_id = c.id
         WHERE c.name = $1 AND r.sequence > $2 ORDER BY r.sequence LIMIT $3";
    let values = vec![chain.into(), after.into(), limit.into()];
    super::all(engine, query, values, parse).await
}

pub(in crate::sql) async fn search<E: Engine>(
    engine: &E,
    filter: &AuditFilter,
    page: Page,
) -> Result<Listing<ChainedRecord>, StoreError> {
    let session_id = filter.session_id.as_ref().map(ToString::to_string);
    let conditions = Conditions::default()
        .add("r.event = ", filter.event.map(AuditEvent::as_str), "")
        .add("r.subject = ", filter.subject.clone(), "")
        .add("r.session_id = ", session_id, "")
        .add("r.at >= ", filter.since, "")
        .add("r.at < ", filter.until, "");
    let source = Source {
        select: "c.name AS chain, r.*",
        from: "audit_records AS r JOIN audit_chains AS c ON c.id = r.chain_id",
        order: "r.at DESC, r.chain_id DESC, r.sequence DESC",
    };
    super::listing(engine, source, page, conditions, parse).await
}

pub(in crate::sql) async fn checkpoints<E: Engine>(
    engine: &E,
    chain: &str,
) -> Result<Vec<Checkpoint>, StoreError> {
    let query = "SELECT c.name AS chain, p.sequence, p.statement
         FROM audit_chains AS c JOIN audit_checkpoints AS p ON p.chain_id = c.id
         WHERE c.name = $1 ORDER BY p.sequence";
    let parse = |row: &E::Row| {
        Ok(Checkpoint {
            chain: text(row, "chain")?,
            sequence: unsigned(row, "sequence")?,
            statement: text(row, "statement")?,
        })
    };
    super::all(engine, query, vec![chain.into()], parse).await
}

/// The record of a row. A row that cannot be read is no failure of the store but a finding of the verification: it comes with a
/// record that does not agree with its canonical octets.
fn parse<R: Columns>(row: &R) -> Result<ChainedRecord, StoreError> {
    let canonical = octets(row, "canonical")?;
    Ok(ChainedRecord {
        chain: text(row, "chain")?,
        sequence: unsigned(row, "sequence")?,
        hash: hash(row, "hash")?,
        record: parse_record(row, &canonical).unwrap_or_else(|_| unreadable()),
        canonical,
    })
}

/// What has a column comes from there: where a column was edited, the record no longer agrees with its canonical octets.
fn parse_record<R: Columns>(row: &R, canonical: &[u8]) -> Result<AuditRecord, StoreError> {
    let mut record = parse_canonical(canonical).map_err(|error| StoreError::new(RowError::from(error)))?;
    let event = parse_event(&text(row, "event")?);
    record.event = event.ok_or_else(|| StoreError::new(RowError::Column("event")))?;
    record.at = time(row, "at")?;
    record.subject = row.optional_text("subject")?;
    record.session_id = optional_identifier(row, "session_id")?;
    Ok(record)
}

fn unreadable() -> AuditRecord {
    AuditRecord {
        at: Timestamp::default(),
        event: AuditEvent::Start,
        actor: Actor::System,
        session_id: None,
        service_id: None,
        subject: None,
        sealed: None,
        details: serde_json::Value::String("the row is not readable".to_owned()),
    }
}

fn parse_event(name: &str) -> Option<AuditEvent> {
    AuditEvent::ALL
        .iter()
        .copied()
        .find(|event| event.as_str() == name)
}
