//! Who is refused whatever the token says.

use idp_jose::json::Map;
use serde_json::Value;

use super::fields::{Fields, PolicyError, Read};

/// Lists of what is refused, each in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DenyLists {
    jti: Vec<String>,
    sid: Vec<String>,
    /// Tokens of a subject that were issued before this time, Unix seconds.
    sub: Vec<(String, i64)>,
}

impl DenyLists {
    /// Reads lists from JSON: `{"jti": [], "sid": [], "sub": {"subject": not_before}}`.
    ///
    /// # Errors
    /// [`PolicyError`] with the place and what is wrong there.
    pub fn parse(text: &[u8]) -> Result<Self, PolicyError> {
        Self::read(Fields::parse(text)?)
    }

    pub(super) fn read(mut fields: Fields) -> Read<Self> {
        let mut sub = Vec::new();
        if let Some(value) = fields.any("sub") {
            let fault = || fields.fault("sub", "must be an object of Unix seconds");
            for (subject, time) in value.as_object().ok_or_else(fault)? {
                sub.push((subject.clone(), time.as_i64().ok_or_else(fault)?));
            }
        }
        let read = Self {
            jti: sorted(fields.texts("jti")?),
            sid: sorted(fields.texts("sid")?),
            sub,
        };
        fields.finish()?;
        Ok(read)
    }

    /// Whether a token with these claims is refused. A token of a listed subject without `iat` counts as old.
    pub fn refuse(&self, claims: &Map) -> bool {
        listed(&self.jti, claims, "jti") || listed(&self.sid, claims, "sid") || self.refuse_subject(claims)
    }

    fn refuse_subject(&self, claims: &Map) -> bool {
        let subject = claims
            .get("sub")
            .and_then(Value::as_str)
            .filter(|_| !self.sub.is_empty());
        // Members of an object come in the order of their names.
        let found = subject.and_then(|subject| {
            let index = self
                .sub
                .binary_search_by(|(known, _)| known.as_str().cmp(subject))
                .ok()?;
            self.sub.get(index)
        });
        found.is_some_and(|(_, time)| {
            claims
                .get("iat")
                .and_then(Value::as_i64)
                .is_none_or(|issued| issued < *time)
        })
    }
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names
}

fn listed(list: &[String], claims: &Map, name: &str) -> bool {
    let value = claims
        .get(name)
        .and_then(Value::as_str)
        .filter(|_| !list.is_empty());
    value.is_some_and(|value| list.binary_search_by(|known| known.as_str().cmp(value)).is_ok())
}
