//! Dynamic registration on the wire (RFC 7591 3, RFC 7592 2 and 3): what a client sends about itself, and what it is answered.

use serde_json::{Map, Value, json};

use crate::client::{Client, MetadataError};

/// Members that a client may not write when it manages itself (RFC 7592 2.2).
const ANSWERED: [&str; 4] = [
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
];

/// What goes beside the metadata in an answer.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The new secret; absent when none was made.
    pub secret: Option<&'a str>,
    /// The token that the client manages itself with.
    pub registration_token: &'a str,
    /// Where it does.
    pub registration_uri: &'a str,
}

/// The client information response (RFC 7591 3.2.1, RFC 7592 3).
pub fn answer(client: &Client, credentials: Credentials<'_>) -> Map<String, Value> {
    let mut answer = Map::new();
    answer.insert("client_id".to_owned(), json!(client.client_id));
    answer.insert(
        "client_id_issued_at".to_owned(),
        json!(client.created_at.unix_seconds()),
    );
    if let Some(secret) = credentials.secret {
        answer.insert("client_secret".to_owned(), json!(secret));
    }
    // RFC 7591 3.2.1: required wherever there is a secret; it does not end by itself.
    if !client.secrets.is_empty() {
        answer.insert("client_secret_expires_at".to_owned(), json!(0));
    }
    answer.insert(
        "registration_access_token".to_owned(),
        json!(credentials.registration_token),
    );
    answer.insert(
        "registration_client_uri".to_owned(),
        json!(credentials.registration_uri),
    );
    client.metadata().write(&mut answer);
    answer
}

/// RFC 7592 2.2: an update names the client, and nothing that only the server says. `proves` says whether a secret is the client's.
///
/// # Errors
/// [`MetadataError::Value`] with the member.
pub fn check_update(
    description: &Map<String, Value>,
    client: &Client,
    proves: impl FnOnce(&str) -> bool,
) -> Result<(), MetadataError> {
    if let Some(name) = ANSWERED.iter().find(|name| description.contains_key(**name)) {
        return Err(MetadataError::Value(name));
    }
    if description.get("client_id").and_then(Value::as_str) != Some(client.client_id.as_str()) {
        return Err(MetadataError::Value("client_id"));
    }
    match description.get("client_secret") {
        None => Ok(()),
        Some(Value::String(secret)) if proves(secret) => Ok(()),
        Some(_) => Err(MetadataError::Value("client_secret")),
    }
}

/// The error response (RFC 7591 3.2.2).
pub fn refusal(error: MetadataError) -> Value {
    json!({ "error": error.code(), "error_description": error.to_string() })
}
