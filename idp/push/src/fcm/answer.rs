//! What Google's answers mean (Firebase, "FCM error codes"; RFC 6749 section 5).

use idp_types::Timestamp;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::exchange::{ProviderAnswer, documented};
use crate::sender::PushError;

const FCM_ERROR: &str = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
const BAD_REQUEST: &str = "type.googleapis.com/google.rpc.BadRequest";

/// Words of FCM, of Google's interfaces in general, and of RFC 6749.
const WORDS: &[&str] = &[
    "INVALID_ARGUMENT",
    "UNREGISTERED",
    "SENDER_ID_MISMATCH",
    "QUOTA_EXCEEDED",
    "UNAVAILABLE",
    "INTERNAL",
    "THIRD_PARTY_AUTH_ERROR",
    "UNAUTHENTICATED",
    "PERMISSION_DENIED",
    "NOT_FOUND",
    "RESOURCE_EXHAUSTED",
    "UNSPECIFIED_ERROR",
    "invalid_grant",
    "invalid_client",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
];

/// The least and the most seconds for which an access token is believed to be valid.
const LIFETIMES: std::ops::RangeInclusive<i64> = 1..=86_400;

#[derive(Deserialize)]
struct Failure {
    error: Error,
}

#[derive(Deserialize)]
struct Error {
    #[serde(default)]
    status: String,
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(rename = "@type", default)]
    kind: String,
    #[serde(rename = "errorCode", default)]
    code: String,
    #[serde(rename = "fieldViolations", default)]
    violations: Vec<Violation>,
}

#[derive(Deserialize)]
struct Violation {
    #[serde(default)]
    field: String,
}

impl Error {
    /// FCM's own code where there is one, otherwise the status of Google's interfaces.
    fn word(&self) -> &'static str {
        let own = self.details.iter().find(|detail| detail.kind == FCM_ERROR);
        documented(own.map_or(&self.status, |detail| &detail.code), WORDS)
    }

    /// Whether the registration token is what was wrong with the request.
    fn blames_token(&self) -> bool {
        let of_request = self.details.iter().filter(|detail| detail.kind == BAD_REQUEST);
        let mut fields = of_request.flat_map(|detail| &detail.violations);
        fields.any(|violation| violation.field == "message.token")
    }
}

/// What came of a message. A 404 without `UNREGISTERED` is a wrong address of ours and loses no phone.
pub(crate) fn judge(answer: &ProviderAnswer, now: Timestamp) -> Result<(), PushError> {
    if answer.status == 200 {
        return Ok(());
    }
    let failure = serde_json::from_slice::<Failure>(&answer.body).ok();
    let error = failure.map(|failure| failure.error);
    let word = error.as_ref().map_or("undocumented", Error::word);
    Err(match (word, answer.status) {
        ("UNREGISTERED", _) => PushError::Gone,
        ("INVALID_ARGUMENT", _) if error.is_some_and(|error| error.blames_token()) => PushError::Gone,
        ("SENDER_ID_MISMATCH" | "INVALID_ARGUMENT", _) => PushError::Refused(word),
        ("THIRD_PARTY_AUTH_ERROR" | "PERMISSION_DENIED", _) => PushError::Unauthorized(word),
        ("QUOTA_EXCEEDED" | "RESOURCE_EXHAUSTED", _) | (_, 429) => answer.throttled(word, now),
        ("UNAVAILABLE" | "INTERNAL", _) | (_, 500..=599) => answer.unavailable(word, now),
        (_, 401) => PushError::Unauthorized("UNAUTHENTICATED"),
        (_, 403) => PushError::Unauthorized(word),
        _ => PushError::Refused(word),
    })
}

#[derive(Deserialize)]
struct Granted {
    access_token: Zeroizing<String>,
    expires_in: i64,
}

#[derive(Deserialize)]
struct NotGranted {
    error: String,
}

/// The access token and its seconds.
pub(crate) fn access_token(
    answer: &ProviderAnswer,
    now: Timestamp,
) -> Result<(Zeroizing<String>, i64), PushError> {
    let nonsense = || answer.unavailable("access_token", now);
    if answer.status == 200 {
        let granted: Granted = serde_json::from_slice(&answer.body).map_err(|_| nonsense())?;
        let is_plain = granted.access_token.bytes().all(|byte| byte.is_ascii_graphic());
        if granted.access_token.is_empty() || !is_plain || granted.expires_in < *LIFETIMES.start() {
            return Err(nonsense());
        }
        return Ok((granted.access_token, granted.expires_in.min(*LIFETIMES.end())));
    }
    let refused = serde_json::from_slice::<NotGranted>(&answer.body).ok();
    let word = refused.map_or("undocumented", |refused| documented(&refused.error, WORDS));
    Err(match answer.status {
        429 => answer.throttled("access_token", now),
        400 | 401 | 403 => PushError::Unauthorized(word),
        _ => nonsense(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_795_000_000);

    fn answer(status: u16, body: &Value) -> ProviderAnswer {
        ProviderAnswer {
            status,
            retry_after: (status == 429 || status == 503).then(|| "9".to_owned()),
            body: body.to_string().into_bytes(),
        }
    }

    fn error(status: u16, word: &str, code: &str) -> Result<(), PushError> {
        let details = json!([{"@type": FCM_ERROR, "errorCode": code}]);
        let details = if code.is_empty() { json!([]) } else { details };
        let body = json!({"error": {"code": status, "message": "m", "status": word, "details": details}});
        judge(&answer(status, &body), NOW)
    }

    #[test]
    fn what_google_takes_never_is_not_tried_again() {
        let unauthorized = |word| Err(PushError::Unauthorized(word));
        let refused = |word| Err(PushError::Refused(word));
        for (status, word, code, meaning) in [
            (404, "NOT_FOUND", "UNREGISTERED", Err(PushError::Gone)),
            (404, "NOT_FOUND", "", refused("NOT_FOUND")),
            (
                403,
                "PERMISSION_DENIED",
                "SENDER_ID_MISMATCH",
                refused("SENDER_ID_MISMATCH"),
            ),
            (403, "PERMISSION_DENIED", "", unauthorized("PERMISSION_DENIED")),
            (
                401,
                "UNAUTHENTICATED",
                "THIRD_PARTY_AUTH_ERROR",
                unauthorized("THIRD_PARTY_AUTH_ERROR"),
            ),
            (401, "UNAUTHENTICATED", "", unauthorized("UNAUTHENTICATED")),
            (
                400,
                "INVALID_ARGUMENT",
                "INVALID_ARGUMENT",
                refused("INVALID_ARGUMENT"),
            ),
            (302, "", "", refused("undocumented")),
        ] {
            assert_eq!(error(status, word, code), meaning, "{status} {word} {code}");
        }
    }

    #[test]
    fn what_google_cannot_take_now_is_tried_again_when_it_says() {
        let unavailable = |reason, retry_after| Err(PushError::Unavailable { reason, retry_after });
        let throttled = Err(PushError::Throttled {
            reason: "QUOTA_EXCEEDED",
            retry_after: Some(9),
        });
        for (status, word, code, meaning) in [
            (429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", throttled),
            (
                503,
                "UNAVAILABLE",
                "UNAVAILABLE",
                unavailable("UNAVAILABLE", Some(9)),
            ),
            (500, "INTERNAL", "INTERNAL", unavailable("INTERNAL", None)),
            (502, "BAD", "", unavailable("undocumented", None)),
        ] {
            assert_eq!(error(status, word, code), meaning, "{status} {word} {code}");
        }
    }

    #[test]
    fn a_token_that_google_calls_malformed_is_gone() {
        let body = json!({"error": {"status": "INVALID_ARGUMENT", "details": [
            {"@type": FCM_ERROR, "errorCode": "INVALID_ARGUMENT"},
            {"@type": BAD_REQUEST, "fieldViolations": [{"field": "message.token", "description": "Invalid registration token"}]}]}});
        assert_eq!(judge(&answer(400, &body), NOW), Err(PushError::Gone));
        let other = body.to_string().replace("message.token", "message.data");
        let other: Value = serde_json::from_str(&other).unwrap();
        assert_eq!(
            judge(&answer(400, &other), NOW),
            Err(PushError::Refused("INVALID_ARGUMENT"))
        );
    }

    #[test]
    fn an_access_token_is_believed_within_bounds() {
        let granted = |token: &str, seconds: i64| {
            let body = json!({"access_token": token, "expires_in": seconds, "token_type": "Bearer"});
            access_token(&answer(200, &body), NOW).map(|(token, seconds)| (token.to_string(), seconds))
        };
        assert_eq!(granted("t", 3599), Ok(("t".to_owned(), 3599)));
        assert_eq!(granted("t", i64::MAX), Ok(("t".to_owned(), 86_400)));
        assert!(granted("", 3599).is_err() && granted("a\nb", 3599).is_err() && granted("t", 0).is_err());
        let refused = answer(400, &json!({"error": "invalid_grant"}));
        assert_eq!(
            access_token(&refused, NOW).err(),
            Some(PushError::Unauthorized("invalid_grant"))
        );
    }
}
