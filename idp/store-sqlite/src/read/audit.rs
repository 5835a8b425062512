//! The audit chains.

use idp_core::audit::AuditEvent;
use idp_store::StoreError;
use idp_store::durable::{AuditFilter, ChainHead, ChainedRecord, Checkpoint, Listing, Page};
use idp_types::Timestamp;
use sqlx::SqlitePool;

use crate::row::{audit, column, failed, integer, unsigned};

pub(crate) async fn heads(readers: &SqlitePool) -> Result<Vec<ChainHead>, StoreError> {
    let query = sqlx::query(
        "SELECT c.name AS chain, r.sequence, r.hash FROM audit_chains AS c JOIN audit_records AS r
         ON r.chain_id = c.id AND r.sequence = (SELECT MAX(sequence) FROM audit_records WHERE chain_id = c.id)
         ORDER BY c.name",
    );
    let rows = query.fetch_all(readers).await.map_err(failed)?;
    rows.iter()
        .map(|row| {
            Ok(ChainHead {
                chain: column(row, "chain")?,
                sequence: unsigned(row, "sequence")?,
                hash: audit::parse_hash(row)?,
            })
        })
        .collect()
}

pub(crate) async fn run(
    readers: &SqlitePool,
    chain: &str,
    after: u64,
    limit: u32,
) -> Result<Vec<ChainedRecord>, StoreError> {
    let query = sqlx::query(
        "SELECT c.name AS chain, r.* FROM audit_chains AS c JOIN audit_records AS r ON r.chain_id = c.id
         WHERE c.name = ? AND r.sequence > ? ORDER BY r.sequence LIMIT ?",
    )
    .bind(chain.to_owned())
    .bind(integer(after)?)
    .bind(limit);
    let rows = query.fetch_all(readers).await.map_err(failed)?;
    rows.iter().map(audit::parse).collect()
}

pub(crate) async fn search(
    readers: &SqlitePool,
    filter: &AuditFilter,
    page: Page,
) -> Result<Listing<ChainedRecord>, StoreError> {
    let conditions = |query: &mut super::Conditions| {
        query
            .add("r.event = ", filter.event.map(AuditEvent::as_str))
            .add("r.subject = ", filter.subject.clone())
            .add(
                "r.session_id = ",
                filter.session_id.as_ref().map(ToString::to_string),
            )
            .add("r.at >= ", filter.since.map(Timestamp::unix_millis))
            .add("r.at < ", filter.until.map(Timestamp::unix_millis));
    };
    let statements = (
        "SELECT c.name AS chain, r.* FROM audit_records AS r JOIN audit_chains AS c ON c.id = r.chain_id",
        "SELECT COUNT(*) FROM audit_records AS r",
        " ORDER BY r.at DESC, r.chain_id DESC, r.sequence DESC",
    );
    super::listing(readers, statements, page, conditions, audit::parse).await
}

pub(crate) async fn checkpoints(readers: &SqlitePool, chain: &str) -> Result<Vec<Checkpoint>, StoreError> {
    let query = sqlx::query(
        "SELECT c.name AS chain, p.sequence, p.statement
         FROM audit_chains AS c JOIN audit_checkpoints AS p ON p.chain_id = c.id
         WHERE c.name = ? ORDER BY p.sequence",
    )
    .bind(chain.to_owned());
    let rows = query.fetch_all(readers).await.map_err(failed)?;
    rows.iter()
        .map(|row| {
            Ok(Checkpoint {
                chain: column(row, "chain")?,
                sequence: unsigned(row, "sequence")?,
                statement: column(row, "statement")?,
            })
        })
        .collect()
}
