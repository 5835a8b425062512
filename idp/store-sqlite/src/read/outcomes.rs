//! Ended sessions.

use idp_store::StoreError;
use idp_store::durable::{Listing, OutcomeFilter, Page, SessionOutcome};
use idp_types::SessionId;
use sqlx::SqlitePool;

use crate::row::{failed, outcome};

pub(crate) async fn one(
    readers: &SqlitePool,
    session_id: &SessionId,
) -> Result<Option<SessionOutcome>, StoreError> {
    let query = sqlx::query("SELECT * FROM session_outcomes WHERE session_id = ?").bind(session_id.as_str());
    let row = query.fetch_optional(readers).await.map_err(failed)?;
    row.as_ref().map(outcome::parse).transpose()
}

pub(crate) async fn list(
    readers: &SqlitePool,
    filter: &OutcomeFilter,
    page: Page,
) -> Result<Listing<SessionOutcome>, StoreError> {
    let conditions = |query: &mut super::Conditions| {
        query
            .add("token_id = ", filter.token_id.as_ref().map(ToString::to_string))
            .add(
                "service_id = ",
                filter.service_id.as_ref().map(ToString::to_string),
            )
            .add("status = ", filter.status.map(outcome::status_name));
    };
    let statements = (
        "SELECT * FROM session_outcomes",
        "SELECT COUNT(*) FROM session_outcomes",
        " ORDER BY resolved_at DESC, session_id DESC",
    );
    super::listing(readers, statements, page, conditions, outcome::parse).await
}
