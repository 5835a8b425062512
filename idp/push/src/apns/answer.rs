//! What Apple's answers mean (Apple, "Handling notification responses from APNs").

use idp_types::Timestamp;
use serde::Deserialize;

use crate::exchange::{ProviderAnswer, documented};
use crate::sender::PushError;

/// The provider token is older than an hour.
pub(super) const EXPIRED: &str = "ExpiredProviderToken";

const REASONS: &[&str] = &[
    "BadCollapseId",
    "BadDeviceToken",
    "BadExpirationDate",
    "BadMessageId",
    "BadPriority",
    "BadTopic",
    "DeviceTokenNotForTopic",
    "DuplicateHeaders",
    "IdleTimeout",
    "InvalidPushType",
    "MissingDeviceToken",
    "MissingTopic",
    "PayloadEmpty",
    "TopicDisallowed",
    "BadCertificate",
    "BadCertificateEnvironment",
    EXPIRED,
    "Forbidden",
    "InvalidProviderToken",
    "MissingProviderToken",
    "UnrelatedKeyIdInToken",
    "BadEnvironmentKeyIdInToken",
    "BadPath",
    "MethodNotAllowed",
    "ExpiredToken",
    "Unregistered",
    "PayloadTooLarge",
    "TooManyProviderTokenUpdates",
    "TooManyRequests",
    "InternalServerError",
    "ServiceUnavailable",
    "Shutdown",
];

#[derive(Deserialize)]
struct Failure {
    reason: String,
}

/// What came of a message.
pub(crate) fn judge(answer: &ProviderAnswer, now: Timestamp) -> Result<(), PushError> {
    if answer.status == 200 {
        return Ok(());
    }
    let failure = serde_json::from_slice::<Failure>(&answer.body).ok();
    let reason = failure.map_or("undocumented", |failure| documented(&failure.reason, REASONS));
    Err(match (reason, answer.status) {
        ("BadDeviceToken" | "Unregistered" | "ExpiredToken", _) | (_, 410) => PushError::Gone,
        // Of the connection, not of the message: the next one gets another.
        ("IdleTimeout" | "Shutdown" | "InternalServerError" | "ServiceUnavailable", _) | (_, 500..=599) => {
            answer.unavailable(reason, now)
        }
        // Of this server's tokens, though Apple answers it with 429.
        ("TooManyProviderTokenUpdates", _) | (_, 401 | 403) => PushError::Unauthorized(reason),
        (_, 429) => answer.throttled(reason, now),
        _ => PushError::Refused(reason),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(status: u16, reason: &str) -> Result<(), PushError> {
        let answer = ProviderAnswer {
            status,
            retry_after: None,
            body: format!(r#"{{"reason":"{reason}"}}"#).into_bytes(),
        };
        judge(&answer, Timestamp::from_unix_seconds(1_795_000_000))
    }

    #[test]
    fn each_documented_reason_means_what_it_says() {
        for (status, reason) in [
            (410, "Unregistered"),
            (410, "ExpiredToken"),
            (400, "BadDeviceToken"),
            (410, "x"),
        ] {
            assert_eq!(meaning(status, reason), Err(PushError::Gone), "{reason}");
        }
        for (status, reason) in [
            (500, "InternalServerError"),
            (503, "ServiceUnavailable"),
            (503, "Shutdown"),
            (400, "IdleTimeout"),
        ] {
            let unavailable = PushError::Unavailable {
                reason: REASONS.iter().find(|known| **known == reason).unwrap(),
                retry_after: None,
            };
            assert_eq!(meaning(status, reason), Err(unavailable));
        }
        for (status, reason) in [
            (403, "ExpiredProviderToken"),
            (403, "InvalidProviderToken"),
            (403, "MissingProviderToken"),
            (429, "TooManyProviderTokenUpdates"),
        ] {
            assert!(matches!(meaning(status, reason), Err(PushError::Unauthorized(said)) if said == reason));
        }
        for (status, reason) in [
            (400, "BadTopic"),
            (400, "DeviceTokenNotForTopic"),
            (413, "PayloadTooLarge"),
        ] {
            assert!(matches!(meaning(status, reason), Err(PushError::Refused(said)) if said == reason));
        }
        assert!(matches!(
            meaning(429, "TooManyRequests"),
            Err(PushError::Throttled {
                reason: "TooManyRequests",
                ..
            })
        ));
        assert_eq!(meaning(400, "<script>"), Err(PushError::Refused("undocumented")));
        assert_eq!(meaning(200, ""), Ok(()));
    }
}
