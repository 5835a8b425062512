//! The token endpoint (RFC 6749 3.2): one file a grant, each a list of checks. What grants share is here.

mod binding;
mod challenge;
mod client_credentials;
mod code;
mod exchange;
mod refresh;
mod response;
#[cfg(test)]
mod tests;

pub use binding::{Presenter, confirmation, is_held};
pub use challenge::{Challenge, Demand, Scheme};
pub use client_credentials::granted_to_client;
pub use code::{CodeRequest, UNKNOWN as UNKNOWN_CODE, begin_grant, check_code, grant_of_code};
pub use exchange::{ACCESS_TOKEN_TYPE, ExchangeRequest, Exchanged, exchange};
pub use refresh::{
    FamilyLimits, RefreshToken, RefreshUse, is_rotated, kept, narrowed, narrowed_resources, new_family,
    rotated, use_of,
};
pub use response::{TokenResponse, TokenType};

use crate::client::{Client, GrantType};
use crate::error::{ErrorCode, OAuthError};
use crate::parameters::Parameters;

/// RFC 6749 4.1.3, 5.2: which grant a request wants.
///
/// # Errors
/// `invalid_request` without one, `unsupported_grant_type` for an unknown one.
pub fn grant_type(parameters: &Parameters) -> Result<GrantType, OAuthError> {
    let named = parameters.required("grant_type", "grant_type is missing")?;
    GrantType::parse(named).ok_or(OAuthError::new(
        ErrorCode::UnsupportedGrantType,
        "the grant type is not supported",
    ))
}

/// RFC 6749 5.2, `unauthorized_client`: a client uses the grants that it registered. Nobody but a client that proves itself may ask
/// without a person (RFC 6749 4.4) or for another (RFC 8693).
///
/// # Errors
/// `unauthorized_client`.
pub fn check_grant_allowed(client: &Client, grant: GrantType) -> Result<(), OAuthError> {
    let needs_proof = matches!(grant, GrantType::ClientCredentials | GrantType::TokenExchange);
    if client.may_use(grant) && !(needs_proof && client.is_public()) {
        Ok(())
    } else {
        Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "the client may not use this grant",
        ))
    }
}
