//! `GET /admin/enrollments/{tokenId}` (`product.md` 15).

use axum::Json;
use axum::extract::State;
use idp_core::audit::AuditEvent;
use idp_core::enrolment::{DeviceStanding, Holder, RevocationReason};
use idp_store::durable::{OutcomeFilter, Page};
use idp_types::{Timestamp, TokenId};
use serde::Serialize;

use super::enrollments::EnrollmentRow;
use super::extract::Segment;
use super::operator::Operator;
use super::permission::Permission;
use super::record::record;
use super::sessions::SessionRow;
use crate::http::AppState;
use crate::problem::{Code, Problem};

/// Sessions that are shown beside a holder.
const RECENT: u32 = 20;

/// A device, closer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct DeviceDetail {
    #[serde(flatten)]
    row: EnrollmentRow,
    /// `active`, `revoked`, `seal_expired` or `locked`.
    standing: &'static str,
    /// Why it was revoked.
    #[schema(value_type = Option<String>)]
    revoked_reason: Option<RevocationReason>,
    /// Identifies the seal; SHA-256, hexadecimal.
    seal_fingerprint: String,
    /// Whose scheme issued the seal.
    scheme_operator: String,
    /// When the seal ends.
    #[schema(value_type = String, format = DateTime)]
    seal_expires_at: Timestamp,
    /// Consecutive wrong codes.
    failures: u16,
}

/// A holder. The server knows no more of a person than this.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct EnrollmentDetail {
    /// The holder.
    token_id: String,
    /// The first tokenId of its chain.
    first_token_id: String,
    /// The tokenId that took over.
    superseded_by: Option<String>,
    /// Whether the whole tokenId is revoked.
    is_revoked: bool,
    /// Why.
    #[schema(value_type = Option<String>)]
    revoked_reason: Option<RevocationReason>,
    /// The highest of its devices' trust levels.
    trust_level: u8,
    /// When it first enrolled.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When anything last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// How many services the person trusts.
    trusted_services: usize,
    /// Its devices, the revoked ones included.
    devices: Vec<DeviceDetail>,
}

const fn word(standing: DeviceStanding) -> &'static str {
    match standing {
        DeviceStanding::Active => "active",
        DeviceStanding::Revoked => "revoked",
        DeviceStanding::SealExpired => "seal_expired",
        DeviceStanding::Locked => "locked",
    }
}

impl EnrollmentDetail {
    /// What there is of a holder at `now`.
    pub(crate) fn of(holder: &Holder, now: Timestamp) -> Self {
        let devices = holder.devices.iter().map(|device| DeviceDetail {
            row: EnrollmentRow::of(holder, device),
            standing: word(device.standing(now)),
            revoked_reason: device.revoked.map(|revocation| revocation.reason),
            seal_fingerprint: device.seal.fingerprint.to_lowerhex(),
            scheme_operator: device.seal.scheme_operator.clone(),
            seal_expires_at: device.seal.expires_at,
            failures: device.failures,
        });
        let level = holder
            .devices
            .iter()
            .map(|device| device.seal.trust_level.number())
            .max();
        Self {
            token_id: holder.token_id.to_string(),
            first_token_id: holder.first_token_id.to_string(),
            superseded_by: holder.superseded_by.as_ref().map(ToString::to_string),
            is_revoked: holder.revoked.is_some(),
            revoked_reason: holder.revoked.map(|revocation| revocation.reason),
            trust_level: level.unwrap_or_default(),
            created_at: holder.created_at,
            updated_at: holder.updated_at,
            trusted_services: holder.trusted_services.len(),
            devices: devices.collect(),
        }
    }

    /// A line a device, for a person.
    pub(crate) fn lines(&self) -> Vec<[String; 4]> {
        let line = |device: &DeviceDetail| {
            let level = format!("level {}", device.row.trust_level);
            let until = format!("seal until {}", device.seal_expires_at.to_rfc3339());
            [
                device.row.device_id.clone(),
                device.standing.to_owned(),
                level,
                until,
            ]
        };
        self.devices.iter().map(line).collect()
    }
}

/// A holder with the sessions that ended last.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct EnrollmentAnswer {
    /// The holder.
    enrollment: EnrollmentDetail,
    /// The sessions that ended last, newest first.
    #[serde(rename = "recentSessions")]
    recent_sessions: Vec<SessionRow>,
}

/// Shows one holder with its devices and last sessions. The reading is recorded.
#[utoipa::path(
    get, path = "/admin/enrollments/{tokenId}", tag = "admin", security(("operator" = [])),
    params(("tokenId" = String, Path, description = "the holder")),
    responses((status = 200, body = EnrollmentAnswer), (status = 401, description = "invalid_token"),
        (status = 403, description = "insufficient_scope"), (status = 404, description = "not_found"),
        (status = 429, description = "rate_limited"))
)]
pub(super) async fn show_enrollment(
    State(app): AppState,
    operator: Operator,
    Segment(token_id): Segment<TokenId>,
) -> Result<Json<EnrollmentAnswer>, Problem> {
    operator.require(&app, Permission::Read).await?;
    let holder = app.durable.holder(&token_id).await?.ok_or(Code::NotFound)?;
    let filter = OutcomeFilter {
        token_id: Some(token_id.clone()),
        ..OutcomeFilter::default()
    };
    let recent = app
        .durable
        .outcomes(
            &filter,
            Page {
                number: 1,
                limit: RECENT,
            },
        )
        .await?;
    record(
        &app,
        operator
            .fact(AuditEvent::AdminRead)
            .about(&token_id)
            .with("what", "enrollment"),
    )
    .await?;
    Ok(Json(EnrollmentAnswer {
        enrollment: EnrollmentDetail::of(&holder.value, app.now()),
        recent_sessions: recent.rows.into_iter().map(SessionRow::from).collect(),
    }))
}
