//! From a description to a client that may be stored.

use idp_core::service::Service;
use idp_types::{Scope, ScopeSet};
use oidc::Client;
use oidc::client::{
    ClientMetadata, GrantType, MetadataError, OperatorMembers, RegistrationPolicy, SigningAlgorithm, check,
    check_sector_document, sector_of,
};
use oidc::scope::RequestedScope;
use serde_json::{Map, Value};

use crate::app::App;
use crate::keys::IssuerProfile;
use crate::outbound::{ANSWER_LIMIT, fetch_json};

/// Who describes the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Authority {
    /// An operator: every member counts, and a member that is unknown is a mistake.
    Operator,
    /// The client itself: it says nothing of what only operators may say, and unknown members are left alone (RFC 7591 2).
    Client,
}

/// A client as its description has it: `base` with every member read anew. Scopes have to stay within the service's.
///
/// # Errors
/// [`MetadataError`] with the first member that is wrong.
pub(crate) async fn described(
    app: &App,
    mut client: Client,
    description: &Map<String, Value>,
    authority: Authority,
) -> Result<Client, MetadataError> {
    if authority == Authority::Operator {
        refuse_unknown(description)?;
        client.operate(&OperatorMembers::read(description)?);
    }
    client.describe(&ClientMetadata::parse(description)?)?;
    let policy = RegistrationPolicy {
        loopback: app.oidc.outbound.allows_loopback(),
        algorithms: algorithms_of(&client)?,
    };
    check(&client, &policy)?;
    check_sector(app, &client).await?;
    client.sector = sector_of(&client);
    Ok(client)
}

/// A misspelt member would silently leave a rule out.
fn refuse_unknown(description: &Map<String, Value>) -> Result<(), MetadataError> {
    let is_known =
        |name: &str| ClientMetadata::NAMES.contains(&name) || OperatorMembers::NAMES.contains(&name);
    if description.keys().all(|name| is_known(name)) {
        Ok(())
    } else {
        Err(MetadataError::Unknown)
    }
}

/// The algorithms of the view of the issuer that the client is registered for.
fn algorithms_of(client: &Client) -> Result<&'static [SigningAlgorithm], MetadataError> {
    let Some(name) = &client.issuer_profile else {
        return Ok(&SigningAlgorithm::ALL);
    };
    let profile = IssuerProfile::parse(name).ok_or(MetadataError::Value("issuer_profile"))?;
    Ok(crate::oidc::issuer::algorithms(profile))
}

/// OIDC Core 8.1: the document is read once, when the client is registered.
async fn check_sector(app: &App, client: &Client) -> Result<(), MetadataError> {
    let Some(uri) = &client.sector_identifier_uri else {
        return Ok(());
    };
    let document = fetch_json(app, uri, ANSWER_LIMIT).await;
    let document = document.map_err(|_| MetadataError::SectorDocument)?;
    check_sector_document(&document, client)
}

/// The scopes of the catalogue that a client may ask for lie within what its service may: the phone would refuse the rest.
///
/// # Errors
/// [`MetadataError::Scope`].
pub(super) fn check_ceiling(client: &Client, service: &Service) -> Result<(), MetadataError> {
    let text = client.allowed_scopes.join(" ");
    let asked = RequestedScope::parse(&text, &client.resource_scopes);
    let asked = asked.map_err(|_| MetadataError::Scope("scope"))?;
    let asked = ScopeSet::expanding(asked.identity());
    let ceiling = ScopeSet::expanding(service.allowed_scopes.iter().copied());
    if asked.is_within(ceiling) {
        Ok(())
    } else {
        Err(MetadataError::Scope("scope"))
    }
}

/// The catalogue's part of a client's scopes, for the service that is made with it.
pub(super) fn catalogue_scopes(client: &Client) -> Vec<Scope> {
    let text = client.allowed_scopes.join(" ");
    let asked = RequestedScope::parse(&text, &client.resource_scopes);
    asked.map(|asked| asked.identity()).unwrap_or_default()
}

/// What a client that registers itself may ask for at the most, written as a `scope` member: the standard scopes and its service's.
/// What it asks for beyond is left out, as RFC 7591 2 allows; the answer says what it got.
pub(crate) fn limit_scope(description: &mut Map<String, Value>, service: &Service, grants: &[GrantType]) {
    let mut ceiling = vec!["openid", "email"];
    let expanded = ScopeSet::expanding(service.allowed_scopes.iter().copied());
    let within = |text: &str| {
        text.parse::<Scope>()
            .is_ok_and(|scope| scope.expand().is_within(expanded))
    };
    if within("identity:name") {
        ceiling.push("profile");
    }
    if grants.contains(&GrantType::RefreshToken) {
        ceiling.push("offline_access");
    }
    let asked = description
        .get("scope")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let granted: Vec<String> = if let Some(asked) = asked {
        let is_allowed = |word: &&str| ceiling.contains(word) || within(word);
        asked.split(' ').filter(is_allowed).map(str::to_owned).collect()
    } else {
        let own = service.allowed_scopes.iter().map(|scope| scope.as_str());
        ceiling.into_iter().chain(own).map(str::to_owned).collect()
    };
    description.insert("scope".to_owned(), Value::String(granted.join(" ")));
}
