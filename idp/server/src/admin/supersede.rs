//! `POST|DELETE /admin/enrollments/{tokenId}/supersede` (profile 11): a new seal takes over, by two operators or by both seals.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use idp_store::durable::Supersession;
use idp_types::{OperatorName, Timestamp, TokenId};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::extract::Segment;
use super::operator::Operator;
use super::permission::Permission;
use crate::app::App;
use crate::enrolment::{
    SealPair, Succession, cancel_supersession, confirm_supersession, request_supersession, supersede_by_seals,
};
use crate::http::{AppState, JsonBody};
use crate::problem::{Code, Problem};

/// Which tokenId takes over.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SupersedeRequest {
    /// The new tokenId, enrolled already.
    #[schema(value_type = String)]
    by: TokenId,
    /// The old seal as text, with `new_seal` in place of a second operator. Neither is kept.
    #[serde(alias = "oldSeal")]
    #[schema(value_type = Option<String>)]
    old_seal: Option<Zeroizing<String>>,
    /// The new seal as text.
    #[serde(alias = "newSeal")]
    #[schema(value_type = Option<String>)]
    new_seal: Option<Zeroizing<String>>,
}

/// How far a supersession is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SupersessionView {
    pub(crate) token_id: String,
    pub(crate) by: String,
    /// `requested` (a second operator is needed), `confirmed` (takes effect at `effective_at`), `completed` or `cancelled`.
    pub(crate) status: &'static str,
    requested_by: String,
    confirmed_by: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    requested_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) effective_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    completed_at: Option<Timestamp>,
}

impl From<Supersession> for SupersessionView {
    fn from(supersession: Supersession) -> Self {
        let status = match &supersession {
            Supersession { cancelled: true, .. } => "cancelled",
            Supersession {
                completed_at: Some(_),
                ..
            } => "completed",
            Supersession {
                effective_at: Some(_),
                ..
            } => "confirmed",
            _ => "requested",
        };
        Self {
            token_id: supersession.token_id.into(),
            by: supersession.by.into(),
            status,
            requested_by: supersession.requested_by,
            confirmed_by: supersession.confirmed_by,
            requested_at: supersession.requested_at,
            effective_at: supersession.effective_at,
            completed_at: supersession.completed_at,
        }
    }
}

impl SupersessionView {
    fn status_code(&self) -> StatusCode {
        if self.status == "completed" {
            StatusCode::OK
        } else {
            StatusCode::ACCEPTED
        }
    }
}

/// Takes a supersession one step further: the first operator asks, another one confirms, both seals need no other one. The same
/// operator with the same wish changes nothing.
pub(crate) async fn advance(
    app: &Arc<App>,
    succession: &Succession,
    seals: Option<SealPair<'_>>,
    operator: &OperatorName,
) -> Result<Supersession, Problem> {
    if let Some(seals) = seals {
        return supersede_by_seals(app, succession, seals, operator).await;
    }
    let found = app
        .durable
        .supersession(&succession.token_id)
        .await?
        .map(|found| found.value);
    let same = found.filter(|found| found.by == succession.by && !found.cancelled);
    match same {
        // Decided already: whoever asks again is told where it stands.
        Some(found) if found.effective_at.is_some() => Ok(found),
        Some(found) if found.requested_by != operator.as_str() => {
            confirm_supersession(app, succession, operator).await
        }
        _ => request_supersession(app, succession, operator).await,
    }
}

fn seals(request: &SupersedeRequest) -> Result<Option<SealPair<'_>>, Problem> {
    match (&request.old_seal, &request.new_seal) {
        (Some(old), Some(new)) => Ok(Some(SealPair { old, new })),
        (None, None) => Ok(None),
        _ => Err(Problem::new(Code::InvalidRequest).detail("old_seal and new_seal come together")),
    }
}

/// Lets a new tokenId take over from an old one. The first operator asks (202), a second one confirms by the same request; with
/// both seals one operator is enough. While an old device is active it takes effect after a day unless that device answers.
#[utoipa::path(
    post, path = "/admin/enrollments/{tokenId}/supersede", tag = "admin", request_body = SupersedeRequest,
    security(("operator" = [])), params(("tokenId" = String, Path, description = "the old tokenId")),
    responses((status = 200, body = SupersessionView, description = "took effect"),
        (status = 202, body = SupersessionView, description = "waits for an operator, a device or a day"),
        (status = 400, description = "invalid_request, invalid_seal"), (status = 401, description = "invalid_token"),
        (status = 403, description = "insufficient_scope"), (status = 404, description = "not_found"),
        (status = 409, description = "conflict"), (status = 429, description = "rate_limited"))
)]
pub(super) async fn supersede(
    State(app): AppState,
    operator: Operator,
    Segment(token_id): Segment<TokenId>,
    JsonBody(request): JsonBody<SupersedeRequest>,
) -> Result<(StatusCode, Json<SupersessionView>), Problem> {
    operator.require(&app, Permission::Act).await?;
    let succession = Succession {
        token_id,
        by: request.by.clone(),
    };
    let supersession = advance(&app, &succession, seals(&request)?, operator.name()).await?;
    let view = SupersessionView::from(supersession);
    Ok((view.status_code(), Json(view)))
}

/// Withdraws a supersession that has not taken effect.
#[utoipa::path(
    delete, path = "/admin/enrollments/{tokenId}/supersede", tag = "admin", security(("operator" = [])),
    params(("tokenId" = String, Path, description = "the old tokenId")),
    responses((status = 200, body = SupersessionView), (status = 401, description = "invalid_token"),
        (status = 403, description = "insufficient_scope"), (status = 404, description = "not_found"),
        (status = 429, description = "rate_limited"))
)]
pub(super) async fn withdraw(
    State(app): AppState,
    operator: Operator,
    Segment(token_id): Segment<TokenId>,
) -> Result<Json<SupersessionView>, Problem> {
    operator.require(&app, Permission::Act).await?;
    let supersession = cancel_supersession(&app, &token_id, operator.name()).await?;
    Ok(Json(supersession.into()))
}

pub(super) fn fuzz(data: &[u8]) {
    if let Ok(request) = serde_json::from_slice::<SupersedeRequest>(data) {
        let _ = seals(&request);
    }
}
