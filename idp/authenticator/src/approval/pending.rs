//! `GET /auth/pending` (profile 4.3): what waits for the person.

use idp_types::{MatchingMode, Scope, ScopeSet, ServiceId, SessionId, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::Code;
use crate::answer::{self, AnswerError};
use crate::text::{DisplayText, ImageAddress, WebAddress};

/// What an approval is for. A purpose that is not known here is never approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Purpose {
    /// A login at the service.
    #[default]
    Login,
    /// Verified attributes without an account (profile 7).
    Verify,
    /// A further device of the same person (profile 2).
    EnrolDevice,
    /// A new seal takes over from this one (profile 11).
    Supersede,
}

/// Who asks, as the server describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceDescription {
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub name: DisplayText,
    /// Its address.
    pub url: WebAddress,
    /// Its logo, where there is a usable one.
    pub logo: Option<ImageAddress>,
    /// Whether the server vouches for all this.
    pub verified: bool,
    /// Its privacy policy, where there is a usable address.
    pub privacy_url: Option<WebAddress>,
}

/// How the code travels, with what the phone shows for it (profile 4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matching {
    /// Both screens show this code.
    Compare {
        /// The code.
        code: Code,
    },
    /// The browser shows one of these.
    Choose {
        /// Three codes.
        choices: [Code; 3],
    },
    /// The browser shows a code that the phone does not have.
    Transfer,
}

impl Matching {
    /// The mode's name.
    pub const fn mode(&self) -> MatchingMode {
        match self {
            Self::Compare { .. } => MatchingMode::Compare,
            Self::Choose { .. } => MatchingMode::Choose,
            Self::Transfer => MatchingMode::Transfer,
        }
    }
}

/// One question to the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingRequest {
    /// The session.
    pub session_id: SessionId,
    /// What for.
    pub purpose: Purpose,
    /// Who asks.
    pub service: ServiceDescription,
    /// What is asked for.
    pub scopes: ScopeSet,
    /// What the service wants shown beside the code: the same text as on its own screen (CIBA `binding_message`).
    pub binding_message: Option<DisplayText>,
    /// How the code travels.
    pub matching: Matching,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Requests since the last login that succeeded: many of them are a warning.
    pub pushes_since_last_success: u32,
}

impl PendingRequest {
    /// Reads one request, as `POST /identity/claim` answers it.
    ///
    /// # Errors
    /// [`AnswerError`] when it is not what the profile describes.
    pub fn parse(answer: &[u8]) -> Result<Self, AnswerError> {
        Self::of(answer::read(answer)?)
    }

    /// Whether it can still be answered.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }

    fn of(wire: Wire) -> Result<Self, AnswerError> {
        Ok(Self {
            matching: matching(wire.mode, wire.otp, wire.choices)?,
            session_id: wire.session_id,
            purpose: wire.purpose,
            service: ServiceDescription {
                service_id: wire.service_id,
                name: wire.service_name,
                url: wire.service_url,
                // A missing picture or link is no reason to leave the person without the question.
                logo: wire.service_logo.and_then(|text| ImageAddress::parse(text).ok()),
                verified: wire.service_verified,
                privacy_url: wire.privacy_url.and_then(|text| WebAddress::parse(text).ok()),
            },
            scopes: ScopeSet::expanding(wire.scopes),
            binding_message: wire.binding_message,
            created_at: wire.created_at,
            expires_at: wire.expires_at,
            pushes_since_last_success: wire.pushes_since_last_success,
        })
    }
}

/// What waits, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingList {
    /// Those that can be answered.
    pub requests: Vec<PendingRequest>,
    /// How many there are that this authenticator does not understand: tell the person, answer none of them.
    pub unreadable: usize,
}

impl PendingList {
    /// Reads the answer of `GET /auth/pending`. One request that cannot be read does not hide the others.
    ///
    /// # Errors
    /// [`AnswerError`] when the whole is not a list of requests.
    pub fn parse(answer: &[u8]) -> Result<Self, AnswerError> {
        let list: WireList = answer::read(answer)?;
        let count = list.sessions.len();
        let read = |value| answer::read_value(value).and_then(PendingRequest::of).ok();
        let requests: Vec<PendingRequest> = list.sessions.into_iter().filter_map(read).collect();
        Ok(Self {
            unreadable: count - requests.len(),
            requests,
        })
    }
}

#[derive(Deserialize)]
struct WireList {
    sessions: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    session_id: SessionId,
    #[serde(default)]
    purpose: Purpose,
    service_id: ServiceId,
    service_name: DisplayText,
    service_url: WebAddress,
    service_logo: Option<String>,
    service_verified: bool,
    privacy_url: Option<String>,
    scopes: Vec<Scope>,
    binding_message: Option<DisplayText>,
    mode: MatchingMode,
    otp: Option<Code>,
    choices: Option<Vec<Code>>,
    created_at: Timestamp,
    expires_at: Timestamp,
    #[serde(default)]
    pushes_since_last_success: u32,
}

/// A code in mode `transfer` is dropped, because showing it would be what the mode is there to prevent.
fn matching(
    mode: MatchingMode,
    otp: Option<Code>,
    choices: Option<Vec<Code>>,
) -> Result<Matching, AnswerError> {
    let missing = |path: &str| AnswerError::Shape {
        path: path.to_owned(),
    };
    match mode {
        MatchingMode::Compare => Ok(Matching::Compare {
            code: otp.ok_or_else(|| missing("otp"))?,
        }),
        MatchingMode::Choose => {
            let choices = choices.and_then(|codes| codes.try_into().ok());
            Ok(Matching::Choose {
                choices: choices.ok_or_else(|| missing("choices"))?,
            })
        }
        MatchingMode::Transfer => Ok(Matching::Transfer),
    }
}

#[cfg(test)]
mod tests {
    use idp_types::AtomicScope;
    use serde_json::json;

    use super::*;

    fn session() -> Value {
        json!({
            "sessionId": "sess_a", "serviceId": "bar", "serviceName": "Bar Le Central", "serviceUrl": "https://bar.example",
            "serviceLogo": null, "serviceVerified": true, "privacyUrl": null, "scopes": ["identity:name"], "mode": "compare",
            "purpose": "login", "otp": "590012", "createdAt": "2026-11-20T12:00:00Z", "expiresAt": "2026-11-20T12:01:00Z",
            "pushesSinceLastSuccess": 1,
        })
    }

    fn parse(session: &Value) -> Result<PendingRequest, AnswerError> {
        PendingRequest::parse(session.to_string().as_bytes())
    }

    fn with(name: &str, value: Value) -> Value {
        let mut session = session();
        session[name] = value;
        session
    }

    #[test]
    fn a_request_is_read() {
        let request = parse(&session()).unwrap();
        assert_eq!(request.scopes, ScopeSet::from_iter([AtomicScope::Name]));
        assert_eq!(
            request.matching,
            Matching::Compare {
                code: Code::parse("590012").unwrap()
            }
        );
        assert!(request.is_open(request.created_at) && !request.is_open(request.expires_at));
        assert!(!format!("{request:?}").contains("590012"));
    }

    #[test]
    fn a_message_of_the_service_is_one_line() {
        assert_eq!(parse(&session()).unwrap().binding_message, None);
        let request = parse(&with("bindingMessage", json!("Table 7"))).unwrap();
        assert_eq!(request.binding_message.unwrap().as_str(), "Table 7");
        assert!(parse(&with("bindingMessage", json!("a\nb"))).is_err());
    }

    #[test]
    fn each_mode_has_what_it_needs() {
        let mut choose = with("mode", json!("choose"));
        assert!(parse(&choose).is_err());
        choose["choices"] = json!(["000001", "000002"]);
        assert!(parse(&choose).is_err());
        choose["choices"] = json!(["000001", "000002", "000003"]);
        assert_eq!(parse(&choose).unwrap().matching.mode(), MatchingMode::Choose);
        assert_eq!(
            parse(&with("mode", json!("transfer"))).unwrap().matching,
            Matching::Transfer
        );
        assert!(parse(&with("otp", Value::Null)).is_err());
    }

    #[test]
    fn what_is_not_understood_is_counted_and_hides_nothing() {
        let sessions = json!({"sessions": [
            with("purpose", json!("transfer_money")), session(), with("serviceName", json!("a\u{1b}[2J")),
            with("scopes", json!(["identity:shoe_size"])), 7,
        ]});
        let list = PendingList::parse(sessions.to_string().as_bytes()).unwrap();
        assert_eq!((list.requests.len(), list.unreadable), (1, 4));
        assert!(PendingList::parse(b"{}").is_err());
    }

    #[test]
    fn a_bad_picture_is_no_picture() {
        let request = parse(&with("serviceLogo", json!("javascript:alert(1)"))).unwrap();
        assert_eq!(request.service.logo, None);
        assert!(parse(&with("serviceUrl", json!("javascript:alert(1)"))).is_err());
    }
}
