//! `GET /admin/enrollments` (`product.md` 15).

use axum::Json;
use axum::extract::State;
use idp_core::enrolment::{Device, Holder};
use idp_store::durable::HolderFilter;
use idp_types::encoding::push_length_prefixed;
use idp_types::{Timestamp, TrustLevel};
use serde::{Deserialize, Serialize};

use super::extract::{Filter, page};
use super::operator::Operator;
use super::permission::Permission;
use crate::crypto::sha256_hex;
use crate::http::AppState;
use crate::problem::{Code, Problem};

/// One device of a holder.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct EnrollmentRow {
    /// Stands for the pair of tokenId and device; 32 hexadecimal characters.
    id: String,
    /// The holder.
    token_id: String,
    /// The device.
    pub(super) device_id: String,
    /// 1, 2 or 3, of the seal that the device enrolled with.
    pub(super) trust_level: u8,
    /// Whether the device or its whole tokenId is revoked.
    is_revoked: bool,
    /// When the device enrolled.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When anything of the holder last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl EnrollmentRow {
    pub(super) fn of(holder: &Holder, device: &Device) -> Self {
        let mut name = Vec::new();
        push_length_prefixed(&mut name, holder.token_id.as_str().as_bytes());
        push_length_prefixed(&mut name, device.device_id.as_str().as_bytes());
        Self {
            id: sha256_hex(&name).chars().take(32).collect(),
            token_id: holder.token_id.to_string(),
            device_id: device.device_id.to_string(),
            trust_level: device.seal.trust_level.number(),
            is_revoked: device.revoked.is_some() || holder.revoked.is_some(),
            created_at: device.enrolled_at,
            updated_at: holder.updated_at,
        }
    }
}

/// A page of enrolments.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct EnrollmentList {
    /// One row for each device of each holder of the page.
    enrollments: Vec<EnrollmentRow>,
    /// How many holders there are in all.
    total: u64,
    /// This page, from 1.
    page: u32,
    /// Holders a page.
    limit: u32,
}

/// Which enrolments.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EnrollmentQuery {
    /// From 1.
    page: Option<u32>,
    /// Holders a page, 1 to 100; 20 unless given.
    limit: Option<u32>,
    /// Part of the tokenId.
    token_id: Option<String>,
    /// 1, 2 or 3.
    trust_level: Option<u8>,
    /// Whether the whole tokenId is revoked.
    is_revoked: Option<bool>,
}

impl EnrollmentQuery {
    fn filter(self) -> Result<HolderFilter, Problem> {
        let level = self.trust_level.map(TrustLevel::try_from).transpose();
        let trust_level =
            level.map_err(|_| Problem::new(Code::InvalidRequest).detail("trust_level is 1, 2 or 3"))?;
        Ok(HolderFilter {
            token_id: self.token_id,
            trust_level,
            is_revoked: self.is_revoked,
        })
    }
}

/// Lists enrolments: one row for each device; pages and `total` count holders, so that a holder is never cut in two.
#[utoipa::path(
    get, path = "/admin/enrollments", tag = "admin", params(EnrollmentQuery), security(("operator" = [])),
    responses((status = 200, body = EnrollmentList), (status = 400, description = "invalid_request"),
        (status = 401, description = "invalid_token"), (status = 403, description = "insufficient_scope"),
        (status = 429, description = "rate_limited"))
)]
pub(super) async fn list_enrollments(
    State(app): AppState,
    operator: Operator,
    Filter(query): Filter<EnrollmentQuery>,
) -> Result<Json<EnrollmentList>, Problem> {
    operator.require(&app, Permission::Read).await?;
    let page = page(query.page, query.limit)?;
    let listing = app.durable.holders(&query.filter()?, page).await?;
    let rows = |holder: &Holder| {
        holder
            .devices
            .iter()
            .map(|device| EnrollmentRow::of(holder, device))
            .collect::<Vec<_>>()
    };
    Ok(Json(EnrollmentList {
        enrollments: listing.rows.iter().flat_map(rows).collect(),
        total: listing.total,
        page: page.number,
        limit: page.limit,
    }))
}
