//! `DELETE /admin/enrollments/{tokenId}/audit-key` (profile 12): who asks to be forgotten is.

use axum::extract::State;
use http::StatusCode;
use idp_core::audit::AuditEvent;
use idp_store::Change;
use idp_types::TokenId;

use super::extract::Segment;
use super::operator::Operator;
use super::permission::Permission;
use super::record::commit;
use crate::http::AppState;
use crate::oidc::links::removals_of;
use crate::problem::Problem;

/// Destroys a holder's audit key: no record tells any more whom it was about, and every chain still verifies. The holder's account links
/// are deleted. A holder that is still enrolled gets a fresh key for what comes. Doing it twice is no error.
#[utoipa::path(
    delete, path = "/admin/enrollments/{tokenId}/audit-key", tag = "admin", security(("operator" = [])),
    params(("tokenId" = String, Path, description = "the holder")),
    responses((status = 204, description = "erased"), (status = 401, description = "invalid_token"),
        (status = 403, description = "insufficient_scope"), (status = 429, description = "rate_limited"))
)]
pub(super) async fn erase_audit_key(
    State(app): AppState,
    operator: Operator,
    Segment(token_id): Segment<TokenId>,
) -> Result<StatusCode, Problem> {
    operator.require(&app, Permission::Configure).await?;
    let reference = app.audit.reference(&token_id);
    let mut changes = vec![Change::EraseSubjectKey {
        reference: reference.clone(),
    }];
    changes.extend(removals_of(&app, &token_id).await?);
    if app
        .durable
        .holder(&token_id)
        .await?
        .is_some_and(|holder| holder.value.revoked.is_none())
    {
        changes.push(app.audit.new_key(reference.clone())?);
    }
    // The fact names the key, not the holder: it would be sealed under the key that it destroys.
    let fact = operator
        .fact(AuditEvent::AdminErase)
        .with("reference", reference.clone());
    commit(&app, changes, fact).await?;
    app.audit.forget(&reference);
    Ok(StatusCode::NO_CONTENT)
}
