//! Challenges of protected resources: RFC 6750 3, RFC 9449 7.1, RFC 9470 3.

use std::fmt::Write as _;

use idp_types::Timestamp;

use crate::error::{ErrorCode, OAuthError};

/// How a token is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// RFC 6750.
    Bearer,
    /// RFC 9449.
    Dpop,
}

/// What a resource demands of the login behind a token (RFC 9470).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Demand<'a> {
    /// Any of these will do.
    pub acr_values: &'a [String],
    /// Seconds since the login.
    pub max_age: Option<u32>,
}

impl Demand<'_> {
    /// RFC 9470 3: whether the login is good enough.
    ///
    /// # Errors
    /// `insufficient_user_authentication`.
    pub fn check(&self, acr: Option<&str>, auth_time: Option<i64>, now: Timestamp) -> Result<(), OAuthError> {
        let is_known = |acr: &str| self.acr_values.iter().any(|wanted| wanted == acr);
        let is_sure = self.acr_values.is_empty() || acr.is_some_and(is_known);
        let is_recent = self.max_age.is_none_or(|max_age| {
            auth_time.is_some_and(|at| now.unix_seconds() <= at.saturating_add(i64::from(max_age)))
        });
        if is_sure && is_recent {
            Ok(())
        } else {
            Err(OAuthError::new(
                ErrorCode::InsufficientUserAuthentication,
                "the resource needs a stronger or more recent login",
            ))
        }
    }
}

/// A `WWW-Authenticate` value.
#[derive(Debug, Clone, Copy)]
pub struct Challenge<'a> {
    /// The scheme that the client used, or is to use.
    pub scheme: Scheme,
    /// What is wrong; nothing where the request had no token at all (RFC 6750 3.1).
    pub error: Option<OAuthError>,
    /// What was demanded of the login.
    pub demand: Demand<'a>,
    /// The algorithms of proofs, space-joined.
    pub algorithms: &'a str,
}

impl Challenge<'_> {
    /// The header's value. Every text in it is ours but acr values, whose quotes and backslashes are left out.
    pub fn to_value(self) -> String {
        let scheme = match self.scheme {
            Scheme::Bearer => "Bearer",
            Scheme::Dpop => "DPoP",
        };
        let mut value = format!("{scheme} realm=\"oidc\"");
        if let Some(error) = self.error {
            let _ = write!(
                value,
                ", error=\"{}\", error_description=\"{}\"",
                error.code, error.description
            );
            if error.code == ErrorCode::InsufficientScope {
                value.push_str(", scope=\"openid\"");
            }
            if error.code == ErrorCode::InsufficientUserAuthentication {
                self.write_demand(&mut value);
            }
        }
        if self.scheme == Scheme::Dpop {
            let _ = write!(value, ", algs=\"{}\"", self.algorithms);
        }
        value
    }

    fn write_demand(&self, value: &mut String) {
        let is_plain = |byte: char| byte.is_ascii_graphic() && !"\"\\".contains(byte);
        let acr_values: Vec<String> = self
            .demand
            .acr_values
            .iter()
            .map(|acr| acr.chars().filter(|byte| is_plain(*byte)).collect())
            .collect();
        if !acr_values.is_empty() {
            let _ = write!(value, ", acr_values=\"{}\"", acr_values.join(" "));
        }
        if let Some(max_age) = self.demand.max_age {
            let _ = write!(value, ", max_age=\"{max_age}\"");
        }
    }
}
