//! What kind of answer is asked for, and by means that this provider has.

use crate::client::{Client, ClientProfile, GrantType};
use crate::error::{ErrorCode, OAuthError};
use crate::parameters::Parameters;

/// RFC 6749 3.1.1 and RFC 9700 2.1.2: `code` and nothing else.
pub(super) fn check(parameters: &Parameters) -> Result<(), OAuthError> {
    match parameters.required("response_type", "response_type is missing")? {
        "code" => Ok(()),
        _ => Err(OAuthError::new(
            ErrorCode::UnsupportedResponseType,
            "response_type must be code",
        )),
    }
}

/// RFC 6749 4.1.2.1: the client may use the authorization code grant. Entra's external method has an endpoint of its own.
pub(super) fn check_client(client: &Client) -> Result<(), OAuthError> {
    let elsewhere = client.profile == ClientProfile::EntraExternal;
    if elsewhere || !client.may_use(GrantType::AuthorizationCode) {
        return Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "the client may not use the authorization code grant",
        ));
    }
    Ok(())
}

/// OIDC Core 3.1.2.6: self-issued registration is not offered.
pub(super) fn check_registration(parameters: &Parameters) -> Result<(), OAuthError> {
    if parameters.has("registration") {
        return Err(OAuthError::new(
            ErrorCode::RegistrationNotSupported,
            "registration is not supported",
        ));
    }
    Ok(())
}
