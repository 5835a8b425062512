//! `POST /services/{serviceId}/registrations` (profile 4.2): a site shows a QR, a phone scans it and trusts the service.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::{Extension, Json};
use http::HeaderMap;
use idp_core::approval::SCAN_SECONDS;
use idp_core::derive::ws_token;
use idp_store::ephemeral::{Kind, Lifetime};
use idp_types::{RegistrationId, ServiceId, Timestamp};
use serde::Serialize;

use super::enabled;
use super::seal::ServiceSeals;
use crate::app::App;
use crate::approval::Registration;
use crate::crypto::random_id;
use crate::http::{AppState, Peer, enforce, identify_caller, network_of};
use crate::problem::{Code, Problem};
use crate::qr;

/// A registration that waits to be scanned.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RegistrationResponse {
    /// Its identifier.
    #[schema(value_type = String)]
    registration_id: RegistrationId,
    /// The QR's content: `{issuer}/r/{registrationId}#{Service VDS}`.
    qr: String,
    /// The QR as SVG.
    qr_svg: String,
    /// For `GET /ws/session/{registrationId}`, which tells `service_trusted`.
    ws_token: String,
    /// When it ends.
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

/// Begins the registration of a person with a service.
#[utoipa::path(
    post, path = "/services/{service_id}/registrations", tag = "services", params(("service_id" = String, Path)),
    responses((status = 200, body = RegistrationResponse), (status = 401, description = "invalid_client"),
        (status = 403, description = "origin_not_allowed"), (status = 404, description = "service_not_found"),
        (status = 429, description = "rate_limited"))
)]
pub(crate) async fn begin_registration(
    State(app): AppState,
    Extension(seals): Extension<Arc<ServiceSeals>>,
    Peer(address): Peer,
    Path(service_id): Path<ServiceId>,
    headers: HeaderMap,
) -> Result<Json<RegistrationResponse>, Problem> {
    let service = enabled(&app, &service_id).await?;
    let caller = identify_caller(&app, &service.value, &headers, address).await?;
    if !caller.authenticated {
        let bucket = format!("registration:{}", network_of(address));
        enforce(&app, &bucket, app.config.limits.initiate_per_minute, 60).await?;
    }
    let vds = seals.text(&app, &service).await?;
    let (registration_id, expires_at) = remember(&app, service_id).await?;
    let qr = format!("{}/r/{registration_id}#{vds}", app.config.issuer);
    Ok(Json(RegistrationResponse {
        qr_svg: qr::svg(&qr)?,
        qr,
        ws_token: ws_token(&app.secrets().ws, registration_id.as_str()),
        registration_id,
        expires_at,
    }))
}

async fn remember(app: &App, service_id: ServiceId) -> Result<(RegistrationId, Timestamp), Problem> {
    let id = RegistrationId::parse(random_id("reg_")?).map_err(|_| Problem::new(Code::Internal))?;
    let now = app.now();
    let expires_at = now.plus_seconds(SCAN_SECONDS);
    let registration = Registration {
        service_id,
        expires_at,
        trusted: false,
    };
    let value = serde_json::to_vec(&registration).map_err(|_| Problem::new(Code::Internal))?;
    let life = Lifetime {
        now,
        until: expires_at.plus_seconds(LINGER_SECONDS),
    };
    if app
        .ephemeral
        .put_new(Kind::Registration, id.as_str(), value, life)
        .await?
    {
        Ok((id, expires_at))
    } else {
        Err(Code::Internal.into())
    }
}

/// Seconds that an ended registration stays readable, so that a late socket learns how it ended.
const LINGER_SECONDS: i64 = 60;

/// A registration of this service that still waits.
pub(super) async fn open(
    app: &App,
    id: &RegistrationId,
    service_id: &ServiceId,
) -> Result<Registration, Problem> {
    let now = app.now();
    let stored = app.ephemeral.read(Kind::Registration, id.as_str(), now).await?;
    let registration: Option<Registration> = stored.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let open = registration.filter(|found| found.service_id == *service_id && found.expires_at > now);
    let registration =
        open.ok_or_else(|| Problem::new(Code::NotFound).detail("there is no such registration"))?;
    if registration.trusted {
        return Err(Problem::new(Code::Conflict).detail("the registration was used before"));
    }
    Ok(registration)
}

/// Marks a registration as trusted and tells its browser.
pub(super) async fn finish(
    app: &App,
    id: &RegistrationId,
    registration: Registration,
) -> Result<(), Problem> {
    let registration = Registration {
        trusted: true,
        ..registration
    };
    let value = serde_json::to_vec(&registration).map_err(|_| Problem::new(Code::Internal))?;
    let until = registration.expires_at.plus_seconds(LINGER_SECONDS);
    app.ephemeral
        .put(Kind::Registration, id.as_str(), value, until)
        .await?;
    app.ephemeral
        .wake(idp_store::ephemeral::Topic::Session(id.to_string()))
        .await?;
    Ok(())
}
