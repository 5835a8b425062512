//! `GET /admin/trust` (`product.md` 15, trust status): which lists are in force, and until when.

use axum::Json;
use axum::extract::State;
use idp_core::audit::AuditEvent;
use idp_types::Timestamp;
use idp_vds::CertificateReference;
use idp_vds::trust::{CertificateStatus, SigningCertificate, TrustStore};
use serde::Serialize;

use super::operator::Operator;
use super::permission::Permission;
use super::record::record;
use crate::http::AppState;
use crate::problem::{Code, Problem};

/// One list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ListView {
    /// Its file in the trust directory.
    file: String,
    /// Its sequence, or the number of a certificate revocation list.
    sequence: u64,
    #[schema(value_type = String, format = DateTime)]
    issued: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    next_update: Timestamp,
    /// Whether its `next_update` lies ahead; after it the list is used for the configured grace alone.
    is_current: bool,
}

/// One scheme operator.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SchemeView {
    /// Issuing agency code.
    iac: String,
    name: String,
}

/// One signing certificate.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CertificateView {
    /// The first eight characters of the reference in its seals.
    reference: String,
    /// The kinds of seal that it signs.
    manifests: Vec<String>,
    /// 1, 2 or 3.
    trust_level: u8,
    #[schema(value_type = String, format = DateTime)]
    not_before: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    not_after: Timestamp,
    is_revoked: bool,
}

/// The trust lists in force.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TrustView {
    /// Whether every list is current.
    is_current: bool,
    lists: Vec<ListView>,
    scheme_operators: Vec<SchemeView>,
    certificates: Vec<CertificateView>,
}

fn certificate(store: &TrustStore, certificate: &SigningCertificate) -> CertificateView {
    let key = certificate.certificate_key();
    let reference = key
        .split_at_checked(4)
        .and_then(|(ca, own)| CertificateReference::new(ca, own).ok());
    CertificateView {
        reference: key.to_owned(),
        manifests: certificate.manifests().iter().map(ToString::to_string).collect(),
        trust_level: certificate.trust_level().number(),
        not_before: certificate.validity().not_before,
        not_after: certificate.validity().not_after,
        is_revoked: reference
            .is_none_or(|text| store.certificate_status(&text) == CertificateStatus::Revoked),
    }
}

impl TrustView {
    /// What a store trusts at `now`.
    pub(crate) fn of(store: &TrustStore, now: Timestamp) -> Self {
        let list = |status: &idp_vds::trust::ListStatus| ListView {
            file: status.file.clone(),
            sequence: status.sequence,
            issued: status.issued,
            next_update: status.next_update,
            is_current: now <= status.next_update,
        };
        let lists: Vec<ListView> = store.lists().iter().map(list).collect();
        let operators = store.scheme_operators().iter();
        Self {
            is_current: !lists.is_empty() && lists.iter().all(|list| list.is_current),
            lists,
            scheme_operators: operators
                .map(|operator| SchemeView {
                    iac: operator.iac.to_string(),
                    name: operator.name.clone(),
                })
                .collect(),
            certificates: store
                .signing_certificates()
                .map(|one| certificate(store, one))
                .collect(),
        }
    }

    /// Lines for a person.
    pub(crate) fn lines(&self) -> Vec<[String; 4]> {
        let mut lines = Vec::new();
        for scheme in &self.scheme_operators {
            lines.push([
                "scheme".to_owned(),
                scheme.iac.clone(),
                scheme.name.clone(),
                String::new(),
            ]);
        }
        for list in &self.lists {
            let state = if list.is_current { "until" } else { "OVERDUE since" };
            let until = format!("{state} {}", list.next_update.to_rfc3339());
            lines.push([
                "list".to_owned(),
                list.file.clone(),
                format!("sequence {}", list.sequence),
                until,
            ]);
        }
        for one in &self.certificates {
            let state = if one.is_revoked {
                "REVOKED".to_owned()
            } else {
                format!("until {}", one.not_after.to_rfc3339())
            };
            let rights = format!("level {}, {}", one.trust_level, one.manifests.join(" "));
            lines.push(["certificate".to_owned(), one.reference.clone(), rights, state]);
        }
        lines
    }
}

/// Shows the trust lists and signing certificates in force.
#[utoipa::path(
    get, path = "/admin/trust", tag = "admin", security(("operator" = [])),
    responses((status = 200, body = TrustView), (status = 401, description = "invalid_token"),
        (status = 403, description = "insufficient_scope"), (status = 429, description = "rate_limited"))
)]
pub(super) async fn trust_status(
    State(app): AppState,
    operator: Operator,
) -> Result<Json<TrustView>, Problem> {
    operator.require(&app, Permission::Read).await?;
    Ok(Json(TrustView::of(&app.trust_store(), app.now())))
}

/// Reads the trust directory again, verifies it as a whole and puts it in force, in place of waiting for the next time; then shows what
/// is in force. Lists that are not acceptable change nothing.
#[utoipa::path(
    post, path = "/admin/trust/refresh", tag = "admin", security(("operator" = [])),
    responses((status = 200, body = TrustView), (status = 409, description = "conflict: the lists were not put in force, or one is overdue"))
)]
pub(super) async fn refresh_trust(
    State(app): AppState,
    operator: Operator,
) -> Result<Json<TrustView>, Problem> {
    operator.require(&app, Permission::Act).await?;
    let fact = operator.fact(AuditEvent::AdminRead).with("what", "trust_refresh");
    record(&app, fact).await?;
    if let Err(trouble) = crate::trust::refresh(&app).await {
        // The sentence names files of this machine: it is for the log alone.
        tracing::error!(%trouble, "the trust lists were not put in force");
        return Err(
            Problem::new(Code::Conflict).detail("the trust lists are not acceptable; the log says why")
        );
    }
    Ok(Json(TrustView::of(&app.trust_store(), app.now())))
}
