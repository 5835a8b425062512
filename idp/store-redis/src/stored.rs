//! What is stored under a key: 16 digits that say when it is forgotten, and what it is.

use idp_core::approval::Session;
use idp_store::document::timed;
use idp_store::{StoreError, Version, Versioned};
use idp_types::Timestamp;

/// How many digits the moment has at which something is forgotten.
const DIGITS: usize = 16;

/// The latest moment that a script can count with, the year 287396.
const LAST: i64 = 9_007_199_254_740_991;

/// What is stored under a key is not what this store writes.
#[derive(Debug, thiserror::Error)]
#[error("what is stored under this key was not written by this store")]
struct Foreign;

/// A moment, in milliseconds since the Unix epoch, as keys and scripts have it.
pub(crate) fn moment(at: Timestamp) -> String {
    format!("{:016}", at.unix_millis().clamp(0, LAST))
}

/// What is stored, unless it is forgotten by `now`.
pub(crate) fn live(stored: &[u8], now: Timestamp) -> Result<Option<&[u8]>, StoreError> {
    let (until, rest) = stored.split_at_checked(DIGITS).ok_or(foreign())?;
    let millis = std::str::from_utf8(until)
        .ok()
        .and_then(|digits| digits.parse().ok());
    let until = Timestamp::from_unix_millis(millis.ok_or_else(foreign)?);
    Ok((until > now).then_some(rest))
}

fn foreign() -> StoreError {
    StoreError::new(Foreign)
}

/// The text of a session: its version, its holder (`-` for none) and a line feed, then its document.
pub(crate) fn session_text(session: &Session, version: Version) -> Result<String, StoreError> {
    let holder = session
        .token_id
        .as_ref()
        .map_or("-", |token_id| token_id.as_str());
    let head = format!("{} {holder}\n", version.0);
    Ok(head + &timed::document(session).map_err(StoreError::new)?)
}

/// The session of a text.
pub(crate) fn parse_session(text: &[u8]) -> Result<Versioned<Session>, StoreError> {
    let text = std::str::from_utf8(text).map_err(StoreError::new)?;
    let (head, document) = text.split_once('\n').ok_or_else(foreign)?;
    let version = head.split_once(' ').and_then(|(version, _)| version.parse().ok());
    Ok(Versioned {
        value: timed::parse(document).map_err(StoreError::new)?,
        version: Version(version.ok_or_else(foreign)?),
    })
}

#[cfg(test)]
mod tests {
    use idp_core::approval::{Approval, RejectReason, State};
    use idp_store::contract::sample::{self, NOW};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_session_reads_back_to_the_millisecond_in_every_state() {
        let token_id = sample::token_id();
        let approval = Approval {
            device_id: sample::device_id("phone"),
            granted: sample::session(None).requested,
            at: Timestamp::from_unix_millis(NOW.unix_millis() + 1),
            request_digest: "ab".repeat(32),
            token_expires_at: Timestamp::from_unix_millis(NOW.unix_millis() + 2),
        };
        let reason = RejectReason::UserRejected;
        for state in [
            State::AwaitingScan,
            State::Pending { attempts_left: 2 },
            State::Approved(approval),
            State::Rejected { reason, at: NOW },
            State::Expired { at: NOW },
        ] {
            for holder in [None, Some(&token_id)] {
                let mut session = sample::session(holder);
                session.state = state.clone();
                let text = session_text(&session, Version(7)).unwrap();
                let found = parse_session(text.as_bytes()).unwrap();
                assert_eq!((found.value, found.version), (session, Version(7)));
            }
        }
    }

    #[test]
    fn what_is_forgotten_is_not_there() {
        let stored = format!("{}value", moment(NOW)).into_bytes();
        let before = Timestamp::from_unix_millis(NOW.unix_millis() - 1);
        assert_eq!(live(&stored, before).unwrap(), Some(&b"value"[..]));
        assert_eq!(live(&stored, NOW).unwrap(), None);
        assert!(live(b"value", NOW).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_are_a_surprise(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = live(&bytes, NOW);
            let _ = parse_session(&bytes);
        }

        #[test]
        fn moments_are_in_the_order_of_time(one in any::<i64>(), other in any::<i64>()) {
            let text = |millis| moment(Timestamp::from_unix_millis(millis));
            prop_assert_eq!(text(one).len(), DIGITS);
            prop_assert!(one > other || text(one) <= text(other));
        }
    }
}
