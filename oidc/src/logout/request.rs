//! The logout request (RP-Initiated Logout 1.0, 2).

use idp_types::ClientId;

use crate::authorize::STATE_LIMIT;
use crate::error::OAuthError;
use crate::parameters::Parameters;

/// The longest address to return to.
const URI_LIMIT: usize = 2048;

/// The longest list of languages.
const LOCALES_LIMIT: usize = 256;

/// A request as it was written. Nothing of it is trusted yet. Debug does not show the hint.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EndSessionRequest {
    /// An ID token that was issued to the client before.
    pub id_token_hint: Option<String>,
    /// Who asks.
    pub client_id: Option<ClientId>,
    /// Where the person is to end.
    pub post_logout_redirect_uri: Option<String>,
    /// Echoed there.
    pub state: Option<String>,
    /// In which languages the pages speak, the preferred one first.
    pub ui_locales: Option<String>,
}

impl std::fmt::Debug for EndSessionRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EndSessionRequest")
            .field("client_id", &self.client_id)
            .field("id_token_hint", &self.id_token_hint.is_some())
            .finish_non_exhaustive()
    }
}

impl EndSessionRequest {
    /// Reads the parameters. Unknown ones are ignored, `logout_hint` among them: who is signed in says the browser's session.
    ///
    /// # Errors
    /// `invalid_request`, for the person to read: nobody is redirected before the address is checked.
    pub fn read(parameters: &Parameters) -> Result<Self, OAuthError> {
        let client_id = match parameters.text("client_id") {
            Some(text) => Some(
                ClientId::parse(text).map_err(|_| OAuthError::invalid_request("client_id is malformed"))?,
            ),
            None => None,
        };
        let bounded = |name, limit: usize, why| match parameters.text(name) {
            Some(text) if text.len() > limit || text.chars().any(char::is_control) => {
                Err(OAuthError::invalid_request(why))
            }
            text => Ok(text.map(str::to_owned)),
        };
        Ok(Self {
            id_token_hint: parameters.text("id_token_hint").map(str::to_owned),
            client_id,
            post_logout_redirect_uri: bounded(
                "post_logout_redirect_uri",
                URI_LIMIT,
                "post_logout_redirect_uri is too long or has control characters",
            )?,
            state: bounded(
                "state",
                STATE_LIMIT,
                "state is too long or has control characters",
            )?,
            ui_locales: bounded("ui_locales", LOCALES_LIMIT, "ui_locales is too long")?,
        })
    }
}
