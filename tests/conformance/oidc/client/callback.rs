//! The authorization response (OIDC Core 3.1.2.5 and 3.1.2.6, RFC 6749 4.1.2, RFC 9207 2, OAuth 2.0 Form Post Response Mode).

use std::collections::BTreeMap;

use tests::web::{decoded, location};
use tests::{Answer, Posted};

use super::provider::Provider;
use super::request::Request;

/// How a response travelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carrier {
    Query,
    Fragment,
    Form,
}

/// A response that reached the client.
#[derive(Debug, Clone)]
pub(crate) struct Callback {
    carrier: Carrier,
    parameters: BTreeMap<String, String>,
}

impl Callback {
    /// What an answer sends to another site, which must be the request's; `None` where it stays.
    pub(super) fn of(answer: &Answer, request: &Request) -> Option<Self> {
        let expected = request.value("redirect_uri").unwrap_or_default();
        let place = location(answer);
        if answer.status.is_redirection() && place.starts_with("https://") {
            let rest = place.strip_prefix(expected).filter(|_| !expected.is_empty());
            let rest = rest.unwrap_or_else(|| panic!("it leads to {place}, not to {expected}"));
            // RFC 6749 3.1.2: a query that is there stays.
            let joint = if expected.contains('?') { '&' } else { '?' };
            let (carrier, encoded) = match rest.strip_prefix(joint) {
                Some(encoded) => (Carrier::Query, Some(encoded)),
                None => (Carrier::Fragment, rest.strip_prefix('#')),
            };
            let encoded = encoded.unwrap_or_else(|| panic!("it leads to {place}, not to {expected}"));
            assert!(carrier == Carrier::Fragment || !encoded.contains('#'), "{place}");
            return Some(Self::new(carrier, decoded(encoded)));
        }
        let form = answer.status.is_success().then(|| Posted::find(answer)).flatten();
        let form = form.filter(|form| form.action.starts_with("https://"))?;
        assert_eq!(form.action, expected);
        // A page with a code in it is nothing to keep.
        assert!(answer.header("cache-control").contains("no-store"));
        Some(Self::new(Carrier::Form, form.fields))
    }

    fn new(carrier: Carrier, pairs: Vec<(String, String)>) -> Self {
        let count = pairs.len();
        let parameters: BTreeMap<String, String> = pairs.into_iter().collect();
        assert_eq!(
            count,
            parameters.len(),
            "a parameter stands twice: {parameters:?}"
        );
        Self { carrier, parameters }
    }

    /// A parameter; empty where there is none.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// The code of a success.
    pub(crate) fn code(&self) -> &str {
        let code = self.value("code");
        assert!(!code.is_empty(), "a code in {:?}", self.parameters);
        code
    }

    /// Whether it is a refusal.
    pub(crate) fn is_error(&self) -> bool {
        self.parameters.contains_key("error")
    }

    /// The error of a refusal.
    pub(crate) fn error(&self) -> &str {
        let error = self.value("error");
        assert!(!error.is_empty(), "an error in {:?}", self.parameters);
        error
    }

    /// What holds of every response to a request: it travels as it was asked to, echoes the state, names the issuer, and has
    /// nothing else.
    pub(super) fn check(&self, request: &Request, provider: &Provider) {
        let said = &self.parameters;
        let carrier = match request.value("response_mode") {
            Some("form_post") => Carrier::Form,
            Some("fragment") => Carrier::Fragment,
            _ => Carrier::Query,
        };
        assert_eq!(self.carrier, carrier, "{said:?}");
        assert_eq!(said.get("state").map(String::as_str), request.value("state"));
        let names_issuer = provider.metadata["authorization_response_iss_parameter_supported"] == true;
        let issuer = names_issuer.then_some(provider.issuer.as_str());
        assert_eq!(said.get("iss").map(String::as_str), issuer);
        let known: &[&str] = if self.is_error() {
            &["error", "error_description", "error_uri", "state", "iss"]
        } else {
            &["code", "state", "iss"]
        };
        for name in said.keys() {
            assert!(known.contains(&name.as_str()), "{name} is unexpected: {said:?}");
        }
        // RFC 6749 A.7 and A.8.
        for name in ["error", "error_description"] {
            let is_allowed = |byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            assert!(self.value(name).bytes().all(is_allowed), "{said:?}");
        }
    }
}
