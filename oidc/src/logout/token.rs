//! The logout token (Back-Channel Logout 1.0, 2.4).

use idp_types::Timestamp;
use serde_json::{Map, Value, json};

use super::LogoutDelivery;

/// `typ` of a logout token, so that it is never taken for an ID token.
pub const LOGOUT_TOKEN_TYPE: &str = "logout+jwt";

/// Seconds that a logout token is valid: two minutes at the most are advised.
pub const LOGOUT_TOKEN_SECONDS: i64 = 120;

/// The one member of `events`.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The claims. `sub` and `sid` are what the client read in its ID tokens; `jti` stays the same when the delivery is repeated. There is
/// no `nonce`: 2.4 prohibits it.
pub fn logout_token(delivery: &LogoutDelivery, issuer: &str, now: Timestamp) -> Map<String, Value> {
    let claims = json!({
        "iss": issuer,
        "sub": delivery.subject,
        "aud": delivery.client_id,
        "iat": now.unix_seconds(),
        "exp": now.plus_seconds(LOGOUT_TOKEN_SECONDS).unix_seconds(),
        "jti": delivery.id,
        "sid": delivery.sid,
        "events": { EVENT: {} },
    });
    match claims {
        Value::Object(claims) => claims,
        _ => Map::new(),
    }
}
