//! The POST binding, outward: a form that a page submits (Bindings 3.5).

use super::received::Direction;
use super::relay_state::RelayState;
use crate::xml::base64;

/// What the page has. Whoever renders it escapes the values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostForm {
    /// Where the form goes: an address of the provider's metadata.
    pub action: String,
    /// Names and values of the hidden fields.
    pub fields: Vec<(&'static str, String)>,
}

impl PostForm {
    /// A document to an address.
    pub fn new(action: &str, direction: Direction, document: &str, relay_state: Option<&RelayState>) -> Self {
        let mut fields = vec![(direction.parameter(), base64(document.as_bytes()))];
        fields.extend(relay_state.map(|state| ("RelayState", state.as_str().to_owned())));
        Self {
            action: action.to_owned(),
            fields,
        }
    }

    /// An artifact to an address (Bindings 3.6.3).
    pub fn artifact(action: &str, artifact: &super::Artifact, relay_state: Option<&RelayState>) -> Self {
        let mut fields = vec![("SAMLart", artifact.to_string())];
        fields.extend(relay_state.map(|state| ("RelayState", state.as_str().to_owned())));
        Self {
            action: action.to_owned(),
            fields,
        }
    }
}
