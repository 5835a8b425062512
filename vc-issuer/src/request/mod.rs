//! What wallets send, read once into types that prove it.

pub mod attestation;
pub mod credential;
pub mod deferred;
pub mod encryption;
pub mod holder_key;
pub mod nonce;
pub mod notification;
pub mod proof;

use idp_jose::json;
use serde_json::{Map, Value};

use crate::error::CredentialError;

/// The largest request body, octets: proofs of a batch with key attestations fit.
pub const LIMIT: usize = 256 * 1024;

/// The members of a request body, read strictly.
fn members(body: &[u8]) -> Result<Map<String, Value>, CredentialError> {
    json::parse_object(body, LIMIT)
        .map_err(|_| CredentialError::request("the body is too long, not JSON, or repeats a member"))
}

/// A text member that is there or not, and nothing else.
fn optional_text<'a>(
    members: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a str>, CredentialError> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(_) => Err(CredentialError::request("a member is no text, or empty")),
    }
}
