//! What a request presents.

use std::fmt;

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::REFUSED;
use super::assertion::{ASSERTION_TYPE, named_client};
use crate::error::OAuthError;
use crate::parameters::Parameters;

/// The longest `Authorization` value that is read: a client_id and a secret, percent-encoded.
const BASIC_LIMIT: usize = 4096;

/// A client's claim to be itself. Debug shows the kind alone.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// `client_secret_basic`.
    Basic {
        /// Who it says it is.
        client_id: String,
        /// What proves it.
        secret: Zeroizing<String>,
    },
    /// `client_secret_post`.
    Post {
        /// Who it says it is.
        client_id: String,
        /// What proves it.
        secret: Zeroizing<String>,
    },
    /// `private_key_jwt`.
    Assertion {
        /// Who it says it is: the unverified `sub`.
        client_id: String,
        /// The signed assertion.
        assertion: String,
    },
    /// A name alone: a public client, or one that its certificate proves.
    Named {
        /// Who it says it is.
        client_id: String,
    },
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Basic { .. } => "Basic(..)",
            Self::Post { .. } => "Post(..)",
            Self::Assertion { .. } => "Assertion(..)",
            Self::Named { .. } => "Named(..)",
        })
    }
}

impl Credentials {
    /// Who it says it is.
    pub fn client_id(&self) -> &str {
        match self {
            Self::Basic { client_id, .. }
            | Self::Post { client_id, .. }
            | Self::Assertion { client_id, .. }
            | Self::Named { client_id } => client_id,
        }
    }
}

/// Reads the credentials of a request: its `Authorization` value, where it is of the scheme Basic, and its parameters.
///
/// # Errors
/// `invalid_request` for two methods at once (RFC 6749 2.3) or a name that contradicts them; `invalid_client` for none, or unreadable
/// ones.
pub fn present(authorization: Option<&str>, parameters: &Parameters) -> Result<Credentials, OAuthError> {
    let basic = authorization.and_then(basic_value);
    let methods = [
        basic.is_some(),
        parameters.has("client_secret"),
        parameters.has("client_assertion") || parameters.has("client_assertion_type"),
    ];
    // RFC 6749 2.3: no more than one method in a request.
    if methods.iter().filter(|used| **used).count() > 1 {
        return Err(OAuthError::invalid_request(
            "the client authenticates in two ways at once",
        ));
    }
    let credentials = match (basic, methods) {
        (Some(value), _) => read_basic(value)?,
        (None, [_, true, _]) => Credentials::Post {
            client_id: parameters.text("client_id").ok_or(REFUSED)?.to_owned(),
            secret: Zeroizing::new(parameters.text("client_secret").ok_or(REFUSED)?.to_owned()),
        },
        (None, [_, _, true]) => read_assertion(parameters)?,
        (None, _) => Credentials::Named {
            client_id: parameters.text("client_id").ok_or(REFUSED)?.to_owned(),
        },
    };
    // RFC 6749 3.2.1, RFC 7521 4.2: a client_id beside the credentials must name the same client.
    match parameters.text("client_id") {
        Some(named) if named != credentials.client_id() => Err(OAuthError::invalid_request(
            "client_id names another client than the credentials",
        )),
        _ => Ok(credentials),
    }
}

fn basic_value(authorization: &str) -> Option<&str> {
    let (scheme, value) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("basic").then(|| value.trim())
}

/// RFC 6749 2.3.1: both halves are form-encoded before they are joined, so that a colon in either cannot be mistaken.
fn read_basic(value: &str) -> Result<Credentials, OAuthError> {
    if value.len() > BASIC_LIMIT {
        return Err(REFUSED);
    }
    let decoded = Zeroizing::new(BASE64.decode(value.as_bytes()).map_err(|_| REFUSED)?);
    let text = std::str::from_utf8(&decoded).map_err(|_| REFUSED)?;
    let (client_id, secret) = text.split_once(':').ok_or(REFUSED)?;
    Ok(Credentials::Basic {
        client_id: form_decode(client_id)?,
        secret: Zeroizing::new(form_decode(secret)?),
    })
}

/// One form-encoded value. `=` and `&` cannot stand in one, so what is left is one name without a value.
fn form_decode(text: &str) -> Result<String, OAuthError> {
    if text.is_empty() || text.contains(['&', '=']) {
        return raw(text);
    }
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    let (decoded, _) = pairs.next().ok_or(REFUSED)?;
    raw(&decoded)
}

fn raw(text: &str) -> Result<String, OAuthError> {
    if text.is_empty() || text.contains('\u{fffd}') {
        return Err(REFUSED);
    }
    Ok(text.to_owned())
}

/// RFC 7521 4.2, RFC 7523 2.2.
fn read_assertion(parameters: &Parameters) -> Result<Credentials, OAuthError> {
    let missing = "client_assertion or client_assertion_type is missing";
    if parameters.required("client_assertion_type", missing)? != ASSERTION_TYPE {
        return Err(OAuthError::invalid_request("client_assertion_type is unknown"));
    }
    let assertion = parameters.required("client_assertion", missing)?;
    Ok(Credentials::Assertion {
        client_id: named_client(assertion)?,
        assertion: assertion.to_owned(),
    })
}
