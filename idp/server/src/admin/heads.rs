//! `GET /admin/audit/heads` (profile 12): where the chains stand, for whoever keeps that in a second place.

use axum::Json;
use axum::extract::State;
use idp_types::encoding::lowerhex;
use serde::Serialize;

use super::operator::Operator;
use super::permission::Permission;
use crate::http::AppState;
use crate::problem::Problem;

/// The end of one chain.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Head {
    chain: String,
    /// The last sequence.
    sequence: u64,
    /// The last hash; SHA-256, hexadecimal.
    hash: String,
    /// The newest signed checkpoint, a compact JWS.
    checkpoint: Option<String>,
}

/// The ends of all chains.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Heads {
    heads: Vec<Head>,
}

/// Shows where every audit chain ends, with its newest signed checkpoint.
#[utoipa::path(
    get, path = "/admin/audit/heads", tag = "admin", security(("operator" = [])),
    responses((status = 200, body = Heads), (status = 401, description = "invalid_token"),
        (status = 403, description = "insufficient_scope"), (status = 429, description = "rate_limited"))
)]
pub(super) async fn audit_heads(State(app): AppState, operator: Operator) -> Result<Json<Heads>, Problem> {
    operator.require(&app, Permission::Read).await?;
    let mut heads = Vec::new();
    for head in app.durable.audit_heads().await? {
        let checkpoint = app.durable.checkpoints(&head.chain).await?.pop();
        heads.push(Head {
            chain: head.chain,
            sequence: head.sequence,
            hash: lowerhex(&head.hash),
            checkpoint: checkpoint.map(|checkpoint| checkpoint.statement),
        });
    }
    Ok(Json(Heads { heads }))
}
