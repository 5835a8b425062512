//! What FCM is told.

use idp_types::Timestamp;
use serde_json::{Value, json};

use crate::sender::Push;

/// The body of `messages:send`.
pub(super) fn body(token: &str, push: &Push, alert: &str, now: Timestamp) -> Vec<u8> {
    let seconds = push.lifetime(now);
    let expiration = push.expires_at.unix_seconds();
    let data = Value::Object(push.message.members());
    let message = json!({
        "token": token,
        "data": data,
        "android": {"priority": "HIGH", "ttl": format!("{seconds}s")},
        "apns": {
            "headers": {"apns-priority": "10", "apns-push-type": "alert", "apns-expiration": expiration.to_string()},
            "payload": {"aps": {"alert": {"body": alert}, "sound": "default", "mutable-content": 1}},
        },
        "webpush": {"headers": {"TTL": seconds.to_string(), "Urgency": "high"}},
    });
    json!({"message": message}).to_string().into_bytes()
}
