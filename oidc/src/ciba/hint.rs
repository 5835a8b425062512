//! Whom the client means (CIBA 7.1): exactly one hint.

use idp_types::TokenId;

use crate::error::{ErrorCode, OAuthError};
use crate::parameters::Parameters;

/// The longest `id_token_hint`.
const LIMIT: usize = 16 * 1024;

/// A hint that is no tokenId. One that is, enrolled or not, is answered like everybody's (profile 4).
pub const UNKNOWN_USER: OAuthError =
    OAuthError::new(ErrorCode::UnknownUserId, "the hint does not name a tokenId");

/// The hint.
#[derive(Clone, PartialEq, Eq)]
pub enum Hint {
    /// `login_hint`.
    TokenId(TokenId),
    /// `id_token_hint`, not verified yet.
    IdToken(String),
}

impl std::fmt::Debug for Hint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hint(..)")
    }
}

/// CIBA 7.2, item 4: exactly one hint. A `login_hint_token` would need an issuer that both sides know: there is none.
pub(super) fn read(parameters: &Parameters) -> Result<Hint, OAuthError> {
    let hints = ["login_hint", "id_token_hint", "login_hint_token"];
    let count = hints
        .iter()
        .filter(|name| parameters.text(name).is_some())
        .count();
    if count != 1 {
        return Err(OAuthError::invalid_request("exactly one hint is needed"));
    }
    if let Some(text) = parameters.text("login_hint") {
        return TokenId::parse(text).map(Hint::TokenId).map_err(|_| UNKNOWN_USER);
    }
    match parameters.text("id_token_hint") {
        Some(token) if token.len() <= LIMIT => Ok(Hint::IdToken(token.to_owned())),
        Some(_) => Err(OAuthError::invalid_request("id_token_hint is too long")),
        None => Err(OAuthError::invalid_request("login_hint_token is not supported")),
    }
}
