//! What a token has to bring beside being valid: scopes and claims.

use idp_jose::json::Map;
use serde_json::Value;

use super::fields::{Fields, Read};
use super::predicate::{Predicate, StepUp};

/// Scopes and claims; a rule may ask for several of these, by name.
#[derive(Clone, Debug, Default)]
pub struct Requirement {
    all: Vec<String>,
    any: Vec<String>,
    none: Vec<String>,
    claims: Vec<Predicate>,
}

/// What is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Scopes, as the challenge names them (RFC 6750 section 3.1).
    Scope(String),
    /// A scope is there that must not be.
    ForbiddenScope(String),
    /// A better or newer login (RFC 9470).
    StepUp(StepUp),
    /// A claim is not as it has to be; its name, never its value.
    Claim(String),
}

impl Requirement {
    pub(super) fn read(fields: &mut Fields) -> Read<Self> {
        let mut read = Self::default();
        if let Some(mut scopes) = fields.object("scopes")? {
            read.all = scopes.texts("all")?;
            read.any = scopes.texts("any")?;
            read.none = scopes.texts("none")?;
            scopes.finish()?;
        }
        let claims = fields.objects("claims")?;
        read.claims = claims.into_iter().map(Predicate::read).collect::<Read<_>>()?;
        Ok(read)
    }

    /// Whether the answer changes with time.
    pub fn depends_on_time(&self) -> bool {
        self.claims.iter().any(Predicate::depends_on_time)
    }

    /// The scopes that would satisfy it, for a challenge to somebody who brought nothing.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.all.iter().chain(&self.any).map(String::as_str)
    }

    /// The first thing that is missing.
    pub fn lack(&self, claims: &Map, now: i64) -> Option<Lack> {
        self.lacking_scope(claims).or_else(|| {
            let failed = self.claims.iter().find(|claim| !claim.holds(claims, now))?;
            Some(match &failed.step_up {
                Some(step_up) => Lack::StepUp(step_up.clone()),
                None => Lack::Claim(failed.claim()),
            })
        })
    }

    fn lacking_scope(&self, claims: &Map) -> Option<Lack> {
        let has = |scope: &String| has_scope(claims, scope);
        if let Some(scope) = self.none.iter().find(|scope| has(scope)) {
            return Some(Lack::ForbiddenScope(scope.clone()));
        }
        let enough = self.all.iter().all(has) && (self.any.is_empty() || self.any.iter().any(has));
        (!enough).then(|| Lack::Scope(self.scopes().collect::<Vec<_>>().join(" ")))
    }
}

/// `scope` is a text with spaces (RFC 9068 section 2.2.3); lists, and `scp`, are what some issuers write.
fn has_scope(claims: &Map, scope: &str) -> bool {
    match claims.get("scope").or_else(|| claims.get("scp")) {
        Some(Value::String(scopes)) => scopes.split(' ').any(|found| found == scope),
        Some(Value::Array(scopes)) => scopes.iter().any(|found| found.as_str() == Some(scope)),
        _ => false,
    }
}
