//! Entra's external authentication methods, as far as a registration shows it (`federation-oidc.md` 5a).

use super::error::{MetadataError, RedirectError};
use super::record::{AuthenticationMethod, Client, SigningAlgorithm};

/// Where Entra takes the answer, by cloud: the only redirect URIs of such a client.
pub const REDIRECT_URIS: [&str; 3] = [
    "https://login.microsoftonline.com/common/federation/externalauthprovider",
    "https://login.microsoftonline.us/common/federation/externalauthprovider",
    "https://login.partner.microsoftonline.cn/common/federation/externalauthprovider",
];

/// The rules for a client of this profile: it has one endpoint and uses nothing else.
pub(super) fn check(client: &Client) -> Result<(), MetadataError> {
    let is_documented = |uri: &String| REDIRECT_URIS.contains(&uri.as_str());
    if client.redirect_uris.is_empty() || !client.redirect_uris.iter().all(is_documented) {
        return Err(MetadataError::Redirect(RedirectError::Foreign));
    }
    if client.id_token_signed_response_alg != SigningAlgorithm::Rs256 {
        return Err(MetadataError::External("id_token_signed_response_alg"));
    }
    if client.authentication_method != AuthenticationMethod::None {
        return Err(MetadataError::External("token_endpoint_auth_method"));
    }
    if client.entra_tenants.is_empty() {
        return Err(MetadataError::Missing("entra_tenants", "profile"));
    }
    Ok(())
}
