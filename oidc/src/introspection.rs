//! Introspection (RFC 7662, RFC 9701) and revocation (RFC 7009): what a client may learn of, and do to, a token.

use idp_types::{ClientId, Timestamp};
use serde_json::{Map, Value, json};

use crate::claims::AccessToken;
use crate::client::Client;
use crate::error::OAuthError;
use crate::grant::{Confirmation, Grant};
use crate::parameters::Parameters;

/// RFC 9701 5, `typ` of the signed answer.
pub const TYPE: &str = "token-introspection+jwt";

/// RFC 9701 4, the media type of the signed answer.
pub const MEDIA_TYPE: &str = "application/token-introspection+jwt";

/// The longest token that is looked at.
pub const TOKEN_LIMIT: usize = 32 * 1024;

/// The token of a request (RFC 7009 2.1, RFC 7662 2.1). `token_type_hint` is not needed: tokens tell themselves apart.
///
/// # Errors
/// `invalid_request`.
pub fn token(parameters: &Parameters) -> Result<&str, OAuthError> {
    parameters.required("token", "token is missing")
}

/// What is said of a token that is not valid, not ours, or not for who asks: nothing else (RFC 7662 2.2).
pub fn inactive() -> Value {
    json!({"active": false})
}

/// RFC 7662 4: a token is described to the client that has it and to those that it is for, and to nobody else.
pub fn may_see(client: &Client, owner: &ClientId, audience: &[String]) -> bool {
    let is_for = |name: &String| client.resources.contains(name) || name == client.client_id.as_str();
    *owner == client.client_id || audience.iter().any(is_for)
}

/// RFC 7662 2.2: an access token that is valid.
pub fn of_access_token(token: &AccessToken) -> Value {
    let is_dpop = token.cnf.as_ref().is_some_and(|cnf| cnf.jkt.is_some());
    let Ok(Value::Object(mut members)) = serde_json::to_value(token) else {
        return inactive();
    };
    members.insert("active".to_owned(), Value::Bool(true));
    members.insert(
        "token_type".to_owned(),
        Value::from(if is_dpop { "DPoP" } else { "Bearer" }),
    );
    // The grant's name is for us.
    members.remove("grant_id");
    Value::Object(members)
}

/// RFC 7662 2.2: a refresh token that is valid.
pub fn of_refresh_token(grant: &Grant, issuer: &str) -> Value {
    let ends = grant
        .refresh
        .as_ref()
        .map_or(grant.expires_at, |family| family.idle_until.min(grant.expires_at));
    let mut described = json!({
        "active": true,
        "iss": issuer,
        "sub": grant.subject,
        "client_id": grant.client_id,
        "scope": grant.scope,
        "iat": grant.created_at.unix_seconds(),
        "exp": ends.unix_seconds(),
        "auth_time": grant.authentication.auth_time.unix_seconds(),
        "acr": grant.acr,
    });
    if let (Some(confirmation), Some(members)) = (&grant.confirmation, described.as_object_mut()) {
        let cnf = match confirmation {
            Confirmation::Jkt(jkt) => json!({"jkt": jkt}),
            Confirmation::X5tS256(thumbprint) => json!({"x5t#S256": thumbprint}),
        };
        members.insert("cnf".to_owned(), cnf);
    }
    described
}

/// RFC 9701 5: the claims of a signed answer, for the client that asked.
pub fn signed_claims(described: Value, issuer: &str, client: &Client, now: Timestamp) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("iss".to_owned(), Value::from(issuer));
    claims.insert("aud".to_owned(), Value::from(client.client_id.as_str()));
    claims.insert("iat".to_owned(), Value::from(now.unix_seconds()));
    claims.insert("token_introspection".to_owned(), described);
    claims
}
