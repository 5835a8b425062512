//! The Redirect binding, outward: an address, signed or not (Bindings 3.4).

use form_urlencoded::byte_serialize;

use super::inflate::deflate;
use super::received::Direction;
use super::relay_state::RelayState;
use crate::signature::SigningAlgorithm;
use crate::xml::base64;

/// A message on its way by Redirect.
#[derive(Debug, Clone)]
pub struct RedirectDraft {
    location: String,
    query: String,
}

impl RedirectDraft {
    /// A document without a signature of its own, to an address that may have a query already.
    pub fn new(
        location: &str,
        direction: Direction,
        document: &str,
        relay_state: Option<&RelayState>,
    ) -> Self {
        let message = base64(&deflate(document));
        let mut query = format!("{}={}", direction.parameter(), encoded(&message));
        if let Some(state) = relay_state {
            query.push_str("&RelayState=");
            query.push_str(&encoded(state.as_str()));
        }
        Self {
            location: location.to_owned(),
            query,
        }
    }

    /// The address without a signature.
    pub fn unsigned(self) -> String {
        let separator = if self.location.contains('?') { '&' } else { '?' };
        format!("{}{separator}{}", self.location, self.query)
    }

    /// The octets to sign.
    pub fn prepare(mut self, algorithm: SigningAlgorithm) -> PreparedRedirect {
        self.query.push_str("&SigAlg=");
        self.query.push_str(&encoded(algorithm.uri()));
        PreparedRedirect(self)
    }
}

/// A redirect that waits for its signature.
#[derive(Debug, Clone)]
#[must_use]
pub struct PreparedRedirect(RedirectDraft);

impl PreparedRedirect {
    /// What is signed.
    pub fn octets(&self) -> &[u8] {
        self.0.query.as_bytes()
    }

    /// The address with its signature.
    pub fn complete(mut self, signature: &[u8]) -> String {
        self.0.query.push_str("&Signature=");
        self.0.query.push_str(&encoded(&base64(signature)));
        self.0.unsigned()
    }
}

fn encoded(value: &str) -> String {
    byte_serialize(value.as_bytes()).collect()
}
