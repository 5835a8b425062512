//! Who is refused whatever the token says.

use std::collections::{BTreeMap, BTreeSet};

use idp_jose::json::Map;
use serde_json::Value;

use super::fields::{Fields, PolicyError, Read};

/// Lists of what is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DenyLists {
    jti: BTreeSet<String>,
    sid: BTreeSet<String>,
    /// Tokens of a subject that were issued before this time, Unix seconds.
    sub: BTreeMap<String, i64>,
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
        let mut sub = BTreeMap::new();
        if let Some(value) = fields.any("sub") {
            let fault = || fields.fault("sub", "must be an object of Unix seconds");
            for (subject, time) in value.as_object().ok_or_else(fault)? {
                sub.insert(subject.clone(), time.as_i64().ok_or_else(fault)?);
            }
        }
        let read = Self {
            jti: fields.texts("jti")?.into_iter().collect(),
            sid: fields.texts("sid")?.into_iter().collect(),
            sub,
        };
        fields.finish()?;
        Ok(read)
    }

    /// Whether a token with these claims is refused. A token of a listed subject without `iat` counts as old.
    pub fn refuse(&self, claims: &Map) -> bool {
        let text = |name| claims.get(name).and_then(Value::as_str);
        let listed = |list: &BTreeSet<String>, name| text(name).is_some_and(|value| list.contains(value));
        let issued = claims.get("iat").and_then(Value::as_i64);
        let not_before = text("sub").and_then(|sub| self.sub.get(sub));
        listed(&self.jti, "jti")
            || listed(&self.sid, "sid")
            || not_before.is_some_and(|time| issued.is_none_or(|issued| issued < *time))
    }
}
