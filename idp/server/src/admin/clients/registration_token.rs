//! `POST /admin/client-registration-tokens`: who may register clients without an operator.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use idp_types::ServiceId;
use serde::{Deserialize, Serialize};

use crate::admin::operator::Operator;
use crate::admin::permission::Permission;
use crate::http::{AppState, JsonBody};
use crate::oidc::initial_token::issue_initial_token;
use crate::problem::Problem;

/// For which service, and for how long.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::admin) struct RegistrationTokenInput {
    /// The service that the clients will belong to.
    #[schema(value_type = String)]
    service_id: ServiceId,
    /// Seconds that the token is valid, at most 30 days.
    seconds: i64,
}

/// An initial access token (RFC 7591 1.2).
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::admin) struct RegistrationTokenView {
    /// The bearer token for `POST /oidc/register`.
    token: String,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: idp_types::Timestamp,
}

/// Makes a token with which clients may register themselves for one service, where `[oidc] dynamic_registration` is on.
#[utoipa::path(
    post, path = "/admin/client-registration-tokens", tag = "admin", request_body = RegistrationTokenInput,
    security(("operator" = [])),
    responses((status = 201, body = RegistrationTokenView), (status = 400, description = "invalid_request"),
        (status = 404, description = "service_not_found"))
)]
pub(in crate::admin) async fn create_registration_token(
    State(app): AppState,
    operator: Operator,
    JsonBody(input): JsonBody<RegistrationTokenInput>,
) -> Result<(StatusCode, Json<RegistrationTokenView>), Problem> {
    operator.require(&app, Permission::Configure).await?;
    let made = issue_initial_token(&app, operator.name(), &input.service_id, input.seconds).await?;
    let (token, expires_at) = made;
    Ok((
        StatusCode::CREATED,
        Json(RegistrationTokenView { token, expires_at }),
    ))
}
