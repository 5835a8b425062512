//! Our names and addresses, below the issuer (profile 9).

use saml::EntityId;
use saml::provider::ServiceProvider;

use crate::app::App;
use crate::problem::{Code, Problem};

/// Single sign-on by Redirect and POST.
pub(super) const SSO: &str = "/saml/sso";
/// Single logout by Redirect and POST.
pub(super) const SLO: &str = "/saml/slo";
/// Single logout by SOAP.
pub(super) const SLO_SOAP: &str = "/saml/slo/soap";
/// Artifact resolution.
pub(super) const ARTIFACT: &str = "/saml/artifact";
/// Enhanced clients.
pub(super) const ECP: &str = "/saml/ecp";

/// An address of ours.
pub(super) fn address(app: &App, path: &str) -> String {
    format!("{}{path}", app.config.issuer)
}

/// The longest name of a variant.
const VARIANT_LIMIT: usize = 64;

/// Whether a text can be the name of a variant: lower-case letters, digits, `-` and `.`, as in a domain name.
pub(crate) fn is_variant(name: &str) -> bool {
    let is_known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    !name.is_empty()
        && name.len() <= VARIANT_LIMIT
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.chars().all(is_known)
}

/// Our entityID, or that of a variant.
///
/// # Errors
/// `internal` when it is too long for one.
pub(crate) fn entity_id(app: &App, variant: Option<&str>) -> Result<EntityId, Problem> {
    let text = match variant {
        None => address(app, "/saml/metadata"),
        Some(name) => address(app, &format!("/saml/{name}/metadata")),
    };
    EntityId::parse(text).map_err(|_| Code::Internal.into())
}

/// Our entityID as a provider knows it.
///
/// # Errors
/// As [`entity_id`].
pub(crate) fn entity_id_for(app: &App, provider: &ServiceProvider) -> Result<EntityId, Problem> {
    entity_id(app, provider.policy.variant.as_deref())
}
