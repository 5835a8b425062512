//! RelayState: a word of the sender that goes back untouched.

use serde::{Deserialize, Serialize};

use super::error::BindingError;

/// What a sender keeps in a message to find its way back. Never an address of ours, never looked into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RelayState(String);

impl RelayState {
    /// The specification asks for 80 bytes at most (Bindings 3.4.3), and large service providers send addresses that are longer: what is
    /// within this limit is kept for all of them alike, what is beyond it is refused for all.
    pub const LIMIT: usize = 2048;

    /// Takes a value as it stands.
    ///
    /// # Errors
    /// [`BindingError::RelayState`] when it is longer than [`RelayState::LIMIT`].
    pub fn parse(text: impl Into<String>) -> Result<Self, BindingError> {
        let text = text.into();
        if text.len() > Self::LIMIT {
            return Err(BindingError::RelayState);
        }
        Ok(Self(text))
    }

    /// The value. Whoever writes it into a page escapes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RelayState {
    type Error = BindingError;
    fn try_from(text: String) -> Result<Self, BindingError> {
        Self::parse(text)
    }
}

impl From<RelayState> for String {
    fn from(state: RelayState) -> Self {
        state.0
    }
}
