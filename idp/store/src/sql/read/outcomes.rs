//! Ended sessions.

use idp_core::approval::Status;
use idp_types::SessionId;

use super::{Conditions, Source};
use crate::StoreError;
use crate::durable::{Listing, OutcomeFilter, Page, SessionOutcome};
use crate::sql::bulk::status_name;
use crate::sql::engine::Engine;
use crate::sql::value::{Columns, RowError, identifier, optional_identifier, text, time};

const STATUSES: [Status; 4] = [
    Status::Pending,
    Status::Approved,
    Status::Rejected,
    Status::Expired,
];

pub(in crate::sql) async fn one<E: Engine>(
    engine: &E,
    session_id: &SessionId,
) -> Result<Option<SessionOutcome>, StoreError> {
    let query = "SELECT * FROM session_outcomes WHERE session_id = $1";
    super::first(engine, query, vec![session_id.as_str().into()], parse).await
}

pub(in crate::sql) async fn list<E: Engine>(
    engine: &E,
    filter: &OutcomeFilter,
    page: Page,
) -> Result<Listing<SessionOutcome>, StoreError> {
    let token_id = filter.token_id.as_ref().map(ToString::to_string);
    let service_id = filter.service_id.as_ref().map(ToString::to_string);
    let conditions = Conditions::default()
        .add("token_id = ", token_id, "")
        .add("service_id = ", service_id, "")
        .add("status = ", filter.status.map(status_name), "");
    let source = Source {
        select: "*",
        from: "session_outcomes",
        order: "resolved_at DESC, session_id DESC",
    };
    super::listing(engine, source, page, conditions, parse).await
}

fn parse<R: Columns>(row: &R) -> Result<SessionOutcome, StoreError> {
    let status = text(row, "status")?;
    let status = STATUSES
        .into_iter()
        .find(|known| status_name(*known) == status)
        .ok_or_else(|| StoreError::new(RowError::Column("status")))?;
    Ok(SessionOutcome {
        session_id: identifier(row, "session_id")?,
        token_id: optional_identifier(row, "token_id")?,
        service_id: identifier(row, "service_id")?,
        status,
        initiated_at: time(row, "initiated_at")?,
        resolved_at: time(row, "resolved_at")?,
    })
}
