//! What every login writes, table by table.

use idp_core::approval::Status;
use idp_types::TokenId;
use oidc::GrantId;

use super::table::{
    AUDIT_RECORDS, BROWSER_SESSIONS, CONSUMPTIONS, GRANTS, SESSION_OUTCOMES, TOKEN_STATUSES, Table,
};
use super::value::Value;
use crate::StoreError;
use crate::batch::{AuditRow, Rows, TokenRow, VersionedRow};
use crate::document::timed;

/// Whether rows are added or have an earlier version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// No such row is there.
    Add,
    /// An earlier version is there.
    Change,
}

/// Rows of one table, in the order of their keys.
pub struct Filled<'a> {
    /// Of which table.
    pub table: &'static Table,
    /// How they are written.
    pub write: Write,
    /// Row by row, in the order of the table's columns.
    pub values: Vec<Value<'a>>,
}

impl Filled<'_> {
    /// How many.
    pub const fn rows(&self) -> usize {
        self.values.len() / self.table.columns.len()
    }
}

/// The status in the database; the table refuses `pending`.
pub(super) const fn status_name(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Approved => "approved",
        Status::Rejected => "rejected",
        Status::Expired => "expired",
        Status::Interrupted => "interrupted",
    }
}

/// The rows that a batch adds and changes; only tables that have some. The tables come in one order, and so do the rows of each, so that
/// two writers wait for each other in that order only.
///
/// # Errors
/// [`StoreError`] when a record has no document.
pub fn filled<'a>(rows: &'a Rows<'a>, chain_id: i64) -> Result<Vec<Filled<'a>>, StoreError> {
    let mut tables = vec![consumptions(rows), outcomes(rows), tokens(rows)];
    for write in [Write::Add, Write::Change] {
        tables.push(grants(rows, write)?);
        tables.push(sessions(rows, write)?);
    }
    let records = rows.audit.iter().flat_map(|row| audit(row, chain_id));
    tables.push(added(&AUDIT_RECORDS, records.collect()));
    tables.retain(|filled| !filled.values.is_empty());
    Ok(tables)
}

fn added<'a>(table: &'static Table, values: Vec<Value<'a>>) -> Filled<'a> {
    let write = Write::Add;
    Filled { table, write, values }
}

fn consumptions<'a>(rows: &Rows<'a>) -> Filled<'a> {
    let mut sorted = rows.consumptions.clone();
    sorted.sort_unstable_by_key(|row| (row.kind.as_str(), row.id.as_str()));
    let values = sorted.into_iter().flat_map(|row| {
        [
            row.kind.as_str().into(),
            row.id.as_str().into(),
            row.expires_at.into(),
        ]
    });
    added(&CONSUMPTIONS, values.collect())
}

fn outcomes<'a>(rows: &Rows<'a>) -> Filled<'a> {
    let mut sorted = rows.outcomes.clone();
    sorted.sort_unstable_by_key(|row| row.session_id.as_str());
    let values = sorted.into_iter().flat_map(|row| {
        [
            row.session_id.as_str().into(),
            row.token_id.as_ref().map(TokenId::as_str).into(),
            row.service_id.as_str().into(),
            status_name(row.status).into(),
            row.initiated_at.into(),
            row.resolved_at.into(),
        ]
    });
    added(&SESSION_OUTCOMES, values.collect())
}

fn tokens<'a>(rows: &Rows<'a>) -> Filled<'a> {
    let mut sorted: Vec<&TokenRow<'a>> = rows.tokens.iter().collect();
    sorted.sort_unstable_by_key(|row| (row.status.list, row.status.index));
    let values = sorted.into_iter().flat_map(|row| {
        let status = row.status;
        let holder = status.holder.as_ref();
        [
            status.list.into(),
            status.index.into(),
            holder.map(|(token_id, _)| token_id.as_str()).into(),
            holder.map(|(_, device_id)| device_id.as_str()).into(),
            status.grant_id.as_ref().map(GrantId::as_str).into(),
            status.sid.as_deref().into(),
            row.after_revocation.into(),
            status.expires_at.into(),
            row.revoked.into(),
        ]
    });
    added(&TOKEN_STATUSES, values.collect())
}

const fn is_written<T>(row: &VersionedRow<'_, T>, write: Write) -> bool {
    row.is_new == matches!(write, Write::Add)
}

fn grants<'a>(rows: &Rows<'a>, write: Write) -> Result<Filled<'a>, StoreError> {
    let mut values = Vec::new();
    for (row, revoked_at) in rows.grants.values() {
        if !is_written(row, write) {
            continue;
        }
        let grant = row.record;
        values.extend([
            grant.grant_id.as_str().into(),
            row.version.into(),
            grant.client_id.as_str().into(),
            grant.authentication.token_id.as_str().into(),
            grant.authentication.device_id.as_str().into(),
            grant.expires_at.into(),
            (*revoked_at).into(),
            timed::document(grant).map_err(StoreError::new)?.into(),
        ]);
    }
    let table = &GRANTS;
    Ok(Filled { table, write, values })
}

fn sessions<'a>(rows: &Rows<'a>, write: Write) -> Result<Filled<'a>, StoreError> {
    let mut values = Vec::new();
    for row in rows.sessions.values() {
        if !is_written(row, write) {
            continue;
        }
        let session = row.record;
        values.extend([
            session.id.as_str().into(),
            row.version.into(),
            session.authentication.token_id.as_str().into(),
            session.expires_at.into(),
            session.ended.map(|(at, _)| at).into(),
            timed::document(session).map_err(StoreError::new)?.into(),
        ]);
    }
    let table = &BROWSER_SESSIONS;
    Ok(Filled { table, write, values })
}

fn audit<'a>(row: &'a AuditRow<'a>, chain_id: i64) -> [Value<'a>; 8] {
    let record = row.record;
    [
        chain_id.into(),
        row.sequence.into(),
        record.at.into(),
        record.event.as_str().into(),
        record.subject.as_deref().into(),
        record.session_id.as_ref().map(AsRef::<str>::as_ref).into(),
        row.hash.as_slice().into(),
        row.canonical.as_slice().into(),
    ]
}
