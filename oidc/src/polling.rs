//! How often a client may ask the token endpoint for an answer that is not there yet (RFC 8628 3.5, CIBA 11).

use idp_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{ErrorCode, OAuthError};

/// RFC 8628 3.2, CIBA 7.3: the seconds between two questions where nothing else is said.
pub const INTERVAL_SECONDS: i64 = 5;

/// RFC 8628 3.5, CIBA 11: what every `slow_down` adds to the interval.
const STEP_SECONDS: i64 = 5;

/// The longest interval: slower would be no use to anybody.
const LONGEST_SECONDS: i64 = 60;

/// A clock that is off by a little, and the way of a request, are no reason to slow down: milliseconds.
const TOLERANCE_MILLIS: i64 = 500;

/// The pace of one client with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    interval_seconds: i64,
    asked_at: Option<Timestamp>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            interval_seconds: INTERVAL_SECONDS,
            asked_at: None,
        }
    }
}

impl Pace {
    /// The seconds that the client must leave between two questions.
    pub const fn interval_seconds(&self) -> i64 {
        self.interval_seconds
    }

    /// Notes a question and says what is answered to it while nobody decided: `authorization_pending`, or `slow_down` to who asks
    /// sooner than it was told to, who must wait five seconds more from then on.
    pub fn ask(&mut self, now: Timestamp) -> OAuthError {
        let earliest = |asked: Timestamp| asked.plus_seconds(self.interval_seconds).millis_since(now);
        let is_early = self
            .asked_at
            .is_some_and(|asked| earliest(asked) > TOLERANCE_MILLIS);
        self.asked_at = Some(now);
        if is_early {
            self.interval_seconds = (self.interval_seconds + STEP_SECONDS).min(LONGEST_SECONDS);
            return OAuthError::new(
                ErrorCode::SlowDown,
                "asked too soon: wait five seconds more between two requests",
            );
        }
        OAuthError::new(ErrorCode::AuthorizationPending, "the person has not answered yet")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(1_800_000_000 + seconds)
    }

    #[test]
    fn rfc8628_3_5_who_asks_too_soon_waits_five_seconds_more_from_then_on() {
        let mut pace = Pace::default();
        let mut ask = |seconds| {
            let code = pace.ask(at(seconds)).code;
            (code, pace.interval_seconds())
        };
        assert_eq!(ask(0), (ErrorCode::AuthorizationPending, 5));
        assert_eq!(ask(5), (ErrorCode::AuthorizationPending, 5));
        assert_eq!(ask(6), (ErrorCode::SlowDown, 10));
        assert_eq!(ask(12), (ErrorCode::SlowDown, 15));
        assert_eq!(ask(27), (ErrorCode::AuthorizationPending, 15));
        for second in 28..60 {
            assert_eq!(ask(second).0, ErrorCode::SlowDown);
        }
        assert_eq!(pace.interval_seconds(), LONGEST_SECONDS);
    }

    #[test]
    fn a_request_that_is_a_little_early_is_in_time() {
        let mut pace = Pace::default();
        pace.ask(at(0));
        let early = Timestamp::from_unix_millis(at(5).unix_millis() - 400);
        assert_eq!(pace.ask(early).code, ErrorCode::AuthorizationPending);
    }
}
