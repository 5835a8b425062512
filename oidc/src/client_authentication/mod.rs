//! Client authentication (RFC 6749 2.3, RFC 7523, RFC 8705, OIDC Core 9): what a request presents, and whether it is what the client
//! registered. The shell looks the client up, verifies signatures and reads certificates.

mod assertion;
mod certificate;
mod presented;
mod secret;
#[cfg(test)]
mod tests;

pub use assertion::{
    ASSERTION_LIMIT, ASSERTION_SECONDS, ASSERTION_TYPE, CheckedAssertion, algorithms, check_assertion,
    named_client,
};
pub use certificate::{PresentedCertificate, matches_certificate};
pub use presented::{Credentials, present};
pub use secret::matches_secret;

use crate::client::{AuthenticationMethod, Client};
use crate::error::{ErrorCode, OAuthError};

/// The one answer to whoever failed to authenticate: unknown clients get it, too, so that nobody learns which exist.
pub const REFUSED: OAuthError = OAuthError::new(ErrorCode::InvalidClient, "client authentication failed");

/// OIDC Registration 2, `token_endpoint_auth_method`: a client authenticates as it registered, and in no other way.
///
/// # Errors
/// `invalid_client`.
pub fn check_method(client: &Client, presented: &Credentials) -> Result<(), OAuthError> {
    use AuthenticationMethod as Method;
    let is_registered = match presented {
        Credentials::Basic { .. } => client.authentication_method == Method::ClientSecretBasic,
        Credentials::Post { .. } => client.authentication_method == Method::ClientSecretPost,
        Credentials::Assertion { .. } => client.authentication_method == Method::PrivateKeyJwt,
        Credentials::Named { .. } => matches!(
            client.authentication_method,
            Method::None | Method::TlsClientAuth | Method::SelfSignedTlsClientAuth
        ),
    };
    if is_registered { Ok(()) } else { Err(REFUSED) }
}
