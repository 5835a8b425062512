//! `GET /admin/audit` (profile 12; `product.md` 15).

use axum::Json;
use axum::extract::State;
use idp_core::audit::{Actor, AuditEvent};
use idp_store::durable::{AuditFilter, ChainedRecord, Listing, Page};
use idp_types::encoding::lowerhex;
use idp_types::{SessionId, Timestamp, TokenId};
use serde::{Deserialize, Serialize};

use super::extract::{Filter, page, slice};
use super::operator::Operator;
use super::permission::{Permission, Role};
use super::record::record;
use crate::app::App;
use crate::http::AppState;
use crate::problem::Problem;

/// Records that are looked through for an operator's own.
const OWN_SCAN: u32 = 50;

/// One audit record.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct AuditRow {
    chain: String,
    /// Its place in the chain, from 1.
    sequence: u64,
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Timestamp,
    /// The event's name.
    #[schema(value_type = String)]
    event_type: AuditEvent,
    /// Who did it: `{kind, name?}`.
    #[schema(value_type = Object)]
    actor: Actor,
    session_id: Option<String>,
    service_id: Option<String>,
    /// Whom it concerns; for `idtoken:audit` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_id: Option<String>,
    /// From where; for `idtoken:audit` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
    /// Whether whom it concerned was erased.
    is_erased: bool,
    /// Further facts, none of them a claim value, a code or a secret.
    #[schema(value_type = Object)]
    details: serde_json::Value,
    /// The record's link in the chain; SHA-256, hexadecimal.
    hash: String,
}

/// A page of audit records.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct AuditList {
    /// Newest first.
    records: Vec<AuditRow>,
    /// How many there are in all.
    total: u64,
    /// This page, from 1.
    page: u32,
    /// Rows a page.
    limit: u32,
}

/// Which records.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AuditQuery {
    /// From 1.
    page: Option<u32>,
    /// Rows a page, 1 to 100; 20 unless given.
    limit: Option<u32>,
    /// Of this event, such as `AUTH_APPROVE`.
    #[param(value_type = Option<String>)]
    event: Option<AuditEvent>,
    /// About this holder, as long as its audit key is not erased.
    #[param(value_type = Option<String>)]
    token_id: Option<TokenId>,
    /// In this session.
    #[param(value_type = Option<String>)]
    session_id: Option<SessionId>,
    /// Not before, RFC 3339.
    #[param(value_type = Option<String>)]
    since: Option<Timestamp>,
    /// Before, RFC 3339.
    #[param(value_type = Option<String>)]
    until: Option<Timestamp>,
}

/// Searches the audit log, newest first. Whom a record concerns, and from where, is opened for `idtoken:audit` alone; the role
/// `operator` sees what it did itself among the newest 5,000 that match. The reading is recorded.
#[utoipa::path(
    get, path = "/admin/audit", tag = "admin", params(AuditQuery), security(("operator" = [])),
    responses((status = 200, body = AuditList), (status = 400, description = "invalid_request"),
        (status = 401, description = "invalid_token"), (status = 403, description = "insufficient_scope"),
        (status = 429, description = "rate_limited"))
)]
pub(super) async fn search_audit(
    State(app): AppState,
    operator: Operator,
    Filter(query): Filter<AuditQuery>,
) -> Result<Json<AuditList>, Problem> {
    // Asking by name is asking whom the records are about.
    let needed = if query.token_id.is_some() {
        Permission::OpenAudit
    } else {
        Permission::Read
    };
    operator.require(&app, needed).await?;
    let page = page(query.page, query.limit)?;
    let filter = AuditFilter {
        event: query.event,
        subject: query
            .token_id
            .as_ref()
            .map(|token_id| app.audit.reference(token_id)),
        session_id: query.session_id,
        since: query.since,
        until: query.until,
    };
    let mut fact = operator.fact(AuditEvent::AdminRead).with("what", "audit");
    if let Some(token_id) = &query.token_id {
        fact = fact.about(token_id);
    }
    record(&app, fact).await?;
    let found = match operator.role() {
        Role::Operator => own(&app, &operator, &filter, page).await?,
        Role::SuperAdmin | Role::Auditor => app.durable.audit_search(&filter, page).await?,
    };
    let records = rows(&app, &operator, found.rows).await?;
    Ok(Json(AuditList {
        records,
        total: found.total,
        page: page.number,
        limit: page.limit,
    }))
}

async fn own(
    app: &App,
    operator: &Operator,
    filter: &AuditFilter,
    page: Page,
) -> Result<Listing<ChainedRecord>, Problem> {
    let mut found = Vec::new();
    for number in 1..=OWN_SCAN {
        let batch = app
            .durable
            .audit_search(filter, Page { number, limit: 100 })
            .await?
            .rows;
        let is_last = batch.len() < 100;
        found.extend(
            batch
                .into_iter()
                .filter(|entry| entry.record.actor == operator.actor()),
        );
        if is_last {
            break;
        }
    }
    let total = found.len() as u64;
    Ok(Listing {
        rows: slice(found, page),
        total,
    })
}

async fn rows(app: &App, operator: &Operator, found: Vec<ChainedRecord>) -> Result<Vec<AuditRow>, Problem> {
    let opens = operator.may(Permission::OpenAudit);
    let mut rows = Vec::with_capacity(found.len());
    for entry in found {
        let opened = if opens {
            app.audit.open(&*app.durable, &entry.record).await?
        } else {
            Some((None, None))
        };
        let is_erased = opened.is_none();
        let (token_id, ip) = opened.unwrap_or_default();
        rows.push(AuditRow {
            chain: entry.chain,
            sequence: entry.sequence,
            occurred_at: entry.record.at,
            event_type: entry.record.event,
            actor: entry.record.actor,
            session_id: entry.record.session_id.map(String::from),
            service_id: entry.record.service_id.map(String::from),
            token_id,
            ip,
            is_erased,
            details: entry.record.details,
            hash: lowerhex(&entry.hash),
        });
    }
    Ok(rows)
}
