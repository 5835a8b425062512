//! What becomes of a logout request (RP-Initiated Logout 1.0, 2 and 3).

use crate::client::Client;
use crate::session::BrowserSession;

use super::{EndSessionRequest, Hint};

/// What is known when the request is answered.
#[derive(Debug, Clone, Copy)]
pub struct Present<'a> {
    /// The hint, if it is a token of ours. One that was changed, or is somebody else's, is none.
    pub hint: Option<&'a Hint>,
    /// Who asks, by `client_id` or by the hint, and the issuer that this client sees.
    pub client: Option<(&'a Client, &'a str)>,
    /// The browser's session, if it has a live one, and the `sub` that the client sees in it.
    pub session: Option<(&'a BrowserSession, Option<&'a str>)>,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// End the session, if there is one, and go there; without an address, say that the person is signed out.
    End {
        /// The registered address, `state` included.
        return_to: Option<String>,
    },
    /// Ask the person first; afterwards as above.
    Ask {
        /// The registered address, `state` included.
        return_to: Option<String>,
    },
}

/// Why nothing is done: the person reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// 2: `client_id` must be the client that the ID token was issued to.
    #[error("client_id is not the client that id_token_hint was issued to")]
    Client,
    /// 3: the address is not one of the client's, character by character.
    #[error("post_logout_redirect_uri is not registered for this client")]
    Address,
}

/// Decides. Somebody who is signed in is asked, unless the client shows an ID token of this very session or person; an address is
/// used only if it is registered for a client that is known.
///
/// # Errors
/// [`Mismatch`].
pub fn decide(request: &EndSessionRequest, present: Present<'_>) -> Result<Decision, Mismatch> {
    let hint = present.hint.filter(|hint| is_clients(hint, present.client));
    check_client(request, present.hint)?;
    let return_to = return_to(request, present.client.map(|(client, _)| client))?;
    let Some((session, subject)) = present.session else {
        return Ok(Decision::End { return_to });
    };
    let is_theirs = hint.is_some_and(|hint| belongs(hint, session, subject));
    Ok(if is_theirs {
        Decision::End { return_to }
    } else {
        Decision::Ask { return_to }
    })
}

/// The hint is the known client's own, from the issuer that it sees.
fn is_clients(hint: &Hint, client: Option<(&Client, &str)>) -> bool {
    client.is_some_and(|(client, issuer)| client.client_id == hint.client_id && issuer == hint.issuer)
}

/// RP-Initiated Logout 1.0, 2: "When both `client_id` and `id_token_hint` are present, the OP MUST verify" that they agree.
fn check_client(request: &EndSessionRequest, hint: Option<&Hint>) -> Result<(), Mismatch> {
    match (&request.client_id, hint) {
        (Some(named), Some(hint)) if *named != hint.client_id => Err(Mismatch::Client),
        _ => Ok(()),
    }
}

/// RP-Initiated Logout 1.0, 3: the address must have been registered; nobody is sent to one whose client is not known.
fn return_to(request: &EndSessionRequest, client: Option<&Client>) -> Result<Option<String>, Mismatch> {
    let (Some(asked), Some(client)) = (&request.post_logout_redirect_uri, client) else {
        return Ok(None);
    };
    if !client.post_logout_redirect_uris.contains(asked) {
        return Err(Mismatch::Address);
    }
    Ok(Some(match &request.state {
        Some(state) => with_state(asked, state),
        None => asked.clone(),
    }))
}

/// RP-Initiated Logout 1.0, 2: `state` is passed back in the query; a query that is there stays.
fn with_state(address: &str, state: &str) -> String {
    let (before, fragment) = match address.split_once('#') {
        Some((before, fragment)) => (before, Some(fragment)),
        None => (address, None),
    };
    let separator = match before {
        before if before.ends_with(['?', '&']) => "",
        before if before.contains('?') => "&",
        _ => "?",
    };
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    encoded.append_pair("state", state);
    let mut address = format!("{before}{separator}{}", encoded.finish());
    if let Some(fragment) = fragment {
        address.push('#');
        address.push_str(fragment);
    }
    address
}

/// RP-Initiated Logout 1.0, 2: the token belongs to the client's current session, or to the person who is signed in.
fn belongs(hint: &Hint, session: &BrowserSession, subject: Option<&str>) -> bool {
    let part = session.client(&hint.client_id);
    let is_session = part.is_some_and(|part| hint.sid.as_deref() == Some(part.sid.as_str()));
    is_session || subject == Some(hint.subject.as_str())
}
