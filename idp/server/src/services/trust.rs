//! `PUT` and `DELETE /services/{serviceId}/trust` (profile 4.2): the person trusts a service, or ceases to.

use std::net::IpAddr;

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_core::enrolment::ChangeRefusal;
use idp_store::{Change, Commit, CommitError};
use idp_types::{RegistrationId, ServiceId};
use serde::{Deserialize, Serialize};

use super::{enabled, register};
use crate::app::App;
use crate::enrolment::require_active;
use crate::http::{AppState, DeviceRequest, Peer, SignedJson};
use crate::problem::{Code, Problem};

/// How often a decision is made again because the holder changed meanwhile.
const TRIES: usize = 5;

/// How the trust came about.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TrustRequest {
    /// The registration whose QR was scanned, if there was one; its browser is told.
    #[schema(value_type = Option<String>)]
    registration_id: Option<RegistrationId>,
}

/// The trust.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TrustResponse {
    /// Always `true`.
    trusted: bool,
}

/// Trusts a service.
#[utoipa::path(
    put, path = "/services/{service_id}/trust", tag = "services", request_body = TrustRequest, security(("device" = [])),
    params(("service_id" = String, Path)),
    responses((status = 200, body = TrustResponse), (status = 401, description = "invalid_signature, device_not_active"),
        (status = 404, description = "service_not_found, not_found"), (status = 409, description = "conflict, trust_limit"))
)]
pub(crate) async fn trust_service(
    State(app): AppState,
    Peer(address): Peer,
    Path(service_id): Path<ServiceId>,
    SignedJson { request, value }: SignedJson<TrustRequest>,
) -> Result<Json<TrustResponse>, Problem> {
    enabled(&app, &service_id).await?;
    let registration = match &value.registration_id {
        Some(id) => Some((id, register::open(&app, id, &service_id).await?)),
        None => None,
    };
    change(&app, &request, (&service_id, true), address).await?;
    if let Some((id, registration)) = registration {
        register::finish(&app, id, registration).await?;
    }
    Ok(Json(TrustResponse { trusted: true }))
}

/// Ceases to trust a service, which need not exist any more.
#[utoipa::path(
    delete, path = "/services/{service_id}/trust", tag = "services", security(("device" = [])),
    params(("service_id" = String, Path)),
    responses((status = 204, description = "not trusted"), (status = 401, description = "invalid_signature, device_not_active"))
)]
pub(crate) async fn distrust_service(
    State(app): AppState,
    Peer(address): Peer,
    Path(service_id): Path<ServiceId>,
    request: DeviceRequest,
) -> Result<StatusCode, Problem> {
    change(&app, &request, (&service_id, false), address).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Load, decide, commit. What is so already is not written again.
async fn change(
    app: &App,
    request: &DeviceRequest,
    (service_id, trusted): (&ServiceId, bool),
    address: IpAddr,
) -> Result<(), Problem> {
    let now = app.now();
    let event = if trusted {
        AuditEvent::ServiceTrust
    } else {
        AuditEvent::ServiceDistrust
    };
    let mut holder = request.holder.clone();
    for _ in 0..TRIES {
        if holder.value.trusted_services.contains(service_id) == trusted {
            return Ok(());
        }
        let next = holder
            .value
            .clone()
            .trust(service_id, trusted, now)
            .map_err(problem)?;
        let fact = AuditFact::new(event, Actor::Device)
            .about(request.token_id())
            .from_address(Some(address))
            .for_service(service_id);
        let record = app.audit.record(&*app.durable, fact, now).await?;
        let active = require_active(request);
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
            Ok(_) => return Ok(()),
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
        ChangeRefusal::TrustLimit => Code::TrustLimit.into(),
        ChangeRefusal::UnknownDevice | ChangeRefusal::Ended | ChangeRefusal::Chain => {
            Code::DeviceNotActive.into()
        }
    }
}
