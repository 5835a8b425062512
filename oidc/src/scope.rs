//! Scopes of OpenID Connect and of the catalogue, as a client writes them (the seed's tables; profile 6).

use idp_types::{Scope, ScopeSet};
use serde::{Deserialize, Serialize};

use crate::error::{ErrorCode, OAuthError};

/// The most scopes of one request.
const LIMIT: usize = 64;

/// Scopes that mean something to the provider itself, not to the phone.
pub const STANDARD: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// A parsed `scope` parameter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedScope {
    /// The tokens in the order they were written, each once.
    tokens: Vec<String>,
}

impl RequestedScope {
    /// Reads a `scope` parameter (RFC 6749 3.3). Every token must be a standard scope, one of the catalogue, or one of the
    /// client's own `extra` scopes (of its resources). Order and repetition make no difference.
    ///
    /// # Errors
    /// `invalid_scope`.
    pub fn parse(text: &str, extra: &[String]) -> Result<Self, OAuthError> {
        let invalid = |description| OAuthError::new(ErrorCode::InvalidScope, description);
        let mut tokens: Vec<String> = Vec::new();
        for token in text.split(' ').filter(|token| !token.is_empty()) {
            let is_known = STANDARD.contains(&token)
                || token.parse::<Scope>().is_ok()
                || extra.iter().any(|own| own == token);
            if !is_known {
                return Err(invalid("a scope is unknown"));
            }
            if !tokens.iter().any(|seen| seen == token) {
                tokens.push(token.to_owned());
            }
            if tokens.len() > LIMIT {
                return Err(invalid("too many scopes"));
            }
        }
        Ok(Self { tokens })
    }

    /// Whether a token was asked for.
    pub fn has(&self, token: &str) -> bool {
        self.tokens.iter().any(|own| own == token)
    }

    /// The tokens that `is_ignored` does not name.
    #[must_use]
    pub fn without(mut self, is_ignored: impl Fn(&str) -> bool) -> Self {
        self.tokens.retain(|token| !is_ignored(token));
        self
    }

    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The tokens.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(String::as_str)
    }

    /// What the phone is asked for: the catalogue's scopes, and `profile` as `identity:name` (the seed's mapping).
    pub fn identity(&self) -> Vec<Scope> {
        let of = |token: &str| match token {
            "profile" => "identity:name".parse().ok(),
            _ => token.parse().ok(),
        };
        self.tokens().filter_map(of).collect()
    }

    /// The tokens that remain after the person granted `granted`: the standard ones, those whose every part was granted. Composites
    /// that were granted in part become their granted atomic scopes.
    #[must_use]
    pub fn granted(&self, granted: ScopeSet) -> Self {
        let mut tokens: Vec<String> = Vec::new();
        let mut add = |token: &str| {
            if !tokens.iter().any(|seen| seen == token) {
                tokens.push(token.to_owned());
            }
        };
        for token in self.tokens() {
            match token.parse::<Scope>() {
                Ok(scope) => scope
                    .expand()
                    .intersection(granted)
                    .iter()
                    .for_each(|atomic| add(atomic.as_str())),
                Err(_) => add(token),
            }
        }
        Self { tokens }
    }
}

impl std::fmt::Display for RequestedScope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.tokens.join(" "))
    }
}
