//! Where the answer goes. Until this is settled nothing is redirected (RFC 6749 4.1.2.1, RFC 9700 4.11).

use crate::client::{Client, ClientProfile};
use crate::error::OAuthError;
use crate::parameters::Parameters;
use crate::response::{Destination, ResponseMode};

/// The longest redirect URI.
const URI_LIMIT: usize = 2048;

/// The longest `state` that is carried.
pub const STATE_LIMIT: usize = 4096;

/// Why there is nowhere to answer to: told to the person on a page, never by a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadDestination {
    /// OIDC Core 3.1.2.1: `redirect_uri` is required.
    #[error("redirect_uri is missing")]
    Missing,
    /// RFC 9700 4.1.3: it is not one of the client's, character by character.
    #[error("redirect_uri is not registered for this client")]
    Unregistered,
    /// FAPI 2.0 Security Profile 5.3.2.2: it must be https.
    #[error("redirect_uri must be https")]
    Insecure,
}

/// Finds where to answer to. A response mode or state that cannot be used is reported later, to the destination: by then it is known.
///
/// # Errors
/// [`BadDestination`].
pub fn of(parameters: &Parameters, client: &Client) -> Result<Destination, BadDestination> {
    let redirect_uri = parameters.text("redirect_uri").ok_or(BadDestination::Missing)?;
    check(redirect_uri, client)?;
    let mode = parameters.text("response_mode").and_then(ResponseMode::parse);
    let state = parameters.text("state").filter(|state| is_carried(state));
    Ok(Destination {
        client_id: client.client_id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        response_mode: mode.unwrap_or_default(),
        state: state.map(str::to_owned),
    })
}

/// Whether a redirect URI is the client's, now.
///
/// # Errors
/// [`BadDestination`].
pub fn check(redirect_uri: &str, client: &Client) -> Result<(), BadDestination> {
    if redirect_uri.len() > URI_LIMIT
        || !client
            .redirect_uris
            .iter()
            .any(|own| is_same(own, redirect_uri, client))
    {
        return Err(BadDestination::Unregistered);
    }
    if client.profile == ClientProfile::Fapi2 && !redirect_uri.starts_with("https://") {
        return Err(BadDestination::Insecure);
    }
    Ok(())
}

/// What the destination was asked for in vain: a response mode that does not exist, a state that cannot be carried.
///
/// # Errors
/// `invalid_request`.
pub(super) fn check_extras(parameters: &Parameters) -> Result<(), OAuthError> {
    let mode = parameters.text("response_mode");
    if mode.is_some_and(|mode| ResponseMode::parse(mode).is_none()) {
        return Err(OAuthError::invalid_request("response_mode is not supported"));
    }
    if parameters.text("state").is_some_and(|state| !is_carried(state)) {
        return Err(OAuthError::invalid_request(
            "state is too long or has control characters",
        ));
    }
    Ok(())
}

fn is_carried(state: &str) -> bool {
    state.len() <= STATE_LIMIT && !state.chars().any(char::is_control)
}

/// RFC 9700 4.1.3: equal character by character; of a native client's loopback URI the port may differ (RFC 8252 7.3).
fn is_same(registered: &str, asked: &str, client: &Client) -> bool {
    if registered == asked {
        return true;
    }
    let loopback = |uri| client.native.then(|| without_port(uri)).flatten();
    loopback(registered).is_some_and(|own| loopback(asked) == Some(own))
}

/// Host and everything behind the port of an `http` URI to this machine.
fn without_port(uri: &str) -> Option<(&'static str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let hosts = ["127.0.0.1", "[::1]", "localhost"];
    let (host, rest) = hosts
        .into_iter()
        .find_map(|host| rest.strip_prefix(host).map(|rest| (host, rest)))?;
    let rest = match rest.strip_prefix(':') {
        Some(port) => {
            let end = port.find(|c: char| !c.is_ascii_digit()).unwrap_or(port.len());
            let (port, rest) = port.split_at_checked(end)?;
            port.parse::<u16>().ok()?;
            rest
        }
        None => rest,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest))
}
