//! An authorization request (OIDC Core 3.1.2.1), built step by step.

use tests::fresh;
use tests::web::encode;

use super::registration::Client;
use crate::suite::Variant;

/// The parameters, in their order.
#[derive(Debug, Clone)]
pub(crate) struct Request(Vec<(String, String)>);

impl Request {
    /// The usual request: the code flow, `openid`, a fresh state and nonce.
    pub(crate) fn new(client: &Client, variant: Variant) -> Self {
        let usual = [
            ("client_id", client.id.clone()),
            ("redirect_uri", client.redirect_uri().to_owned()),
            ("scope", "openid".to_owned()),
            ("state", fresh("state")),
            ("nonce", fresh("nonce")),
            ("response_type", "code".to_owned()),
        ];
        let request = Self(usual.map(|(name, value)| (name.to_owned(), value)).into());
        if variant == Variant::FormPost {
            return request.with("response_mode", "form_post");
        }
        request
    }

    /// With this value of a parameter.
    #[must_use]
    pub(crate) fn with(self, name: &str, value: impl Into<String>) -> Self {
        let mut changed = self.without(name);
        changed.0.push((name.to_owned(), value.into()));
        changed
    }

    /// Without a parameter.
    #[must_use]
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(own, _)| own != name);
        self
    }

    /// The parameters in the opposite order.
    #[must_use]
    pub(crate) fn reversed(mut self) -> Self {
        self.0.reverse();
        self
    }

    /// The value of a parameter.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Every parameter.
    pub(crate) fn parameters(&self) -> &[(String, String)] {
        &self.0
    }

    /// What redeems the code that came of it (RFC 6749 4.1.3).
    pub(crate) fn redemption<'a>(&'a self, code: &'a str) -> Vec<(&'a str, &'a str)> {
        let redirect_uri = self.value("redirect_uri").unwrap_or_default();
        vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
        ]
    }

    /// `application/x-www-form-urlencoded`.
    pub(crate) fn encoded(&self) -> String {
        let pairs = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        encode(&pairs.collect::<Vec<_>>())
    }
}
