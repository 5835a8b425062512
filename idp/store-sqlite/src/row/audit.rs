//! Rows of the audit chain.

use idp_core::audit::{Actor, AuditEvent};
use idp_store::StoreError;
use idp_store::audit::parse_canonical;
use idp_store::durable::{AuditRecord, ChainedRecord};
use idp_types::Timestamp;
use sqlx::sqlite::SqliteRow;

use super::{RowError, column, failed, optional_identifier, time, unsigned};

/// The record of a row. A row that cannot be read is no failure of the store but a finding of the verification: it comes with a
/// record that does not agree with its canonical octets.
pub(crate) fn parse(row: &SqliteRow) -> Result<ChainedRecord, StoreError> {
    let canonical: Vec<u8> = column(row, "canonical")?;
    Ok(ChainedRecord {
        chain: column(row, "chain")?,
        sequence: unsigned(row, "sequence")?,
        hash: parse_hash(row)?,
        record: parse_record(row, &canonical).unwrap_or_else(|_| unreadable()),
        canonical,
    })
}

/// What has a column comes from there: where a column was edited, the record no longer agrees with its canonical octets.
fn parse_record(row: &SqliteRow, canonical: &[u8]) -> Result<AuditRecord, StoreError> {
    let mut record = parse_canonical(canonical).map_err(|error| failed(RowError::from(error)))?;
    let event: &str = column(row, "event")?;
    record.event = parse_event(event).ok_or_else(|| failed(RowError::Column("event")))?;
    record.at = time(row, "at")?;
    record.subject = column(row, "subject")?;
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

/// A chain's hash.
pub(crate) fn parse_hash(row: &SqliteRow) -> Result<[u8; 32], StoreError> {
    let hash: &[u8] = column(row, "hash")?;
    hash.try_into().map_err(|_| failed(RowError::Column("hash")))
}

fn parse_event(name: &str) -> Option<AuditEvent> {
    AuditEvent::ALL
        .iter()
        .copied()
        .find(|event| event.as_str() == name)
}
