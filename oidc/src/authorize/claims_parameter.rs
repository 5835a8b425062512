//! The `claims` parameter (OIDC Core 5.5): single claims, by name, for the ID token or userinfo.

use idp_jose::json;
use idp_types::{AtomicScope, ScopeSet};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::OAuthError;

/// The longest text of a `claims` parameter, in bytes.
pub const LIMIT: usize = 16 * 1024;

/// The most claims of one destination.
const COUNT: usize = 64;

/// Where a claim is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The ID token.
    IdToken,
    /// The userinfo endpoint.
    Userinfo,
}

impl Place {
    /// Both.
    pub const ALL: [Self; 2] = [Self::IdToken, Self::Userinfo];

    const fn as_str(self) -> &'static str {
        match self {
            Self::IdToken => "id_token",
            Self::Userinfo => "userinfo",
        }
    }
}

/// A `claims` parameter whose shape was checked. Kept as it was written: members that mean nothing here mean something to others.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimsRequest(Map<String, Value>);

/// How one claim is asked for (OIDC Core 5.5.1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClaimRequest<'a> {
    /// Whether the client cannot do without it.
    pub is_essential: bool,
    value: Option<&'a Value>,
    values: &'a [Value],
}

impl<'a> ClaimRequest<'a> {
    fn of(member: &'a Value) -> Self {
        Self {
            is_essential: member.get("essential").and_then(Value::as_bool).unwrap_or(false),
            value: member.get("value"),
            values: member
                .get("values")
                .and_then(Value::as_array)
                .map_or(&[], Vec::as_slice),
        }
    }

    /// The values that were named, in their order.
    pub fn values(self) -> impl Iterator<Item = &'a Value> {
        self.value.into_iter().chain(self.values)
    }
}

impl ClaimsRequest {
    /// Reads a `claims` parameter: an object whose members are objects of claims, each `null` or an object.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        let members = json::parse_object(text.as_bytes(), LIMIT)
            .map_err(|_| OAuthError::invalid_request("claims is not an acceptable JSON object"))?;
        for place in Place::ALL {
            match members.get(place.as_str()) {
                None | Some(Value::Null) => {}
                Some(Value::Object(claims)) => check(claims)?,
                Some(_) => return Err(OAuthError::invalid_request("a member of claims is not an object")),
            }
        }
        Ok(Self(members))
    }

    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The request as JSON, for records that carry it on.
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// From JSON that was checked before.
    pub fn from_value(value: &Value) -> Self {
        Self(value.as_object().cloned().unwrap_or_default())
    }

    fn claims(&self, place: Place) -> Option<&Map<String, Value>> {
        self.0.get(place.as_str())?.as_object()
    }

    /// Every claim that is asked for in one place, `verified_claims` left out.
    pub fn names(&self, place: Place) -> impl Iterator<Item = &str> {
        let claims = self.claims(place).into_iter().flat_map(Map::keys);
        claims
            .map(String::as_str)
            .filter(|name| *name != "verified_claims")
    }

    /// How one claim is asked for in one place.
    pub fn claim(&self, place: Place, name: &str) -> Option<ClaimRequest<'_>> {
        self.claims(place)?.get(name).map(ClaimRequest::of)
    }

    /// The requests for verified claims in one place (OIDC4IDA 6): one, or several of them.
    pub fn verified_claims(&self, place: Place) -> &[Value] {
        match self
            .claims(place)
            .and_then(|claims| claims.get("verified_claims"))
        {
            Some(Value::Array(requests)) => requests,
            Some(request @ Value::Object(_)) => std::slice::from_ref(request),
            _ => &[],
        }
    }

    /// What the phone has to be asked for, so that the claims can be given: plain and verified ones, in both places.
    pub fn scopes(&self) -> ScopeSet {
        let mut scopes = Vec::new();
        for place in Place::ALL {
            scopes.extend(self.names(place).filter_map(scope_of));
            let verified = self.verified_claims(place).iter();
            let claims = verified.filter_map(|request| request.get("claims")?.as_object());
            scopes.extend(claims.flat_map(Map::keys).filter_map(|name| scope_of(name)));
        }
        scopes.into_iter().collect()
    }

    /// The same, within what may be asked for. Who may ask for the whole name may ask for a part of it; who asks for the whole name, in
    /// `named` or here, need not ask for its parts.
    pub fn scopes_within(&self, ceiling: ScopeSet, named: ScopeSet) -> ScopeSet {
        let parts = ScopeSet::from_iter([AtomicScope::GivenName, AtomicScope::FamilyName]);
        let has_name = |set: ScopeSet| set.contains(AtomicScope::Name);
        let ceiling = if has_name(ceiling) {
            ceiling.union(parts)
        } else {
            ceiling
        };
        let asked = named.union(self.scopes().intersection(ceiling));
        if has_name(asked) {
            asked.without(parts).union(named)
        } else {
            asked
        }
    }

    /// The subject that the client names (OIDC Core 5.5.1: `sub` with a value).
    pub fn subject(&self) -> Option<&str> {
        self.claim(Place::IdToken, "sub")?.values().next()?.as_str()
    }
}

/// The scope that gives a claim.
pub fn scope_of(claim: &str) -> Option<AtomicScope> {
    Some(match claim {
        "name" => AtomicScope::Name,
        "given_name" => AtomicScope::GivenName,
        "family_name" => AtomicScope::FamilyName,
        "birthdate" => AtomicScope::DateOfBirth,
        "nationality" | "nationalities" => AtomicScope::Nationality,
        "document_number" => AtomicScope::Document,
        "picture" => AtomicScope::Photo,
        "trust_level" => AtomicScope::TrustLevel,
        "age_over_18" => AtomicScope::AgeOver18,
        "age_over_21" => AtomicScope::AgeOver21,
        "age_over_25" => AtomicScope::AgeOver25,
        "age_range" => AtomicScope::AgeRange,
        "is_eu_citizen" => AtomicScope::IsEuCitizen,
        "name_initial" => AtomicScope::NameInitial,
        _ => return None,
    })
}

/// OIDC Core 5.5.1: `null`, or an object whose `essential` is a boolean and whose `values` is an array. OIDC4IDA 6:
/// `verified_claims` is an object or an array of objects with `claims` and `verification`.
fn check(claims: &Map<String, Value>) -> Result<(), OAuthError> {
    if claims.len() > COUNT {
        return Err(OAuthError::invalid_request("claims names too many claims"));
    }
    let is_shaped = |(name, value): (&String, &Value)| {
        if name == "verified_claims" {
            return is_verified_shape(value);
        }
        let Some(members) = value.as_object() else {
            return value.is_null();
        };
        members.get("essential").is_none_or(Value::is_boolean)
            && members.get("values").is_none_or(Value::is_array)
    };
    if claims.iter().all(is_shaped) {
        Ok(())
    } else {
        Err(OAuthError::invalid_request(
            "a claim is asked for in an unknown form",
        ))
    }
}

fn is_verified_shape(value: &Value) -> bool {
    let is_request = |request: &Value| {
        request.get("verification").is_some_and(Value::is_object)
            && request.get("claims").is_none_or(|claims| {
                claims.is_null() || claims.as_object().is_some_and(|claims| claims.len() <= COUNT)
            })
    };
    match value {
        Value::Null => true,
        Value::Array(requests) => requests.len() <= COUNT && requests.iter().all(is_request),
        request => is_request(request),
    }
}
