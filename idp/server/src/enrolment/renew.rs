//! `POST /enroll/credential` (profile 2): the seal again, for a fresh enrolment credential. A phone asks when its credential was
//! lost, when the key that signed it is gone, or when the person reached an age since.

use axum::Json;
use axum::extract::State;
use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_jose::EcPublicKey;
use idp_store::Commit;
use idp_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::seal::verify_or_refuse;
use super::{credential, require_active};
use crate::app::App;
use crate::http::{AppState, DeviceRequest, Peer, SignedJson};
use crate::problem::{Code, Problem};

/// The seal that the device enrolled with.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RenewRequest {
    /// In any text form of profile 2.
    vds_data: String,
}

/// A fresh credential.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RenewResponse {
    /// When the seal expires.
    #[schema(value_type = String)]
    expires_at: Timestamp,
    /// The SD-JWT (RFC 9901).
    enrolment_credential: String,
}

/// Issues a fresh enrolment credential to an enrolled device.
#[utoipa::path(
    post, path = "/enroll/credential", tag = "enrolment", request_body = RenewRequest, security(("device" = [])),
    responses((status = 200, body = RenewResponse), (status = 400, description = "invalid_request, invalid_seal (with reason)"),
        (status = 401, description = "invalid_signature, device_not_active"), (status = 409, description = "conflict"))
)]
pub(crate) async fn renew_credential(
    State(app): AppState,
    Peer(address): Peer,
    SignedJson { request, value }: SignedJson<RenewRequest>,
) -> Result<Json<RenewResponse>, Problem> {
    let seal = verify_or_refuse(&app, &value.vds_data, address).await?;
    let device = request.device()?;
    let own = seal
        .person()
        .is_some_and(|person| person.token_id == *request.token_id())
        && seal.facts().fingerprint == device.seal.fingerprint;
    if !own {
        return Err(Problem::new(Code::Conflict).detail("the device enrolled with another seal: enrol again"));
    }
    let key = EcPublicKey::from_sec1(&device.key.0).map_err(|_| Problem::new(Code::Internal))?;
    let enrolment_credential = credential::issue(&app, &seal, &key, app.now()).await?;
    commit(&app, &request, address).await?;
    Ok(Json(RenewResponse {
        expires_at: seal.facts().expires_at,
        enrolment_credential,
    }))
}

/// Nothing leaves before its record, and nothing at all to a device that was revoked meanwhile.
async fn commit(app: &App, request: &DeviceRequest, address: std::net::IpAddr) -> Result<(), Problem> {
    let fact = AuditFact::new(AuditEvent::EnrollCredential, Actor::Device)
        .about(request.token_id())
        .from_address(Some(address))
        .with("device", request.device_id.as_str());
    let record = app.audit.record(&*app.durable, fact, app.now()).await?;
    let active = require_active(request);
    app.durable
        .commit(Commit {
            changes: vec![active],
            audit: vec![record],
        })
        .await?;
    Ok(())
}
