//! A request that writes: of an operator who may configure, on the condition that it names.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::operator::Operator;
use super::permission::Permission;
use crate::app::App;
use crate::conditional::{Conditions, Guard, Writer};
use crate::problem::Problem;

/// An operator who may configure, and the condition of the request.
pub(super) struct Writing {
    operator: Operator,
    /// What is demanded of the resource as it is stored.
    pub(super) conditions: Conditions,
}

impl Writing {
    /// Who writes, on a condition that is evaluated on what is stored.
    pub(super) fn writer<'a, T>(&self, guard: Guard<'a, T>) -> Writer<'a, T> {
        Writer {
            actor: self.operator.actor(),
            guard,
            is_plan: false,
        }
    }
}

impl FromRequestParts<Arc<App>> for Writing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let operator = Operator::from_request_parts(parts, app).await?;
        operator.require(app, Permission::Configure).await?;
        let conditions = Conditions::from_request_parts(parts, app).await?;
        conditions.demand(app)?;
        Ok(Self { operator, conditions })
    }
}
