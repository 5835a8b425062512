//! Rows of ended sessions.

use idp_core::approval::Status;
use idp_store::StoreError;
use idp_store::durable::SessionOutcome;
use sqlx::sqlite::SqliteRow;

use super::{RowError, column, failed, identifier, optional_identifier, time};

const STATUSES: [Status; 4] = [
    Status::Pending,
    Status::Approved,
    Status::Rejected,
    Status::Expired,
];

/// The status in the database; the table refuses `pending`.
pub(crate) const fn status_name(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Approved => "approved",
        Status::Rejected => "rejected",
        Status::Expired => "expired",
    }
}

/// The outcome of a row.
pub(crate) fn parse(row: &SqliteRow) -> Result<SessionOutcome, StoreError> {
    let status: &str = column(row, "status")?;
    let status = STATUSES
        .into_iter()
        .find(|known| status_name(*known) == status)
        .ok_or_else(|| failed(RowError::Column("status")))?;
    Ok(SessionOutcome {
        session_id: identifier(row, "session_id")?,
        token_id: optional_identifier(row, "token_id")?,
        service_id: identifier(row, "service_id")?,
        status,
        initiated_at: time(row, "initiated_at")?,
        resolved_at: time(row, "resolved_at")?,
    })
}
