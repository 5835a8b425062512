//! Client credentials (RFC 6749 4.4): a token for the client itself. Nobody is behind it, so nothing of a person can be in its scope.

use crate::client::Client;
use crate::error::{ErrorCode, OAuthError};
use crate::scope::RequestedScope;

/// The scope: what was asked for, within the client's own scopes; those all where nothing was asked for (RFC 6749 3.3).
///
/// # Errors
/// `invalid_scope`.
pub fn granted_to_client(client: &Client, requested: Option<&str>) -> Result<RequestedScope, OAuthError> {
    let own = &client.resource_scopes;
    let Some(text) = requested else {
        return RequestedScope::parse(&own.join(" "), own);
    };
    let scope = RequestedScope::parse(text, own)?;
    let is_within = |token: &str| own.iter().any(|own| own == token);
    if scope.tokens().all(is_within) {
        Ok(scope)
    } else {
        Err(OAuthError::new(
            ErrorCode::InvalidScope,
            "without a person only the client's own resource scopes are granted",
        ))
    }
}
