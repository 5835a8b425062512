//! The operator behind a request.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::header;
use http::request::Parts;
use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_types::{OperatorName, Timestamp};

use super::permission::{OperatorScope, Permission, Role};
use super::record::record;
use super::token::{OperatorGrant, verify_operator_token};
use crate::app::App;
use crate::http::{Peer, enforce, network_of};
use crate::problem::{Code, Problem};

/// An operator whose token was verified and counted.
#[derive(Debug, Clone)]
pub struct Operator {
    grant: OperatorGrant,
    ends: Timestamp,
    address: IpAddr,
}

impl Operator {
    /// The name in the audit log.
    pub const fn name(&self) -> &OperatorName {
        &self.grant.name
    }

    /// The role.
    pub const fn role(&self) -> Role {
        self.grant.role
    }

    /// What it may do.
    pub(super) const fn scopes(&self) -> &BTreeSet<OperatorScope> {
        &self.grant.scopes
    }

    /// When its token ends.
    pub(super) const fn ends(&self) -> Timestamp {
        self.ends
    }

    /// As the audit log names it.
    pub fn actor(&self) -> Actor {
        Actor::Operator(self.grant.name.clone())
    }

    /// A fact about what this operator does.
    pub fn fact(&self, event: AuditEvent) -> AuditFact {
        AuditFact::new(event, self.actor()).from_address(Some(self.address))
    }

    /// Whether the operator has a permission.
    pub fn may(&self, permission: Permission) -> bool {
        permission.is_granted(&self.grant.scopes, self.grant.role)
    }

    /// Asks for a permission; a refusal is recorded.
    ///
    /// # Errors
    /// `insufficient_scope`.
    pub async fn require(&self, app: &App, permission: Permission) -> Result<(), Problem> {
        if self.may(permission) {
            return Ok(());
        }
        let fact = self
            .fact(AuditEvent::AdminDenied)
            .with("permission", permission.as_str());
        record(app, fact).await?;
        Err(Code::InsufficientScope.into())
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl FromRequestParts<Arc<App>> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Ok(Peer(address)) = Peer::from_request_parts(parts, app).await;
        let limit = app.config.limits.admin_per_minute;
        let Some((grant, ends)) = bearer(parts).and_then(|token| verify_operator_token(app, token)) else {
            // Only failures count against the network: one proxy stands before many operators.
            enforce(app, &format!("admin-fail:{}", network_of(address)), limit, 60).await?;
            return Err(Code::OperatorNotAuthenticated.into());
        };
        enforce(app, &format!("admin:{}", grant.name), limit, 60).await?;
        Ok(Self { grant, ends, address })
    }
}
