//! What is kept of a token that was verified.

use std::sync::atomic::{AtomicBool, Ordering};

use idp_jose::json::Map;
use idp_jose::status_list::StatusReference;
use serde_json::Value;

use super::read::TokenFault;
use crate::policy::{Issuer, Named};

/// A verified token.
#[derive(Debug)]
pub struct Access {
    /// The number of its issuer.
    pub issuer: usize,
    /// Its claims.
    pub claims: Map,
    /// Where its status is.
    pub status: Option<StatusReference>,
    /// The key that its sender has to show.
    pub confirmation: Confirmation,
    /// Headers for the upstream.
    pub headers: Named,
    /// Filter state.
    pub state: Named,
    /// Unix seconds.
    pub expires_at: i64,
    not_before: Option<i64>,
    issued_at: Option<i64>,
    /// By rule: whether it was found to satisfy it. Only of rules whose answer does not change with time.
    satisfied: Vec<AtomicBool>,
}

/// To which key a token is bound (RFC 7800).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// To none.
    None,
    /// `jkt`: the thumbprint of a DPoP key (RFC 9449 section 6.1).
    Key(String),
    /// `x5t#S256`: SHA-256 of a certificate, base64url (RFC 8705 section 3.1).
    Certificate(String),
}

impl Access {
    pub(super) fn new(issuer: usize, claims: Map, rules: usize) -> Result<Self, TokenFault> {
        let status = StatusReference::from_claims(&claims).map_err(|_| TokenFault::Claim("status"))?;
        Ok(Self {
            issuer,
            status,
            confirmation: Confirmation::of(&claims)?,
            headers: Named::new(),
            state: Named::new(),
            expires_at: time(&claims, "exp")?.ok_or(TokenFault::Missing("exp"))?,
            not_before: time(&claims, "nbf")?,
            issued_at: time(&claims, "iat")?,
            satisfied: (0..rules).map(|_| AtomicBool::new(false)).collect(),
            claims,
        })
    }

    /// Whether the token is in its time, asked again at each use.
    ///
    /// # Errors
    /// [`TokenFault::Expired`], [`TokenFault::NotYetValid`], [`TokenFault::TooOld`].
    pub fn is_current(&self, issuer: &Issuer, now: i64) -> Result<(), TokenFault> {
        let leeway = issuer.leeway;
        let ahead = |time: Option<i64>| time.is_some_and(|time| now.saturating_add(leeway) < time);
        if now >= self.expires_at.saturating_add(leeway) {
            return Err(TokenFault::Expired);
        }
        if ahead(self.not_before) || ahead(self.issued_at) {
            return Err(TokenFault::NotYetValid);
        }
        let Some(most) = issuer.max_age else {
            return Ok(());
        };
        let age = now.saturating_sub(self.issued_at.ok_or(TokenFault::Missing("iat"))?);
        if age > most.saturating_add(leeway) {
            return Err(TokenFault::TooOld);
        }
        Ok(())
    }

    /// Whether a rule is known to be satisfied.
    pub(crate) fn is_known_to_satisfy(&self, rule: usize) -> bool {
        self.satisfied
            .get(rule)
            .is_some_and(|known| known.load(Ordering::Relaxed))
    }

    /// Remembers that a rule is satisfied.
    pub(crate) fn satisfies(&self, rule: usize) {
        if let Some(cell) = self.satisfied.get(rule) {
            cell.store(true, Ordering::Relaxed);
        }
    }
}

impl Confirmation {
    /// A `cnf` that is not understood binds to something that nobody can check here, so it refuses the token.
    fn of(claims: &Map) -> Result<Self, TokenFault> {
        let Some(cnf) = claims.get("cnf") else {
            return Ok(Self::None);
        };
        let text = |name: &str| cnf.get(name).and_then(Value::as_str).map(str::to_owned);
        match (text("jkt"), text("x5t#S256"), cnf.as_object().map(Map::len)) {
            (Some(thumbprint), None, Some(1)) => Ok(Self::Key(thumbprint)),
            (None, Some(digest), Some(1)) => Ok(Self::Certificate(digest)),
            _ => Err(TokenFault::Claim("cnf")),
        }
    }
}

/// A `NumericDate`; a fraction of a second is cut off (RFC 7519 section 2).
fn time(claims: &Map, name: &'static str) -> Result<Option<i64>, TokenFault> {
    /// The largest whole number that a double holds exactly.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let fraction = || {
        let seconds = value.as_f64()?.floor();
        #[expect(clippy::cast_possible_truncation, reason = "a whole number within the bound")]
        (seconds.abs() <= EXACT).then_some(seconds as i64)
    };
    let seconds = value.as_i64().or_else(fraction);
    seconds.map(Some).ok_or(TokenFault::Claim(name))
}
