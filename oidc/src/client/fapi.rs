//! FAPI 2.0 Security Profile 5.3.2 and 5.4, and FAPI-CIBA 5.2.2, as far as a registration shows them. FAPI-CIBA inherits FAPI 1's keys and
//! algorithms; those of FAPI 2.0 are the same, and EdDSA.

use super::error::MetadataError;
use super::record::{AuthenticationMethod, Client, GrantType, SigningAlgorithm};

/// The rules for a client of FAPI 2.0.
pub(super) fn check(client: &Client) -> Result<(), MetadataError> {
    check_authentication(client)?;
    check_requests(client)?;
    check_signed_requests(client)?;
    check_algorithms(client)
}

/// The rules for a client of FAPI-CIBA, which has no front channel. That push is no way of delivery holds for every client.
pub(super) fn check_ciba(client: &Client) -> Result<(), MetadataError> {
    if !client.may_use(GrantType::Ciba) || client.may_use(GrantType::AuthorizationCode) {
        return Err(MetadataError::Fapi("grant_types"));
    }
    check_authentication(client)?;
    check_signed_requests(client)?;
    check_algorithms(client)
}

/// FAPI-CIBA 5.2.2: requests are signed, so that there is a key to check them with.
const fn check_signed_requests(client: &Client) -> Result<(), MetadataError> {
    let has_keys = client.jwks.is_some() || client.jwks_uri.is_some();
    if client.ciba_delivery.is_some() && !has_keys {
        return Err(MetadataError::Missing("jwks", "backchannel_token_delivery_mode"));
    }
    Ok(())
}

/// 5.3.2.1: confidential clients alone, by key or certificate; sender-constrained access tokens.
fn check_authentication(client: &Client) -> Result<(), MetadataError> {
    match client.authentication_method {
        AuthenticationMethod::PrivateKeyJwt
        | AuthenticationMethod::TlsClientAuth
        | AuthenticationMethod::SelfSignedTlsClientAuth => {}
        _ => return Err(MetadataError::Fapi("token_endpoint_auth_method")),
    }
    if client.dpop_bound_access_tokens || client.certificate_bound_access_tokens {
        Ok(())
    } else {
        Err(MetadataError::Fapi("dpop_bound_access_tokens"))
    }
}

/// 5.3.2.2: pushed requests with PKCE, https redirect URIs.
fn check_requests(client: &Client) -> Result<(), MetadataError> {
    if !client.redirect_uris.is_empty() && !client.require_pushed_authorization_requests {
        return Err(MetadataError::Fapi("require_pushed_authorization_requests"));
    }
    if !client.require_pkce {
        return Err(MetadataError::Fapi("require_pkce"));
    }
    if client.native {
        return Err(MetadataError::Fapi("application_type"));
    }
    Ok(())
}

/// 5.4.1: PS256, ES256 or EdDSA.
fn check_algorithms(client: &Client) -> Result<(), MetadataError> {
    let used = [
        (
            "id_token_signed_response_alg",
            Some(client.id_token_signed_response_alg),
        ),
        (
            "userinfo_signed_response_alg",
            client.userinfo_signed_response_alg,
        ),
        (
            "authorization_signed_response_alg",
            Some(client.authorization_signed_response_alg),
        ),
        (
            "introspection_signed_response_alg",
            Some(client.introspection_signed_response_alg),
        ),
        (
            "token_endpoint_auth_signing_alg",
            client.token_endpoint_auth_signing_alg,
        ),
        ("request_object_signing_alg", client.request_object_signing_alg),
        (
            "backchannel_authentication_request_signing_alg",
            client.backchannel_authentication_request_signing_alg,
        ),
    ];
    let wrong = used
        .into_iter()
        .find(|(_, algorithm)| *algorithm == Some(SigningAlgorithm::Rs256));
    wrong.map_or(Ok(()), |(name, _)| Err(MetadataError::Fapi(name)))
}
