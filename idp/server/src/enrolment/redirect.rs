//! `PUT /enroll/push` (profile 2): the device's pushes go elsewhere.

use axum::extract::State;
use http::StatusCode;
use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_core::enrolment::ChangeRefusal;
use idp_store::{Change, Commit, CommitError};
use serde::Deserialize;

use super::push::{PushRequest, PushTarget};
use super::{TRIES, require_active};
use crate::http::{AppState, Peer, SignedJson};
use crate::problem::{Code, Problem};

/// Where pushes go from now on; neither member means nowhere.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RedirectRequest {
    /// The address.
    push: Option<PushRequest>,
    /// Short for an address of type `fcm`.
    fcm_token: Option<String>,
}

/// Sets where the device's pushes go.
#[utoipa::path(
    put, path = "/enroll/push", tag = "enrolment", request_body = RedirectRequest, security(("device" = [])),
    responses((status = 204, description = "changed"), (status = 400, description = "invalid_request, invalid_push"),
        (status = 401, description = "invalid_signature, device_not_active"))
)]
pub(crate) async fn redirect_push(
    State(app): AppState,
    Peer(address): Peer,
    SignedJson { request, value }: SignedJson<RedirectRequest>,
) -> Result<StatusCode, Problem> {
    let now = app.now();
    let target = PushTarget::of(
        (value.push.as_ref(), value.fcm_token.as_deref()),
        &app.config.push.web,
    )?;
    let mut holder = request.holder.clone();
    for _ in 0..TRIES {
        let next =
            holder
                .value
                .clone()
                .redirect_push(&request.device_id, target.address.clone(), target.key, now);
        let next = next.map_err(problem)?;
        let fact = AuditFact::new(AuditEvent::DevicePush, Actor::Device)
            .about(request.token_id())
            .from_address(Some(address))
            .with("device", request.device_id.as_str());
        let record = app.audit.record(&*app.durable, fact, now).await?;
        let active = require_active(&request);
        let put = Change::PutHolder {
            holder: Box::new(next),
            expected: holder.version,
        };
        match app
            .durable
            .commit(Commit {
                changes: vec![active, put],
                audit: vec![record],
            })
            .await
        {
            Ok(_) => return Ok(StatusCode::NO_CONTENT),
            Err(CommitError::Conflict) => {
                holder = app
                    .durable
                    .holder(request.token_id())
                    .await?
                    .ok_or(Code::DeviceNotActive)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

fn problem(refusal: ChangeRefusal) -> Problem {
    match refusal {
        ChangeRefusal::UnknownDevice | ChangeRefusal::Ended | ChangeRefusal::Chain => {
            Code::DeviceNotActive.into()
        }
        ChangeRefusal::TrustLimit => Code::TrustLimit.into(),
    }
}
