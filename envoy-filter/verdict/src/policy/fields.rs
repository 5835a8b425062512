//! Reading a configuration document member by member: every fault names its place, and what nobody asked for is refused.

use std::ops::RangeInclusive;

use idp_jose::json::{self, Map};
use serde_json::Value;

/// A configuration of a thousand rules stays far below.
const DOCUMENT_LIMIT: usize = 1024 * 1024;

/// Why a policy was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {fault}")]
pub struct PolicyError {
    /// The place in the document, such as `rules[2].match.path`.
    pub at: String,
    /// What is wrong there.
    pub fault: String,
}

impl PolicyError {
    pub(crate) fn new(at: impl Into<String>, fault: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            fault: fault.into(),
        }
    }
}

pub(crate) type Read<T> = Result<T, PolicyError>;

/// The members of one object of the document that were not read yet.
pub(crate) struct Fields {
    members: Map,
    at: String,
}

impl Fields {
    /// The whole document.
    pub(crate) fn parse(text: &[u8]) -> Read<Self> {
        let members = json::parse_object(text, DOCUMENT_LIMIT);
        let members = members.map_err(|error| PolicyError::new("policy", error.to_string()))?;
        Ok(Self {
            members,
            at: String::new(),
        })
    }

    fn of(value: Value, at: String) -> Read<Self> {
        match value {
            Value::Object(members) => Ok(Self { members, at }),
            _ => Err(PolicyError::new(at, "must be an object")),
        }
    }

    /// The place of a member.
    pub(crate) fn at(&self, name: &str) -> String {
        if self.at.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.at)
        }
    }

    pub(crate) fn fault(&self, name: &str, fault: &str) -> PolicyError {
        PolicyError::new(self.at(name), fault)
    }

    /// A member of any kind.
    pub(crate) fn any(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name)
    }

    /// A text of 1 to 4096 bytes.
    pub(crate) fn text(&mut self, name: &str) -> Read<Option<String>> {
        match self.members.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) if (1..=4096).contains(&text.len()) => Ok(Some(text)),
            Some(_) => Err(self.fault(name, "must be a text of 1 to 4096 bytes")),
        }
    }

    /// The same, which must be there.
    pub(crate) fn required_text(&mut self, name: &str) -> Read<String> {
        self.text(name)?.ok_or_else(|| self.fault(name, "is required"))
    }

    /// A list of texts; none where it is absent.
    pub(crate) fn texts(&mut self, name: &str) -> Read<Vec<String>> {
        let texts = match self.members.remove(name) {
            None => Some(Vec::new()),
            Some(Value::Array(values)) => values
                .into_iter()
                .map(|value| match value {
                    Value::String(text) if !text.is_empty() => Some(text),
                    _ => None,
                })
                .collect(),
            Some(_) => None,
        };
        texts.ok_or_else(|| self.fault(name, "must be a list of texts that are not empty"))
    }

    /// A whole number within a range.
    pub(crate) fn number(&mut self, name: &str, range: RangeInclusive<i64>) -> Read<Option<i64>> {
        let Some(value) = self.members.remove(name) else {
            return Ok(None);
        };
        match value.as_i64() {
            Some(number) if range.contains(&number) => Ok(Some(number)),
            _ => {
                let fault = format!("must be a whole number from {} to {}", range.start(), range.end());
                Err(self.fault(name, &fault))
            }
        }
    }

    /// A truth value, false where it is absent.
    pub(crate) fn flag(&mut self, name: &str) -> Read<bool> {
        match self.members.remove(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(self.fault(name, "must be true or false")),
        }
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Read<Option<T>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| Some(*value)).ok_or_else(|| {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.fault(name, &format!("must be one of {}", known.join(", ")))
        })
    }

    /// A nested object.
    pub(crate) fn object(&mut self, name: &str) -> Read<Option<Self>> {
        let at = self.at(name);
        self.members
            .remove(name)
            .map(|value| Self::of(value, at))
            .transpose()
    }

    /// A list of objects; none where it is absent.
    pub(crate) fn objects(&mut self, name: &str) -> Read<Vec<Self>> {
        let at = self.at(name);
        match self.members.remove(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => values
                .into_iter()
                .enumerate()
                .map(|(index, value)| Self::of(value, format!("{at}[{index}]")))
                .collect(),
            Some(_) => Err(PolicyError::new(at, "must be a list of objects")),
        }
    }

    /// Objects by name; none where it is absent.
    pub(crate) fn named_objects(&mut self, name: &str) -> Read<Vec<(String, Self)>> {
        let Some(fields) = self.object(name)? else {
            return Ok(Vec::new());
        };
        let Self { members, at } = fields;
        members
            .into_iter()
            .map(|(name, value)| Self::of(value, format!("{at}.{name}")).map(|fields| (name, fields)))
            .collect()
    }

    /// Nothing may be left.
    pub(crate) fn finish(self) -> Read<()> {
        match self.members.keys().next() {
            None => Ok(()),
            Some(name) => Err(self.fault(name, "is not a known member")),
        }
    }
}
