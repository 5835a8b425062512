//! The checks of a finished client, in one list. Each is one rule with its clause.

use idp_jose::JwkSet;
use url::Url;

use super::error::{MetadataError, RedirectError};
use super::record::{
    AuthenticationMethod, CibaDelivery, Client, ClientProfile, GrantType, SigningAlgorithm, SubjectType,
};
use super::{external, fapi, redirect_uri, shape};

/// What holds for every client of this installation.
#[derive(Debug, Clone, Copy)]
pub struct RegistrationPolicy<'a> {
    /// Whether addresses of this machine pass, over http as well: for demonstrations and tests.
    pub loopback: bool,
    /// The algorithms of the view of the issuer that the client is registered for.
    pub algorithms: &'a [SigningAlgorithm],
}

/// Whether a client may be stored.
///
/// # Errors
/// [`MetadataError`] with the first rule that it breaks.
pub fn check(client: &Client, policy: &RegistrationPolicy<'_>) -> Result<(), MetadataError> {
    shape::check(client)?;
    check_redirects(client, policy)?;
    check_grants(client)?;
    check_authentication(client)?;
    check_keys(client)?;
    check_addresses(client, policy)?;
    check_ciba(client)?;
    check_algorithms(client, policy)?;
    shape::check_scopes(client)?;
    shape::check_claim_mapping(client)?;
    shape::check_resources(client)?;
    check_sector(client)?;
    match client.profile {
        ClientProfile::Generic => Ok(()),
        ClientProfile::Fapi2 => fapi::check(client),
        ClientProfile::FapiCiba => fapi::check_ciba(client),
        ClientProfile::EntraExternal => external::check(client),
    }
}

/// RFC 6749 3.1.2, RFC 8252 7, RFC 9700 4.1.3.
fn check_redirects(client: &Client, policy: &RegistrationPolicy<'_>) -> Result<(), MetadataError> {
    let needs_one = client.may_use(GrantType::AuthorizationCode);
    if needs_one && client.redirect_uris.is_empty() {
        return Err(MetadataError::Redirect(RedirectError::Missing));
    }
    let mut seen: Vec<&str> = Vec::new();
    for uri in &client.redirect_uris {
        redirect_uri::check(uri, client.native, policy.loopback).map_err(MetadataError::Redirect)?;
        if seen.contains(&uri.as_str()) {
            return Err(MetadataError::Redirect(RedirectError::Twice));
        }
        seen.push(uri);
    }
    // RP-Initiated Logout 3.1: the same rules.
    let is_fine = |uri: &String| redirect_uri::check(uri, client.native, policy.loopback).is_ok();
    if client.post_logout_redirect_uris.iter().all(is_fine) {
        Ok(())
    } else {
        Err(MetadataError::Address("post_logout_redirect_uris"))
    }
}

/// RFC 6749 4.4 and CIBA 4: some grants are for confidential clients. RFC 6749 6: a refresh token comes with another grant.
fn check_grants(client: &Client) -> Result<(), MetadataError> {
    let external = client.profile == ClientProfile::EntraExternal;
    if client.grant_types.is_empty() != external {
        return Err(MetadataError::Value("grant_types"));
    }
    let confidential = [
        GrantType::ClientCredentials,
        GrantType::TokenExchange,
        GrantType::Ciba,
    ];
    if client.is_public() && confidential.iter().any(|grant| client.may_use(*grant)) {
        return Err(MetadataError::Conflict(
            "grant_types",
            "token_endpoint_auth_method",
        ));
    }
    let first = [
        GrantType::AuthorizationCode,
        GrantType::Ciba,
        GrantType::DeviceCode,
    ];
    let refreshes = client.may_use(GrantType::RefreshToken);
    if refreshes && !first.iter().any(|grant| client.may_use(*grant)) {
        return Err(MetadataError::Missing("grant_types", "refresh_token"));
    }
    Ok(())
}

/// RFC 8705 2.1.2: a subject goes with `tls_client_auth` and with nothing else.
fn check_authentication(client: &Client) -> Result<(), MetadataError> {
    let by_subject = client.authentication_method == AuthenticationMethod::TlsClientAuth;
    match (by_subject, &client.tls_client_auth) {
        (true, None) => Err(MetadataError::Missing(
            "tls_client_auth_subject_dn",
            "token_endpoint_auth_method",
        )),
        (false, Some(_)) => Err(MetadataError::Conflict(
            "tls_client_auth_subject_dn",
            "token_endpoint_auth_method",
        )),
        _ => Ok(()),
    }
}

/// RFC 7591 2: `jwks` or `jwks_uri`, never both; what is signed needs one of them.
fn check_keys(client: &Client) -> Result<(), MetadataError> {
    if client.jwks.is_some() && client.jwks_uri.is_some() {
        return Err(MetadataError::Conflict("jwks", "jwks_uri"));
    }
    let needed_by = match client.authentication_method {
        AuthenticationMethod::PrivateKeyJwt | AuthenticationMethod::SelfSignedTlsClientAuth => {
            Some("token_endpoint_auth_method")
        }
        _ if client.require_signed_request_object => Some("require_signed_request_object"),
        _ if client.backchannel_authentication_request_signing_alg.is_some() => {
            Some("backchannel_authentication_request_signing_alg")
        }
        _ => None,
    };
    match (&client.jwks, &client.jwks_uri, needed_by) {
        (None, None, Some(by)) => Err(MetadataError::Missing("jwks", by)),
        (Some(text), ..) => check_key_set(text),
        _ => Ok(()),
    }
}

/// RFC 7517: public keys alone, one of which can be used.
fn check_key_set(text: &str) -> Result<(), MetadataError> {
    let value = serde_json::from_str::<serde_json::Value>(text).map_err(|_| MetadataError::KeySet)?;
    let keys = value.get("keys").and_then(serde_json::Value::as_array);
    let keys = keys.ok_or(MetadataError::KeySet)?;
    // RFC 7518 6.3.2, 6.4.1: whoever published one of these must learn of it.
    let private = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
    let is_private = |key: &serde_json::Value| private.iter().any(|name| key.get(name).is_some());
    if keys.iter().any(is_private) {
        return Err(MetadataError::KeySet);
    }
    let set = JwkSet::parse(text.as_bytes(), JwkSet::LIMIT).map_err(|_| MetadataError::KeySet)?;
    if set.keys().is_empty() {
        return Err(MetadataError::KeySet);
    }
    Ok(())
}

/// Every address that we call or send people to is https.
fn check_addresses(client: &Client, policy: &RegistrationPolicy<'_>) -> Result<(), MetadataError> {
    let addresses = [
        ("jwks_uri", &client.jwks_uri),
        ("sector_identifier_uri", &client.sector_identifier_uri),
        ("backchannel_logout_uri", &client.backchannel_logout_uri),
        ("frontchannel_logout_uri", &client.frontchannel_logout_uri),
        (
            "backchannel_client_notification_endpoint",
            &client.ciba_notification_endpoint,
        ),
    ];
    let links = ["client_uri", "logo_uri", "policy_uri", "tos_uri"];
    let links = links.into_iter().map(|name| (name, client.links.get(name)));
    for (name, address) in addresses
        .map(|(name, address)| (name, address.as_ref()))
        .into_iter()
        .chain(links)
    {
        if address.is_some_and(|address| !is_address(address, policy.loopback)) {
            return Err(MetadataError::Address(name));
        }
    }
    // RFC 6454 6.2: what a browser sends.
    let is_origin = |text: &String| {
        is_address(text, policy.loopback)
            && Url::parse(text).is_ok_and(|url| url.origin().ascii_serialization() == *text)
    };
    if client.origins.iter().all(is_origin) {
        Ok(())
    } else {
        Err(MetadataError::Address("origins"))
    }
}

/// An absolute https URL without user and fragment.
fn is_address(text: &str, loopback: bool) -> bool {
    let Some(url) = (text.len() <= redirect_uri::LIMIT)
        .then(|| Url::parse(text).ok())
        .flatten()
    else {
        return false;
    };
    let is_bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let is_secure = url.scheme() == "https"
        || (loopback && url.scheme() == "http" && redirect_uri::is_this_machine(&url));
    is_bare && is_secure && url.host().is_some()
}

/// CIBA 4: the delivery mode goes with the grant, the notification endpoint with ping.
fn check_ciba(client: &Client) -> Result<(), MetadataError> {
    let endpoint = client.ciba_notification_endpoint.is_some();
    match (client.may_use(GrantType::Ciba), client.ciba_delivery) {
        (true, None) => Err(MetadataError::Missing(
            "backchannel_token_delivery_mode",
            "grant_types",
        )),
        (false, Some(_)) => Err(MetadataError::Missing(
            "grant_types",
            "backchannel_token_delivery_mode",
        )),
        (true, Some(CibaDelivery::Ping)) if !endpoint => Err(MetadataError::Missing(
            "backchannel_client_notification_endpoint",
            "backchannel_token_delivery_mode",
        )),
        _ => Ok(()),
    }
}

/// What is signed for the client is signed by a key that its view of the issuer publishes.
fn check_algorithms(client: &Client, policy: &RegistrationPolicy<'_>) -> Result<(), MetadataError> {
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
    ];
    let missing = used
        .into_iter()
        .find(|(_, algorithm)| algorithm.is_some_and(|algorithm| !policy.algorithms.contains(&algorithm)));
    missing.map_or(Ok(()), |(name, _)| Err(MetadataError::Algorithm(name)))
}

/// OIDC Core 8.1: pairwise subjects with several hosts need a sector document. The shell checked it and noted its host.
fn check_sector(client: &Client) -> Result<(), MetadataError> {
    if client.subject_type == SubjectType::Public || client.sector_identifier_uri.is_some() {
        return Ok(());
    }
    let urls = client
        .redirect_uris
        .iter()
        .filter_map(|text| Url::parse(text).ok());
    let mut hosts = urls
        .filter(|url| !redirect_uri::is_this_machine(url))
        .filter_map(|url| url.host_str().map(str::to_owned));
    let first = hosts.next();
    if hosts.all(|host| Some(host) == first) {
        Ok(())
    } else {
        Err(MetadataError::SectorMissing)
    }
}
