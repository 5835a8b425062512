//! The `claims` parameter as tokens need it (OIDC Core 5.5): which claims, where, under which constraint. It was checked at the
//! authorization endpoint; whatever of it is not understood here asks for nothing.

use serde_json::{Map, Value};

/// Where claims are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the ID token.
    IdToken,
    /// At userinfo.
    UserInfo,
}

impl Place {
    const fn member(self) -> &'static str {
        match self {
            Self::IdToken => "id_token",
            Self::UserInfo => "userinfo",
        }
    }
}

/// What is wanted in one place.
#[derive(Debug, Clone, Copy)]
pub struct RequestedClaims<'a>(Option<&'a Map<String, Value>>);

impl<'a> RequestedClaims<'a> {
    /// The part of a `claims` parameter for one place.
    pub fn of(request: Option<&'a Value>, place: Place) -> Self {
        Self(request.and_then(|request| request.get(place.member())?.as_object()))
    }

    /// Members of one object of requests.
    pub(super) const fn from_members(members: &'a Map<String, Value>) -> Self {
        Self(Some(members))
    }

    /// The constraint under which a claim is wanted; `None` when it is not.
    pub fn constraint(self, name: &str) -> Option<Constraint<'a>> {
        self.0?.get(name).map(Constraint::of)
    }

    /// The `verified_claims` that are wanted: one request, or several.
    pub fn verified(self) -> Vec<&'a Map<String, Value>> {
        match self.0.and_then(|members| members.get("verified_claims")) {
            Some(Value::Object(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_object).collect(),
            _ => Vec::new(),
        }
    }
}

/// What a claim's value has to be for it to be of use.
#[derive(Debug, Clone, Copy)]
pub enum Constraint<'a> {
    /// Any value.
    Any,
    /// This value.
    Value(&'a Value),
    /// One of these.
    Values(&'a [Value]),
}

impl<'a> Constraint<'a> {
    /// OIDC Core 5.5.1: `null`, or an object with `value` or `values`.
    pub fn of(request: &'a Value) -> Self {
        let Some(members) = request.as_object() else {
            return Self::Any;
        };
        match (members.get("value"), members.get("values")) {
            (Some(value), _) => Self::Value(value),
            (None, Some(Value::Array(values))) => Self::Values(values),
            _ => Self::Any,
        }
    }

    /// Whether a value is of use.
    pub fn accepts(self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::Value(wanted) => wanted == value,
            Self::Values(wanted) => wanted.contains(value),
        }
    }
}
