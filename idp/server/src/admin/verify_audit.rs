//! `POST /admin/audit/verify` (profile 12): every chain is read to its end.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use idp_core::audit::AuditEvent;
use idp_core::keys::KeyPurpose;
use serde::Serialize;
use tokio::sync::Semaphore;

use super::operator::Operator;
use super::permission::Permission;
use super::record::record;
use crate::audit::{ChainView, verify_chain};
use crate::http::AppState;
use crate::problem::{Code, Problem};

/// One verification at a time: each reads the whole log.
pub(super) type Turn = Extension<Arc<Semaphore>>;

/// The turn of this server.
pub(super) fn turn() -> Turn {
    Extension(Arc::new(Semaphore::new(1)))
}

/// What the verification found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Verification {
    /// Whether every chain is what was written. That none was cut off at its end together with its checkpoints is proven by shipped
    /// checkpoints alone: `idp audit verify --checkpoints`.
    intact: bool,
    chains: Vec<ChainView>,
}

/// Verifies every audit chain with the checkpoints of the database. It reads the whole log, so there is one at a time. It is recorded.
#[utoipa::path(
    post, path = "/admin/audit/verify", tag = "admin", security(("operator" = [])),
    responses((status = 200, body = Verification), (status = 409, description = "conflict: one is under way"))
)]
pub(super) async fn verify_audit(
    State(app): AppState,
    Extension(turn): Turn,
    operator: Operator,
) -> Result<Json<Verification>, Problem> {
    operator.require(&app, Permission::Read).await?;
    let _mine = turn
        .try_acquire()
        .map_err(|_| Problem::new(Code::Conflict).detail("a verification is under way"))?;
    let fact = operator
        .fact(AuditEvent::AdminRead)
        .with("what", "audit_verification");
    record(&app, fact).await?;
    let keys = app.keys.public_keys(KeyPurpose::Audit);
    let mut chains = Vec::new();
    for head in app.durable.audit_heads().await? {
        let checkpoints = app.durable.checkpoints(&head.chain).await?;
        let report = verify_chain(&app, &head.chain, &checkpoints, &keys).await?;
        chains.push((report.is_intact(), ChainView::of(&report)));
    }
    Ok(Json(Verification {
        intact: chains.iter().all(|(intact, _)| *intact),
        chains: chains.into_iter().map(|(_, view)| view).collect(),
    }))
}
