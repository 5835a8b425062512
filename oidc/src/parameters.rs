//! Parameters of a request, each at most once (RFC 6749 3.1 and 3.2).

use std::collections::BTreeMap;

use crate::error::OAuthError;

/// The longest query or body that is read, in bytes.
pub const LIMIT: usize = 64 * 1024;

/// The most parameters of one request.
const COUNT: usize = 64;

/// The parameters that may be repeated (RFC 8707 2, RFC 8693 2.1).
const REPEATABLE: [&str; 2] = ["resource", "audience"];

/// Decoded parameters. One without a value is as if it were not there (RFC 6749 3.1). Debug shows names alone: values may be secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<String, Vec<String>>);

impl std::fmt::Debug for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Parameters {
    /// Reads `application/x-www-form-urlencoded` text.
    ///
    /// # Errors
    /// `invalid_request` when it is too long, has too many parameters, is not UTF-8 after decoding, or repeats one.
    pub fn parse(encoded: &[u8]) -> Result<Self, OAuthError> {
        if encoded.len() > LIMIT {
            return Err(OAuthError::invalid_request("the request is too long"));
        }
        let pairs =
            form_urlencoded::parse(encoded).map(|(name, value)| (name.into_owned(), value.into_owned()));
        Self::from_pairs(pairs)
    }

    /// From decoded pairs.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, OAuthError> {
        let mut parameters = BTreeMap::<String, Vec<String>>::new();
        for (count, (name, value)) in pairs.into_iter().enumerate() {
            if count >= COUNT {
                return Err(OAuthError::invalid_request("the request has too many parameters"));
            }
            if name.contains('\u{fffd}') || value.contains('\u{fffd}') {
                return Err(OAuthError::invalid_request("a parameter is not UTF-8"));
            }
            let is_repeatable = REPEATABLE.contains(&name.as_str());
            let values = parameters.entry(name).or_default();
            if !values.is_empty() && !is_repeatable {
                return Err(OAuthError::invalid_request("a parameter stands twice"));
            }
            values.push(value);
        }
        Ok(Self(parameters))
    }

    /// A parameter that has a value.
    pub fn text(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?.first()?;
        (!value.is_empty()).then_some(value.as_str())
    }

    /// A parameter that must have a value.
    ///
    /// # Errors
    /// `invalid_request` with `missing`, a sentence that names it.
    pub fn required(&self, name: &str, missing: &'static str) -> Result<&str, OAuthError> {
        self.text(name)
            .ok_or_else(|| OAuthError::invalid_request(missing))
    }

    /// Every value of a parameter that may be repeated.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let values = self.0.get(name).map(Vec::as_slice).unwrap_or_default();
        values
            .iter()
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Whether a parameter is there, with a value or without.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Puts a parameter in place of what was there: a request object's members outweigh the query's (RFC 9101 6.3).
    pub fn set(&mut self, name: &str, values: Vec<String>) {
        self.0.insert(name.to_owned(), values);
    }

    /// Forgets a parameter.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// The names that are there.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Every pair, for parking a request.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .flat_map(|(name, values)| values.iter().map(move |value| (name.as_str(), value.as_str())))
    }
}
