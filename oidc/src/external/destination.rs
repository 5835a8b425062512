//! Where the answer goes. Until this is settled nothing is answered but a page.

use serde::{Deserialize, Serialize};

use super::Cloud;
use crate::authorize::{BadDestination, STATE_LIMIT};
use crate::client::Client;
use crate::parameters::Parameters;

/// An address of Microsoft's that the client registered, and the state to give back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalDestination {
    /// The address, as the request wrote it.
    pub redirect_uri: String,
    /// Which cloud it belongs to.
    pub cloud: Cloud,
    /// Echoed unchanged.
    pub state: Option<String>,
}

/// Finds it: one of the three documented addresses, and registered for this client. A state that cannot be carried is left out; the
/// request is refused for it later.
///
/// # Errors
/// [`BadDestination`].
pub fn destination(parameters: &Parameters, client: &Client) -> Result<ExternalDestination, BadDestination> {
    let redirect_uri = parameters.text("redirect_uri").ok_or(BadDestination::Missing)?;
    let cloud = Cloud::of_redirect_uri(redirect_uri).ok_or(BadDestination::Unregistered)?;
    if !client.redirect_uris.iter().any(|own| own == redirect_uri) {
        return Err(BadDestination::Unregistered);
    }
    let state = parameters.text("state").filter(|state| is_carried(state));
    Ok(ExternalDestination {
        redirect_uri: redirect_uri.to_owned(),
        cloud,
        state: state.map(str::to_owned),
    })
}

/// Whether a state can be given back.
pub(super) fn is_carried(state: &str) -> bool {
    state.len() <= STATE_LIMIT && !state.chars().any(char::is_control)
}
