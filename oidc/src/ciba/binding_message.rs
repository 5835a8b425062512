//! `binding_message` (CIBA 7.1): what both screens show, so that the person sees that they belong together.

use crate::error::{ErrorCode, OAuthError};
use crate::parameters::Parameters;

/// The longest message, in characters: one line on a phone.
const LIMIT: usize = 64;

/// What may stand in a message beside letters and digits of any script.
const MARKS: &str = " -_.,:;!?#()/+&'*=@%";

/// CIBA 7.1, 13: "relatively short", plain characters. What could steer a screen, or look like something else, is refused.
pub(super) fn read(parameters: &Parameters) -> Result<Option<String>, OAuthError> {
    let Some(message) = parameters.text("binding_message") else {
        return Ok(None);
    };
    let is_plain = |character: char| character.is_alphanumeric() || MARKS.contains(character);
    let is_short = message.chars().take(LIMIT + 1).count() <= LIMIT;
    if is_short && message.trim() == message && message.chars().all(is_plain) {
        return Ok(Some(message.to_owned()));
    }
    Err(OAuthError::new(
        ErrorCode::InvalidBindingMessage,
        "binding_message has at most 64 letters, digits, spaces and common marks",
    ))
}
