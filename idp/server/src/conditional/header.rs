//! `If-Match` and `If-None-Match`, read from a request and evaluated (RFC 9110 13.1.1, 13.1.2, 13.2.2).

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, header};
use serde::Serialize;

use super::etag::{Etag, Tagged, not_modified};
use crate::app::App;
use crate::problem::{Code, Problem};

/// The most tags of one condition.
const TAGS_LIMIT: usize = 32;

/// What one header names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    /// `*`: any state, as long as there is one.
    Any,
    /// The strong tags of the list; weak ones are no writer's (RFC 9110 13.1.1).
    Tags(Vec<String>),
}

/// The conditions of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Conditions {
    matching: Option<Named>,
    none_matching: Option<Named>,
}

impl Named {
    fn holds(&self, current: Option<&Etag>) -> bool {
        match (self, current) {
            (_, None) => false,
            (Self::Any, Some(_)) => true,
            (Self::Tags(tags), Some(current)) => tags.iter().any(|tag| tag == current.as_str()),
        }
    }
}

/// `entity-tag = [ weak ] opaque-tag` (RFC 9110 8.8.3); the tag, and whether it is weak.
fn entity_tag(text: &str) -> Option<(String, bool)> {
    let (text, weak) = text.strip_prefix("W/").map_or((text, false), |rest| (rest, true));
    let opaque = text.strip_prefix('"')?.strip_suffix('"')?;
    let is_etagc = |c: char| c != '"' && (c.is_ascii_graphic() || !c.is_ascii());
    opaque.chars().all(is_etagc).then(|| (opaque.to_owned(), weak))
}

/// What a header says; `None` where it is absent.
fn named(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Named>, Problem> {
    let wrong = || {
        Problem::new(Code::InvalidRequest)
            .detail("a condition is neither * nor a list of entity tags in quotes")
            .with("member", name.as_str())
    };
    let mut tags = Vec::new();
    let mut any = false;
    for value in headers.get_all(name) {
        let text = value.to_str().map_err(|_| wrong())?;
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            if part == "*" {
                any = true;
            } else {
                tags.push(entity_tag(part).ok_or_else(wrong)?);
            }
        }
    }
    match (headers.contains_key(name), any, tags.len()) {
        (false, ..) => Ok(None),
        (true, true, 0) => Ok(Some(Named::Any)),
        (true, false, 1..=TAGS_LIMIT) => {
            let strong = tags.into_iter().filter(|(_, weak)| !weak);
            Ok(Some(Named::Tags(strong.map(|(tag, _)| tag).collect())))
        }
        _ => Err(wrong()),
    }
}

impl Conditions {
    /// What a request says.
    ///
    /// # Errors
    /// `invalid_request` for a header that is no condition.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        Ok(Self {
            matching: named(headers, &header::IF_MATCH)?,
            none_matching: named(headers, &header::IF_NONE_MATCH)?,
        })
    }

    /// Whether a write may go on where this is stored.
    ///
    /// # Errors
    /// `precondition_failed`.
    pub(crate) fn admit(&self, current: Option<&Etag>) -> Result<(), Problem> {
        let matches = self.matching.as_ref().is_none_or(|named| named.holds(current));
        let differs = self
            .none_matching
            .as_ref()
            .is_none_or(|named| !named.holds(current));
        if matches && differs {
            Ok(())
        } else {
            Err(Code::PreconditionFailed.into())
        }
    }

    /// Refuses a write that has no condition, where the configuration demands one (RFC 6585 3).
    ///
    /// # Errors
    /// `precondition_required`.
    pub(crate) fn demand(&self, app: &App) -> Result<(), Problem> {
        if app.config.admin.require_preconditions && *self == Self::default() {
            return Err(Code::PreconditionRequired.into());
        }
        Ok(())
    }

    /// A representation, or 304 where the reader has it.
    ///
    /// # Errors
    /// `precondition_failed` where `If-Match` names another state.
    pub(crate) fn read<T: Serialize>(&self, etag: Etag, body: T) -> Result<Response, Problem> {
        if !self
            .matching
            .as_ref()
            .is_none_or(|named| named.holds(Some(&etag)))
        {
            return Err(Code::PreconditionFailed.into());
        }
        let known = self
            .none_matching
            .as_ref()
            .is_some_and(|named| named.holds(Some(&etag)));
        if known {
            return Ok(not_modified(&etag));
        }
        Ok(Tagged::ok(etag, body).into_response())
    }
}

impl FromRequestParts<Arc<App>> for Conditions {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        Self::of(&parts.headers)
    }
}

/// Fuzz entry: a condition is read without a panic.
pub(crate) fn fuzz(data: &[u8]) {
    if let Ok(value) = http::HeaderValue::from_bytes(data) {
        let _ = Conditions::of(&HeaderMap::from_iter([(header::IF_MATCH, value)]));
    }
}

#[cfg(test)]
mod tests {
    use idp_store::Version;

    use super::*;

    fn conditions(name: HeaderName, value: &str) -> Result<Conditions, Problem> {
        Conditions::of(&HeaderMap::from_iter([(name, value.parse().unwrap())]))
    }

    #[test]
    fn a_condition_is_a_star_or_a_list_of_tags() {
        let current = Etag::of(Version(1), &"a").unwrap();
        let other = Etag::of(Version(2), &"a").unwrap();
        let list = format!("\"x\" , \"{}\"", current.as_str());
        let one_of = conditions(header::IF_MATCH, &list).unwrap();
        assert!(one_of.admit(Some(&current)).is_ok());
        assert!(one_of.admit(Some(&other)).is_err() && one_of.admit(None).is_err());
        let absent = conditions(header::IF_NONE_MATCH, "*").unwrap();
        assert!(absent.admit(None).is_ok() && absent.admit(Some(&current)).is_err());
        let weak = conditions(header::IF_MATCH, &format!("W/\"{}\"", current.as_str())).unwrap();
        assert!(weak.admit(Some(&current)).is_err(), "a weak tag is no writer's");
        for text in ["", "x", "\"a", "*, \"a\"", "\"a b\"", "'a'", ","] {
            assert!(conditions(header::IF_MATCH, text).is_err(), "{text}");
        }
    }

    #[test]
    fn whoever_has_the_state_reads_it_no_more() {
        let etag = Etag::of(Version(1), &"a").unwrap();
        let known = conditions(header::IF_NONE_MATCH, &format!("\"{}\"", etag.as_str())).unwrap();
        assert_eq!(known.read(etag.clone(), "a").unwrap().status(), 304);
        assert_eq!(Conditions::default().read(etag, "a").unwrap().status(), 200);
    }
}
