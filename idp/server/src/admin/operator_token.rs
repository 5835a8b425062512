//! `POST /admin/operator-tokens`: a token that may do less, made from one that may do more.
//!
//! The first token of an operator is made at the server's terminal (`idp operator token`). Over the network nobody gets one in another
//! name: whoever could make it would be the second operator that a supersession asks for (profile 11).

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use idp_core::audit::AuditEvent;
use idp_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::operator::Operator;
use super::permission::{OperatorScope, Permission, Role};
use super::record::record;
use super::token::{OPERATOR_TOKEN_SECONDS, OperatorGrant, issue_operator_token};
use crate::http::{AppState, JsonBody};
use crate::problem::{Code, Problem};

/// What the token is for. It is in the name of whoever asks.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OperatorTokenInput {
    /// `idtoken:admin` or `idtoken:audit`, each one that the asking token has; all of these unless given.
    #[schema(min_items = 1, max_items = 2)]
    scopes: Option<Vec<String>>,
    /// Not above the asking token's; the same unless given.
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    /// Seconds that it is valid, 1 to 86,400; cut to the end of the asking token.
    #[schema(minimum = 1, maximum = 86_400)]
    ttl_seconds: Option<i64>,
}

/// An operator token.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct OperatorTokenIssued {
    /// The bearer token for `/admin`.
    token: String,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

const fn rank(role: Role) -> u8 {
    match role {
        Role::Auditor => 0,
        Role::Operator => 1,
        Role::SuperAdmin => 2,
    }
}

fn wrong(member: &'static str) -> Problem {
    Problem::new(Code::InvalidRequest)
        .detail("a member has a value that it cannot have")
        .with("member", member)
}

impl OperatorTokenInput {
    /// The grant, which is never more than the asking operator's.
    fn grant(&self, operator: &Operator) -> Result<OperatorGrant, Problem> {
        let scopes = match &self.scopes {
            None => operator.scopes().clone(),
            Some(words) if words.is_empty() || words.len() > 2 => return Err(wrong("scopes")),
            Some(words) => words
                .iter()
                .map(|word| word.parse::<OperatorScope>().map_err(|_| wrong("scopes")))
                .collect::<Result<_, _>>()?,
        };
        let role = self.role.unwrap_or_else(|| operator.role());
        if !scopes.is_subset(operator.scopes()) || rank(role) > rank(operator.role()) {
            return Err(Problem::new(Code::InsufficientScope).detail("a token makes none that may do more"));
        }
        Ok(OperatorGrant {
            name: operator.name().clone(),
            scopes,
            role,
        })
    }

    fn seconds(&self, operator: &Operator, now: Timestamp) -> Result<i64, Problem> {
        let left = operator.ends().unix_seconds() - now.unix_seconds();
        match self.ttl_seconds.unwrap_or(left) {
            asked @ 1..=OPERATOR_TOKEN_SECONDS => Ok(asked.min(left)),
            _ => Err(wrong("ttl_seconds")),
        }
    }
}

/// Makes a token in the operator's own name that may do the same or less and ends no later than the one that asks: for a tool that needs
/// less than its operator may. It is recorded.
#[utoipa::path(
    post, path = "/admin/operator-tokens", tag = "admin", request_body = OperatorTokenInput, security(("operator" = [])),
    responses((status = 201, body = OperatorTokenIssued), (status = 400, description = "invalid_request, with the member"))
)]
pub(super) async fn create_operator_token(
    State(app): AppState,
    operator: Operator,
    JsonBody(input): JsonBody<OperatorTokenInput>,
) -> Result<(StatusCode, Json<OperatorTokenIssued>), Problem> {
    operator.require(&app, Permission::Read).await?;
    let grant = input.grant(&operator)?;
    let seconds = input.seconds(&operator, app.now())?;
    let (token, expires_at) = issue_operator_token(&app, &grant, seconds).await?;
    let scopes: Vec<&str> = grant.scopes.iter().map(|scope| scope.as_str()).collect();
    let fact = operator
        .fact(AuditEvent::AdminToken)
        .with("scope", scopes.join(" "));
    record(&app, fact.with("expires_at", expires_at.to_rfc3339())).await?;
    Ok((
        StatusCode::CREATED,
        Json(OperatorTokenIssued { token, expires_at }),
    ))
}

pub(super) fn fuzz(data: &[u8]) {
    drop(serde_json::from_slice::<OperatorTokenInput>(data));
}
