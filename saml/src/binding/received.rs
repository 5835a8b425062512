//! A message as a binding delivered it.

use super::Binding;
use super::error::BindingError;
use super::fields::Fields;
use super::inflate::inflate;
use super::relay_state::RelayState;
use super::soap;
use crate::xml::{Limits, from_base64};

/// The longest query that is looked at, in bytes; a form or body may have the base64 of a whole message.
const QUERY: usize = 16 * 1024;
const FORM: usize = 128 * 1024;

/// Whether a message asks or answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `SAMLRequest`.
    Request,
    /// `SAMLResponse`.
    Response,
}

impl Direction {
    /// The name of the parameter.
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }
}

/// The signature of the Redirect binding over the query as received (Bindings 3.4.4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detached {
    /// What was signed.
    pub octets: Vec<u8>,
    /// The identifier of the algorithm.
    pub algorithm: String,
    /// The signature.
    pub signature: Vec<u8>,
}

/// A message before it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// How it came.
    pub binding: Binding,
    /// Whether it asks or answers; a SOAP body asks.
    pub direction: Direction,
    /// The document.
    pub text: String,
    /// The sender's word.
    pub relay_state: Option<RelayState>,
    /// The signature beside the message, of the Redirect binding alone.
    pub detached: Option<Detached>,
}

impl Received {
    /// A message of the Redirect binding. `query` is the query string exactly as it came, because the signature covers those octets: another
    /// spelling of the same values would not verify.
    ///
    /// # Errors
    /// [`BindingError`] when a parameter is missing, stands twice or is broken, or the message inflates beyond its limit.
    pub fn from_query(query: &str) -> Result<Self, BindingError> {
        if query.len() > QUERY {
            return Err(BindingError::TooLarge);
        }
        let fields = Fields::parse(query)?;
        let direction = direction(&fields)?;
        let encoding = fields.decoded("SAMLEncoding")?;
        if encoding.is_some_and(|encoding| encoding != DEFLATE) {
            return Err(BindingError::Encoding);
        }
        let value = fields
            .decoded(direction.parameter())?
            .ok_or(BindingError::Absent)?;
        let deflated = from_base64(&value).ok_or(BindingError::Malformed)?;
        Ok(Self {
            binding: Binding::Redirect,
            direction,
            text: inflate(&deflated)?,
            relay_state: relay_state(&fields)?,
            detached: detached(&fields, direction)?,
        })
    }

    /// A message of the POST binding, from the body of the form.
    ///
    /// # Errors
    /// [`BindingError`] when a parameter is missing, stands twice or is broken.
    pub fn from_form(body: &str) -> Result<Self, BindingError> {
        if body.len() > FORM {
            return Err(BindingError::TooLarge);
        }
        let fields = Fields::parse(body)?;
        let direction = direction(&fields)?;
        let value = fields
            .decoded(direction.parameter())?
            .ok_or(BindingError::Absent)?;
        let octets = from_base64(&value).ok_or(BindingError::Malformed)?;
        if octets.len() > Limits::MESSAGE.bytes {
            return Err(BindingError::TooLarge);
        }
        Ok(Self {
            binding: Binding::Post,
            direction,
            text: String::from_utf8(octets).map_err(|_| BindingError::Malformed)?,
            relay_state: relay_state(&fields)?,
            detached: None,
        })
    }

    /// A message in a SOAP envelope.
    ///
    /// # Errors
    /// [`BindingError`] when it is too large, not UTF-8, or no envelope.
    pub fn from_soap(body: &[u8]) -> Result<Self, BindingError> {
        if body.len() > Limits::MESSAGE.bytes {
            return Err(BindingError::TooLarge);
        }
        let text = str::from_utf8(body).map_err(|_| BindingError::Malformed)?;
        soap::check(text)?;
        Ok(Self {
            binding: Binding::Soap,
            direction: Direction::Request,
            text: text.to_owned(),
            relay_state: None,
            detached: None,
        })
    }
}

const DEFLATE: &str = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";

fn direction(fields: &Fields<'_>) -> Result<Direction, BindingError> {
    let messages = ["SAMLRequest", "SAMLResponse", "SAMLart"].map(|name| fields.raw(name).is_some());
    match messages {
        [true, false, false] => Ok(Direction::Request),
        [false, true, false] => Ok(Direction::Response),
        [false, false, _] => Err(BindingError::Absent),
        _ => Err(BindingError::Mixed),
    }
}

fn relay_state(fields: &Fields<'_>) -> Result<Option<RelayState>, BindingError> {
    fields.decoded("RelayState")?.map(RelayState::parse).transpose()
}

fn detached(fields: &Fields<'_>, direction: Direction) -> Result<Option<Detached>, BindingError> {
    let (algorithm, signature) = match (fields.decoded("SigAlg")?, fields.decoded("Signature")?) {
        (None, None) => return Ok(None),
        (Some(algorithm), Some(signature)) => (algorithm, signature),
        _ => return Err(BindingError::Signature),
    };
    let octets = [direction.parameter(), "RelayState", "SigAlg"]
        .into_iter()
        .filter_map(|name| fields.raw(name).map(|value| format!("{name}={value}")))
        .collect::<Vec<_>>()
        .join("&");
    Ok(Some(Detached {
        octets: octets.into_bytes(),
        algorithm,
        signature: from_base64(&signature).ok_or(BindingError::Malformed)?,
    }))
}
