//! The value in a QR that goes stale (profile 7): it changes every 20 seconds, so that a photograph is of little use.

use idp_types::encoding::base64url;
use idp_types::secret::constant_time_equal;
use idp_types::{Secret, SessionId, Timestamp};

use super::{hmac_sha256, length_prefixed};

/// Seconds that a value is shown.
pub const RENDEZVOUS_SECONDS: i64 = 20;

fn value(key: &Secret<32>, session_id: &SessionId, step: i64) -> String {
    let mac = hmac_sha256(
        key.expose(),
        &[
            b"idt-rendezvous-v1",
            &length_prefixed(session_id.as_str()),
            &step.to_be_bytes(),
        ],
    );
    let (half, _) = mac.split_at(16);
    base64url(half)
}

/// The value at `now`: 128 bits, base64url.
pub fn rendezvous(key: &Secret<32>, session_id: &SessionId, now: Timestamp) -> String {
    value(key, session_id, now.unix_seconds().div_euclid(RENDEZVOUS_SECONDS))
}

/// Whether `presented` is shown at `now` or was shown just before: a person needs a moment to scan.
pub fn rendezvous_matches(key: &Secret<32>, session_id: &SessionId, now: Timestamp, presented: &str) -> bool {
    let step = now.unix_seconds().div_euclid(RENDEZVOUS_SECONDS);
    let mut found = false;
    for candidate in [step, step - 1] {
        found |= constant_time_equal(value(key, session_id, candidate).as_bytes(), presented.as_bytes());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photograph_goes_stale() {
        let key = Secret::new([7; 32]);
        let session_id = SessionId::parse("sess_q").unwrap();
        let shown_at = Timestamp::from_unix_seconds(1_000_000);
        let shown = rendezvous(&key, &session_id, shown_at);
        assert!(rendezvous_matches(&key, &session_id, shown_at, &shown));
        assert!(rendezvous_matches(
            &key,
            &session_id,
            shown_at.plus_seconds(20),
            &shown
        ));
        assert!(!rendezvous_matches(
            &key,
            &session_id,
            shown_at.plus_seconds(40),
            &shown
        ));
        assert!(!rendezvous_matches(&key, &session_id, shown_at, ""));
    }
}
