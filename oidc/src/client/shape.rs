//! Sizes and spellings of a client's members.

use idp_types::Scope;
use url::Url;

use super::error::MetadataError;
use super::metadata::LIMIT;
use super::record::Client;
use crate::scope::STANDARD;

/// The longest name that people read, in characters.
const NAME_LIMIT: usize = 100;

/// The longest other text, in bytes.
const TEXT_LIMIT: usize = 512;

/// The most entries of a list.
const LIST_LIMIT: usize = 64;

/// Claims that are the protocol's own: no mapping moves or removes them.
pub const PROTECTED_CLAIMS: [&str; 26] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
    "s_hash",
    "sid",
    "cnf",
    "events",
    "scope",
    "client_id",
    "act",
    "may_act",
    "status",
    "verified_claims",
    "authorization_details",
    "email_verified",
];

/// Texts and lists within their limits, without control characters.
pub(super) fn check(client: &Client) -> Result<(), MetadataError> {
    let is_text = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
    if !is_text(&client.name) || client.name.chars().count() > NAME_LIMIT {
        return Err(MetadataError::Text("client_name"));
    }
    let lists = [
        ("contacts", &client.contacts),
        ("redirect_uris", &client.redirect_uris),
        ("post_logout_redirect_uris", &client.post_logout_redirect_uris),
        ("scope", &client.allowed_scopes),
        ("resource_scopes", &client.resource_scopes),
        ("resources", &client.resources),
        ("authorization_details_types", &client.authorization_details_types),
        ("default_acr_values", &client.default_acr_values),
        ("origins", &client.origins),
        ("entra_tenants", &client.entra_tenants),
    ];
    for (name, list) in lists {
        let limit = if name.ends_with("_uris") {
            super::redirect_uri::LIMIT
        } else {
            TEXT_LIMIT
        };
        if list.len() > LIST_LIMIT {
            return Err(MetadataError::Text(name));
        }
        // Redirect URIs have rules, and an error code, of their own.
        let has_own_rules = name == "redirect_uris";
        if !has_own_rules && !list.iter().all(|text| is_text(text) && text.len() <= limit) {
            return Err(MetadataError::Text(name));
        }
    }
    if let Some((_, subject)) = &client.tls_client_auth
        && (!is_text(subject) || subject.len() > TEXT_LIMIT)
    {
        return Err(MetadataError::Text("tls_client_auth_subject_dn"));
    }
    if client.jwks.as_ref().is_some_and(|text| text.len() > LIMIT) {
        return Err(MetadataError::Text("jwks"));
    }
    Ok(())
}

/// RFC 6749 3.3: `scope-token`.
fn is_scope_token(text: &str) -> bool {
    let allowed = |byte: u8| byte == 0x21 || (0x23..=0x5b).contains(&byte) || (0x5d..=0x7e).contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(allowed)
}

fn is_of_the_catalogue(text: &str) -> bool {
    STANDARD.contains(&text) || text.parse::<Scope>().is_ok()
}

/// Every scope is a standard one, of the catalogue, or of the client's own resources, whose names are nobody else's.
pub(super) fn check_scopes(client: &Client) -> Result<(), MetadataError> {
    let is_own = |text: &String| is_scope_token(text) && !is_of_the_catalogue(text);
    if !client.resource_scopes.iter().all(is_own) {
        return Err(MetadataError::Scope("resource_scopes"));
    }
    let is_known = |text: &String| is_of_the_catalogue(text) || client.resource_scopes.contains(text);
    if client.allowed_scopes.iter().all(is_known) {
        Ok(())
    } else {
        Err(MetadataError::Scope("scope"))
    }
}

/// Mapped claims are ours, their new names are nobody's, and the protocol's own claims stay.
pub(super) fn check_claim_mapping(client: &Client) -> Result<(), MetadataError> {
    let wrong = Err(MetadataError::Value("claim_mapping"));
    if client.claim_mapping.len() > LIST_LIMIT {
        return Err(MetadataError::Text("claim_mapping"));
    }
    let is_name = |text: &str| text.len() <= TEXT_LIMIT && text.bytes().all(|byte| byte.is_ascii_graphic());
    let mut taken: Vec<&str> = Vec::new();
    for (ours, theirs) in &client.claim_mapping {
        let is_protected = |name: &str| PROTECTED_CLAIMS.contains(&name);
        if ours.is_empty() || !is_name(ours) || !is_name(theirs) || is_protected(ours) || is_protected(theirs)
        {
            return wrong;
        }
        if !theirs.is_empty() && taken.contains(&theirs.as_str()) {
            return wrong;
        }
        taken.push(theirs);
    }
    Ok(())
}

/// RFC 8707 2: a resource is an absolute URI without fragment.
pub(super) fn check_resources(client: &Client) -> Result<(), MetadataError> {
    let is_resource = |text: &String| Url::parse(text).is_ok() && !text.contains('#');
    if client.resources.iter().all(is_resource) {
        Ok(())
    } else {
        Err(MetadataError::Address("resources"))
    }
}
