//! `POST /admin/services/{serviceId}/rotate-secret` (profile 4.6: two are valid during a rotation).

use axum::Json;
use axum::extract::State;
use idp_types::ServiceId;
use serde::Deserialize;

use super::extract::Segment;
use super::operator::Operator;
use super::permission::Permission;
use super::services::IssuedView;
use crate::http::{AppState, JsonBody};
use crate::problem::Problem;
use crate::services::{ServiceSecret, rotate_secret};

/// Which secret is made anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Secret {
    /// What callers authenticate with.
    #[default]
    Caller,
    /// The key of the anti-forgery `hash`.
    Response,
}

impl From<Secret> for ServiceSecret {
    fn from(secret: Secret) -> Self {
        match secret {
            Secret::Caller => Self::Caller,
            Secret::Response => Self::Response,
        }
    }
}

/// Which secret.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RotateRequest {
    /// `caller` unless given.
    #[serde(default)]
    secret: Secret,
}

/// Makes a new secret, which is shown in this answer alone. The one before stays valid until the next rotation.
#[utoipa::path(
    post, path = "/admin/services/{serviceId}/rotate-secret", tag = "admin", request_body = RotateRequest,
    security(("operator" = [])), params(("serviceId" = String, Path, description = "the service")),
    responses((status = 200, body = IssuedView), (status = 401, description = "invalid_token"),
        (status = 403, description = "insufficient_scope"), (status = 404, description = "service_not_found"),
        (status = 429, description = "rate_limited"))
)]
pub(super) async fn rotate_service_secret(
    State(app): AppState,
    operator: Operator,
    Segment(service_id): Segment<ServiceId>,
    JsonBody(request): JsonBody<RotateRequest>,
) -> Result<Json<IssuedView>, Problem> {
    operator.require(&app, Permission::Configure).await?;
    let issued = rotate_secret(&app, &service_id, request.secret.into(), operator.actor()).await?;
    Ok(Json(issued.into()))
}
