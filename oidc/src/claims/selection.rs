//! Released claims, for one client, in one place (OIDC Core 5.3.2, 5.4, 5.5; the seed's claims table).

use idp_types::{AtomicScope, ScopeSet};
use serde_json::{Map, Value};

use super::request::{Place, RequestedClaims};
use super::verified::verified_claims;
use crate::authentication::Released;
use crate::client::{Client, PROTECTED_CLAIMS};
use crate::scope::RequestedScope;

/// What may be disclosed, and under which request.
#[derive(Debug, Clone, Copy)]
pub struct Disclosure<'a> {
    /// What the person released.
    pub released: &'a Released,
    /// The granted scope.
    pub scope: &'a RequestedScope,
    /// The `claims` request.
    pub request: Option<&'a Value>,
    /// The address that an operator asserts for this client (profile 8).
    pub address: Option<&'a str>,
}

/// The claims for one place, under the client's names.
pub fn released_claims(client: &Client, disclosure: &Disclosure<'_>, place: Place) -> Map<String, Value> {
    let request = RequestedClaims::of(disclosure.request, place);
    let by_scope = match place {
        Place::UserInfo => true,
        Place::IdToken => client.claims_in_id_token,
    };
    let scopes = if by_scope {
        granted_scopes(disclosure)
    } else {
        ScopeSet::EMPTY
    };
    let mut selected = Map::new();
    for (name, value) in all(disclosure.released) {
        let is_scoped = scopes.iter().any(|scope| names(scope).contains(&name.as_str()));
        let is_requested = || {
            let constraint = request.constraint(&name);
            constraint.is_some_and(|constraint| constraint.accepts(&value))
        };
        // The portrait is larger than many a consumer's limit for a token (federation-oidc 7).
        let has_room = place == Place::UserInfo || name != "picture";
        if has_room && (is_scoped || is_requested()) {
            selected.insert(name, value);
        }
    }
    let mut mapped = mapped(client, selected);
    add_address(client, disclosure, by_scope, request, &mut mapped);
    let verified = verified_claims(disclosure.released, request, place);
    if let Some(verified) = verified {
        mapped.insert("verified_claims".to_owned(), verified);
    }
    mapped
}

/// Every released claim by its flat name.
pub(super) fn all(released: &Released) -> Map<String, Value> {
    match serde_json::to_value(&released.claims) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// The catalogue's scopes that were granted; `profile` stands for the name (the seed's mapping).
fn granted_scopes(disclosure: &Disclosure<'_>) -> ScopeSet {
    ScopeSet::expanding(disclosure.scope.identity()).intersection(disclosure.released.authentication.granted)
}

/// The claims of a scope (the seed's table).
const fn names(scope: AtomicScope) -> &'static [&'static str] {
    match scope {
        AtomicScope::Name => &["given_name", "family_name", "name"],
        AtomicScope::GivenName => &["given_name"],
        AtomicScope::FamilyName => &["family_name"],
        AtomicScope::DateOfBirth => &["birthdate"],
        AtomicScope::Nationality => &["nationality"],
        AtomicScope::Document => &["document_number"],
        AtomicScope::Photo => &["picture"],
        AtomicScope::TrustLevel => &["trust_level"],
        AtomicScope::AgeOver18 => &["age_over_18"],
        AtomicScope::AgeOver21 => &["age_over_21"],
        AtomicScope::AgeOver25 => &["age_over_25"],
        AtomicScope::AgeRange => &["age_range"],
        AtomicScope::IsEuCitizen => &["is_eu_citizen"],
        AtomicScope::NameInitial => &["name_initial"],
    }
}

/// The client's own names: an empty one drops the claim, one of the protocol's is not given away.
fn mapped(client: &Client, claims: Map<String, Value>) -> Map<String, Value> {
    if client.claim_mapping.is_empty() {
        return claims;
    }
    let rename = |(name, value): (String, Value)| match client.claim_mapping.get(&name) {
        None => Some((name, value)),
        Some(own) if own.is_empty() => None,
        Some(own) if PROTECTED_CLAIMS.contains(&own.as_str()) => Some((name, value)),
        Some(own) => Some((own.clone(), value)),
    };
    claims.into_iter().filter_map(rename).collect()
}

/// OIDC Core 5.4: scope `email`. The operator asserts the address, so that it is verified (profile 8); there is no other source.
fn add_address(
    client: &Client,
    disclosure: &Disclosure<'_>,
    by_scope: bool,
    request: RequestedClaims<'_>,
    claims: &mut Map<String, Value>,
) {
    let Some(address) = disclosure.address else {
        return;
    };
    let value = Value::from(address);
    let is_scoped = by_scope && disclosure.scope.has("email");
    let accepts = |name, value: &Value| request.constraint(name).is_some_and(|c| c.accepts(value));
    let mut own = Map::new();
    if is_scoped || accepts("email", &value) {
        own.insert("email".to_owned(), value);
    }
    let mut named = mapped(client, own);
    if !named.is_empty() || accepts("email_verified", &Value::Bool(true)) {
        named.insert("email_verified".to_owned(), Value::Bool(true));
    }
    claims.append(&mut named);
}
