//! What the client may ask for (RFC 6749 3.3; profile 6: unknown scopes are `invalid_scope`).

use idp_types::{Scope, ScopeSet};

use crate::client::{Client, GrantType};
use crate::error::{ErrorCode, OAuthError};
use crate::parameters::Parameters;
use crate::scope::RequestedScope;

/// The scope of a request, within what the client was registered for.
pub(crate) fn scope(parameters: &Parameters, client: &Client) -> Result<RequestedScope, OAuthError> {
    let text = parameters.text("scope").unwrap_or_default();
    let requested = RequestedScope::parse(text, &client.resource_scopes)?;
    let has_details = parameters.text("authorization_details").is_some();
    if requested.is_empty() && !has_details {
        return Err(OAuthError::new(ErrorCode::InvalidScope, "scope is missing"));
    }
    let requested = requested.without(|token| is_ignored(token, client));
    let ceiling = of(client);
    if requested.tokens().all(|token| is_allowed(token, client, ceiling)) {
        Ok(requested)
    } else {
        Err(OAuthError::new(
            ErrorCode::InvalidScope,
            "a scope is beyond what the client may ask for",
        ))
    }
}

/// The catalogue's part of what the client may ever ask for.
pub(super) fn of(client: &Client) -> ScopeSet {
    let tokens = client.allowed_scopes.iter().map(String::as_str);
    let scopes = tokens.filter_map(|token| match token {
        "profile" => "identity:name".parse().ok(),
        _ => token.parse::<Scope>().ok(),
    });
    ScopeSet::expanding(scopes)
}

/// OIDC Core 11: offline access that a client cannot get is ignored, not refused.
fn is_ignored(token: &str, client: &Client) -> bool {
    let is_offered = client.may_use(GrantType::RefreshToken)
        && client.allowed_scopes.iter().any(|own| own == "offline_access");
    token == "offline_access" && !is_offered
}

fn is_allowed(token: &str, client: &Client, ceiling: ScopeSet) -> bool {
    let is_named = client.allowed_scopes.iter().any(|own| own == token);
    let is_own = client.resource_scopes.iter().any(|own| own == token);
    // The portrait comes through a composite only where that composite is itself allowed (profile 6).
    let is_within = match token.parse::<Scope>() {
        Ok(Scope::FullWithPhoto) | Err(_) => false,
        Ok(scope) => scope.expand().is_within(ceiling),
    };
    is_named || is_own || is_within || token == "openid"
}
