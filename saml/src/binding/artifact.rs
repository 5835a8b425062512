//! Artifacts of type 4 (Bindings 3.6.4.2): a reference to a message that waits at its sender.

use std::fmt;

use sha1::{Digest, Sha1};

use super::relay_state::RelayState;
use crate::identifier::EntityId;
use crate::xml::{base64, from_base64};

const TYPE: [u8; 2] = [0, 4];

/// A reference to a message: an endpoint of its sender, the sender, and 20 random octets.
#[derive(Clone, PartialEq, Eq)]
pub struct Artifact([u8; 44]);

impl Artifact {
    /// An artifact of ours, resolved at the endpoint with this index. `handle` is 20 fresh random octets.
    pub fn new(endpoint: u16, issuer: &EntityId, handle: [u8; 20]) -> Self {
        let source: [u8; 20] = Sha1::digest(issuer.as_str().as_bytes()).into();
        let mut octets = [0; 44];
        let parts = TYPE
            .into_iter()
            .chain(endpoint.to_be_bytes())
            .chain(source)
            .chain(handle);
        for (slot, octet) in octets.iter_mut().zip(parts) {
            *slot = octet;
        }
        Self(octets)
    }

    /// Reads an artifact that a service provider presents.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 128 {
            return None;
        }
        let octets: [u8; 44] = from_base64(text)?.try_into().ok()?;
        octets.starts_with(&TYPE).then_some(Self(octets))
    }

    /// Whether this provider issued it.
    pub fn is_of(&self, issuer: &EntityId) -> bool {
        let source: [u8; 20] = Sha1::digest(issuer.as_str().as_bytes()).into();
        self.0.get(4..24) == Some(source.as_slice())
    }

    /// Where a redirect takes it (Bindings 3.6.3).
    pub fn redirect(&self, location: &str, relay_state: Option<&RelayState>) -> String {
        let separator = if location.contains('?') { '&' } else { '?' };
        let encoded = |value: &str| form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>();
        let state = relay_state
            .map(|state| format!("&RelayState={}", encoded(state.as_str())))
            .unwrap_or_default();
        format!(
            "{location}{separator}SAMLart={}{state}",
            encoded(&self.to_string())
        )
    }
}

impl fmt::Display for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64(&self.0))
    }
}

/// Whoever has it may fetch the message once.
impl fmt::Debug for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Artifact(..)")
    }
}
