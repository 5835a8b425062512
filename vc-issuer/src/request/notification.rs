//! What a wallet tells about a credential that it was given (OpenID4VCI section 11).

use super::{members, optional_text};
use crate::error::{CredentialError, ErrorCode};

/// What became of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// `credential_accepted`.
    Accepted,
    /// `credential_failure`.
    Failure,
    /// `credential_deleted`.
    Deleted,
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 3] = [Self::Accepted, Self::Failure, Self::Deleted];

    /// The event on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "credential_accepted",
            Self::Failure => "credential_failure",
            Self::Deleted => "credential_deleted",
        }
    }
}

/// A notification. It is answered with 204, again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Which issuance it is about.
    pub notification_id: String,
    /// What became of it.
    pub event: Event,
}

impl Notification {
    /// Reads a body. The wallet's description is checked and forgotten: it is text of a stranger.
    ///
    /// # Errors
    /// `invalid_notification_request`.
    pub fn parse(body: &[u8]) -> Result<Self, CredentialError> {
        Self::read(body).ok_or(CredentialError::new(
            ErrorCode::InvalidNotificationRequest,
            "notification_id or event is missing or unknown",
        ))
    }

    fn read(body: &[u8]) -> Option<Self> {
        let members = members(body).ok()?;
        let text = |name| optional_text(&members, name).ok();
        let named = text("event")??;
        let event = Event::ALL.into_iter().find(|event| event.as_str() == named)?;
        text("event_description")?;
        Some(Self {
            notification_id: text("notification_id")??.to_owned(),
            event,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_the_three_of_the_standard() {
        for event in Event::ALL {
            let body = serde_json::json!({"notification_id": "n", "event": event.as_str()}).to_string();
            assert_eq!(Notification::parse(body.as_bytes()).unwrap().event, event);
        }
        for body in [
            "{}",
            r#"{"notification_id":"n"}"#,
            r#"{"notification_id":1,"event":"credential_deleted"}"#,
            "x",
        ] {
            let code = Notification::parse(body.as_bytes()).map_err(|error| error.code);
            assert_eq!(code, Err(ErrorCode::InvalidNotificationRequest), "{body}");
        }
    }
}
